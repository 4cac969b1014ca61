"""The environment contract: defaults, and every wrong variable reported at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.environment import InvalidEnvironment, read

ROOT = Path(__file__).parent.parent
ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-1-AbCdEf"
GOOD = {
    "DJANGO_SECRET_KEY": "k" * 60,
    "DJANGO_ALLOWED_HOSTS": "api.example.org, .example.net",
    "DB_HOST": "db.internal",
    "DB_NAME": "recipes",
    "DB_SECRET_ARN": ARN,
    "AWS_REGION": "eu-west-1",
    "MEDIA_BUCKET": "media-bucket",
}


def test_defaults():
    env = read(GOOD)

    assert env.debug is False
    assert env.secure is True
    assert (env.hsts_subdomains, env.hsts_preload) == (False, False)
    assert env.allowed_hosts == ["api.example.org", ".example.net"]
    assert env.csrf_trusted_origins == []
    assert (env.database.port, env.database.ssl_mode) == (5432, "require")
    assert (env.version, env.name, env.log_level) == ("unknown", "unknown", "INFO")
    assert (env.workers, env.threads) == (2, 4)
    assert (env.media_base_url, env.commit) == ("", "unknown")
    assert (env.proxies, env.rate_limit, env.slow_query_ms) == (1, 6000, 500)
    assert (env.drain_delay, env.graceful_timeout) == (5, 20)


def test_user_and_password_instead_of_a_secret():
    values = GOOD | {"DB_SECRET_ARN": "", "DB_USER": "app", "DB_PASSWORD": "pw"}

    database = read(values).database

    assert (database.user, database.password, database.secret_arn) == ("app", "pw", "")


def test_values_are_not_shown():
    values = GOOD | {"DB_SECRET_ARN": "", "DB_USER": "app", "DB_PASSWORD": "hidden-password"}

    shown = repr(read(values))

    assert "hidden-password" not in shown
    assert GOOD["DJANGO_SECRET_KEY"] not in shown


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DJANGO_SECRET_KEY", "", "missing"),
        ("DJANGO_SECRET_KEY", "short", "50 or more"),
        ("DJANGO_SECRET_KEY", "django-insecure-" + "k" * 60, "random"),
        ("DJANGO_ALLOWED_HOSTS", "", "missing"),
        ("DJANGO_ALLOWED_HOSTS", "*", "'*' is wrong"),
        ("DJANGO_ALLOWED_HOSTS", "ok.example.org,http://bad", "'http://bad' is wrong"),
        ("DJANGO_ALLOWED_HOSTS", "example.org:8000", "without port"),
        ("DJANGO_CSRF_TRUSTED_ORIGINS", "example.org", "origin"),
        ("DJANGO_DEBUG", "maybe", "true or false"),
        ("DJANGO_SECURE", "2", "true or false"),
        ("DB_HOST", "", "missing"),
        ("DB_NAME", " ", "missing"),
        ("DB_PORT", "abc", "from 1 to 65535"),
        ("DB_PORT", "0", "from 1 to 65535"),
        ("DB_PORT", "99999999999999999999", "from 1 to 65535"),
        ("DB_SSLMODE", "on", "verify-full"),
        ("DB_SECRET_ARN", "", "missing"),
        ("DB_SECRET_ARN", "my-secret", "ARN"),
        ("DB_USER", "app", "together"),
        ("DB_PASSWORD", "pw", "together"),
        ("AWS_REGION", "", "missing"),
        ("AWS_REGION", "europe", "eu-west-1"),
        ("MEDIA_BUCKET", "Upper_Case", "S3 bucket"),
        ("MEDIA_BASE_URL", "media.example.org", "origin"),
        ("MEDIA_BASE_URL", "https://media.example.org/x", "origin"),
        ("APP_COMMIT", "main", "hexadecimal"),
        ("SLOW_QUERY_MS", "0", "from 1 to 60000"),
        ("TRUSTED_PROXIES", "9", "from 0 to 5"),
        ("RATE_LIMIT", "0", "from 1 to 1000000"),
        ("APP_VERSION", "a b", "up to 128"),
        ("APP_ENVIRONMENT", "Prod!", "up to 64"),
        ("LOG_LEVEL", "loud", "DEBUG, INFO"),
        ("WEB_CONCURRENCY", "0", "from 1 to 64"),
        ("WEB_THREADS", "-1", "from 1 to 64"),
        ("DRAIN_DELAY", "1.5", "from 0 to 110"),
        ("GRACEFUL_TIMEOUT", "500", "from 1 to 110"),
    ],
)
def test_one_bad_variable(name, value, expected):
    with pytest.raises(InvalidEnvironment) as caught:
        read(GOOD | {name: value})

    [problem] = caught.value.problems
    assert problem.startswith(f"{name}: ")
    assert expected in problem


def test_every_bad_variable_at_once():
    with pytest.raises(InvalidEnvironment) as caught:
        read({"DB_PORT": "x", "LOG_LEVEL": "loud", "DB_USER": "app"})

    named = {problem.partition(":")[0] for problem in caught.value.problems}
    assert named == {
        "DJANGO_SECRET_KEY", "DJANGO_ALLOWED_HOSTS", "DB_HOST", "DB_NAME", "DB_PORT",
        "DB_PASSWORD", "AWS_REGION", "MEDIA_BUCKET", "LOG_LEVEL",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["", "_NEXT", "_LAST"])
def test_a_bad_secret_key_is_not_repeated(name):
    with pytest.raises(InvalidEnvironment) as caught:
        read(GOOD | {f"DJANGO_SECRET_KEY{name}": "almost-secret"})

    assert "almost-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("next_", "last", "fallbacks"),
    [
        ("", "", []),
        ("k" * 60, "k" * 60, []),  # no rotation: all are the key that signs
        ("n" * 60, "k" * 60, ["n" * 60]),
        ("k" * 60, "l" * 60, ["l" * 60]),
        ("n" * 60, "l" * 60, ["n" * 60, "l" * 60]),
    ],
)
def test_keys_that_count_beside_the_one_that_signs(next_, last, fallbacks):
    keys = {"DJANGO_SECRET_KEY_NEXT": next_, "DJANGO_SECRET_KEY_LAST": last}

    assert read(GOOD | keys).secret_key_fallbacks == fallbacks


@pytest.mark.parametrize(
    "command",
    [
        ["manage.py", "check"],
        ["-m", "gunicorn", "--config", "gunicorn.conf.py", "config.wsgi:application"],
    ],
    ids=["manage.py", "gunicorn"],
)
def test_processes_refuse_a_bad_environment(command):
    values = {"PATH": os.environ["PATH"], "DB_PORT": "abc"}

    ended = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=values, capture_output=True, text=True
    )

    assert ended.returncode == 1
    assert ended.stderr.startswith("invalid environment, 8 problems:\n")
    assert "  DB_PORT: 'abc' is wrong" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
