"""The app's whole configuration: which variables it reads, their types and defaults.

This module needs nothing of Django, so that gunicorn's master and manage.py can refuse a
bad environment with one message before anything else starts.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from config.reader import Reader

SSL_MODES = ("disable", "prefer", "require", "verify-ca", "verify-full")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

# Django's own deployment check asks for 50 characters (security.W009).
SECRET_KEY = r"(?!django-insecure-).{50,}"  # noqa: S105 - a pattern, not a secret
HOST = r"\.?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?"
ORIGIN = r"https?://[A-Za-z0-9*.:-]+"
SECRET_ARN = r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:\S+"  # noqa: S105
MEDIA_URL = r"https://[A-Za-z0-9.-]+(:\d+)?"
BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"


class InvalidEnvironment(Exception):
    """The environment can't be used; the message lists every variable and what it must be."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        noun = "problem" if len(problems) == 1 else "problems"
        lines = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(
            f"invalid environment, {len(problems)} {noun}:\n{lines}\n"
            "Set these variables on the container (the app's README lists all of them)."
        )


@dataclass(frozen=True, kw_only=True)
class Database:
    """Where the database is. Either `secret_arn` or `user` and `password` are set."""

    host: str
    port: int
    name: str
    ssl_mode: str
    secret_arn: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Parsed and validated environment variables; README.md documents each."""

    secret_key: str = field(repr=False)
    secret_key_fallbacks: list[str] = field(repr=False)
    debug: bool
    secure: bool
    hsts_subdomains: bool
    hsts_preload: bool
    allowed_hosts: list[str]
    csrf_trusted_origins: list[str]
    database: Database
    region: str
    media_bucket: str
    media_base_url: str
    version: str
    commit: str
    name: str
    metrics_namespace: str
    log_level: str
    slow_query_ms: int
    proxies: int
    rate_limit: int
    workers: int
    threads: int
    drain_delay: int
    graceful_timeout: int


def read(environ: Mapping[str, str]) -> Environment:
    """Parse `environ`. Raises InvalidEnvironment with every problem at once."""
    reader = Reader(environ)
    environment = Environment(
        secret_key=reader.text(
            "DJANGO_SECRET_KEY", "a random text of 50 or more characters",
            pattern=SECRET_KEY, secret=True,
        ),
        secret_key_fallbacks=_fallbacks(reader),
        debug=reader.boolean("DJANGO_DEBUG", default=False),
        secure=reader.boolean("DJANGO_SECURE", default=True),
        hsts_subdomains=reader.boolean("HSTS_SUBDOMAINS", default=False),
        hsts_preload=reader.boolean("HSTS_PRELOAD", default=False),
        allowed_hosts=reader.items(
            "DJANGO_ALLOWED_HOSTS", "a host name without port, or .domain for its subdomains",
            pattern=HOST, required=True,
        ),
        csrf_trusted_origins=reader.items(
            "DJANGO_CSRF_TRUSTED_ORIGINS", "an origin such as https://api.example.org",
            pattern=ORIGIN, required=False,
        ),
        database=_database(reader),
        region=reader.text(
            "AWS_REGION", "a region such as eu-west-1", pattern=r"[a-z]{2}(-[a-z]+)+-\d"
        ),
        media_bucket=reader.text("MEDIA_BUCKET", "the name of an S3 bucket", pattern=BUCKET),
        media_base_url=reader.text(
            "MEDIA_BASE_URL", "an origin such as https://media.example.org",
            default="", pattern=MEDIA_URL,
        ),
        version=reader.text(
            "APP_VERSION", "up to 128 of A-Z a-z 0-9 . _ + : -",
            default="unknown", pattern=r"[A-Za-z0-9._+:-]{1,128}",
        ),
        commit=reader.text(
            "APP_COMMIT", "7 to 40 hexadecimal digits",
            default="unknown", pattern=r"[0-9a-f]{7,40}",
        ),
        name=reader.text(
            "APP_ENVIRONMENT", "up to 64 of a-z 0-9 -",
            default="unknown", pattern=r"[a-z0-9-]{1,64}",
        ),
        metrics_namespace=reader.text(
            "METRICS_NAMESPACE", "up to 255 of A-Z a-z 0-9 . - _ / # :, not beginning with AWS/",
            default="RecipeApi", pattern=r"(?!AWS/)[A-Za-z0-9._/#:-]{1,255}",
        ),
        log_level=reader.choice("LOG_LEVEL", LOG_LEVELS, default="INFO"),
        slow_query_ms=reader.integer("SLOW_QUERY_MS", default=500, minimum=1, maximum=60_000),
        proxies=reader.integer("TRUSTED_PROXIES", default=1, minimum=0, maximum=5),
        rate_limit=reader.integer("RATE_LIMIT", default=6000, minimum=1, maximum=1_000_000),
        workers=reader.integer("WEB_CONCURRENCY", default=2, minimum=1, maximum=64),
        threads=reader.integer("WEB_THREADS", default=4, minimum=1, maximum=64),
        drain_delay=reader.integer("DRAIN_DELAY", default=5, minimum=0, maximum=110),
        graceful_timeout=reader.integer("GRACEFUL_TIMEOUT", default=20, minimum=1, maximum=110),
    )  # fmt: skip
    if environment.hsts_preload and not environment.hsts_subdomains:
        reader.problem(
            "HSTS_PRELOAD", "goes with HSTS_SUBDOMAINS=true: browsers preload whole domains only"
        )
    if reader.problems:
        raise InvalidEnvironment(reader.problems)
    return environment


def _fallbacks(reader: Reader) -> list[str]:
    """Return the other keys whose signatures count: the one to come, the one that was."""
    keys = [
        reader.text(
            name, "empty or a random text of 50 or more characters",
            default="", pattern=SECRET_KEY, secret=True,
        )
        for name in ("DJANGO_SECRET_KEY_NEXT", "DJANGO_SECRET_KEY_LAST")
    ]  # fmt: skip
    signs = reader.environ.get("DJANGO_SECRET_KEY", "").strip()
    return [key for key in dict.fromkeys(keys) if key and key != signs]


def _database(reader: Reader) -> Database:
    secret_arn = user = password = ""
    if reader.is_set("DB_SECRET_ARN"):
        secret_arn = reader.text(
            "DB_SECRET_ARN", "the ARN of a Secrets Manager secret", pattern=SECRET_ARN
        )
        for name in ("DB_USER", "DB_PASSWORD"):
            if reader.is_set(name):
                reader.problem(name, "must not be set together with DB_SECRET_ARN; remove one")
    elif reader.is_set("DB_USER") or reader.is_set("DB_PASSWORD"):
        user = reader.text("DB_USER", "the database user that goes with DB_PASSWORD")
        password = reader.text("DB_PASSWORD", "the password of DB_USER", secret=True)
    else:
        reader.problem(
            "DB_SECRET_ARN",
            "missing; must be the ARN of a Secrets Manager secret"
            " (or set DB_USER and DB_PASSWORD instead)",
        )
    return Database(
        host=reader.text("DB_HOST", "the host name of the database"),
        port=reader.integer("DB_PORT", default=5432, minimum=1, maximum=65535),
        name=reader.text("DB_NAME", "the name of the database"),
        ssl_mode=reader.choice("DB_SSLMODE", SSL_MODES, default="require"),
        secret_arn=secret_arn,
        user=user,
        password=password,
    )


@functools.cache
def load() -> Environment:
    """Return the process's environment, parsed once. Raises InvalidEnvironment."""
    return read(os.environ)


def load_or_exit() -> Environment:
    """Return the process's environment, or print what is wrong with it and exit with 1."""
    try:
        return load()
    except InvalidEnvironment as error:
        sys.exit(str(error))
