"""Schemathesis against the running app: python -m tests.fuzz [ARGUMENTS OF schemathesis run].

Serves the app with gunicorn from an empty database of its own, and has Schemathesis try every
operation: examples, edge cases, random data, and sequences that follow from what was answered
(stateful), with every check it knows. Exits with its status; .schemathesis/ has the server's log.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent.parent
LOG = ROOT / ".schemathesis" / "server.log"
DATABASE = "fuzz"
ENVIRONMENT = {
    "DB_NAME": DATABASE,
    "DJANGO_SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz",
    "DJANGO_ALLOWED_HOSTS": "127.0.0.1",
    "DJANGO_SECURE": "false",
    "AWS_REGION": "eu-central-1",
    "MEDIA_BUCKET": "fuzz-media",
    "APP_ENVIRONMENT": "fuzz",
    "WEB_CONCURRENCY": "1",  # the object store is this process's memory
    "DRAIN_DELAY": "0",
}


def main(arguments: list[str]) -> int:
    environ = os.environ | ENVIRONMENT
    make_database()
    manage = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(manage, cwd=ROOT, env=environ, check=True)
    address = free_address()
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py",
             "--bind", address, "tests.fuzz.app:application"],
            cwd=ROOT, env=environ, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        return subprocess.run(
            [Path(sys.executable).with_name("schemathesis"), "run", f"http://{address}/api/schema/",
             "--wait-for-schema=30", "--checks=all", "--phases=examples,coverage,fuzzing,stateful",
             "--suppress-health-check=all", *(arguments or ["--max-examples=25"])],
            cwd=ROOT, env=environ | {"SCHEMATHESIS_HOOKS": "tests.fuzz.hooks"}, check=False,
        ).returncode  # fmt: skip
    finally:
        server.terminate()
        server.wait()


def make_database() -> None:
    with psycopg.connect(
        host=os.environ["DB_HOST"], port=os.environ.get("DB_PORT", "5432"),
        dbname=os.environ["DB_NAME"], user=os.environ["DB_USER"],
        password=os.environ["DB_PASSWORD"], autocommit=True,
    ) as connection:  # fmt: skip
        name = sql.Identifier(DATABASE)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))


def free_address() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{listener.getsockname()[1]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
