"""Django's own checks against a production-like environment."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from tests.test_environment import GOOD

ROOT = Path(__file__).parent.parent


def test_deployment_checks_pass():
    values = {"PATH": os.environ["PATH"], **GOOD}
    values["DJANGO_SECRET_KEY"] = "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ"

    ended = subprocess.run(
        [sys.executable, "-W", "error", "manage.py",
         "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT, env=values, capture_output=True, text=True,
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr


def test_migrations_are_complete(db):
    call_command("makemigrations", "--check", "--dry-run", stdout=StringIO())
