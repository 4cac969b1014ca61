"""The first administrator, from a secret."""

from __future__ import annotations

import json
from io import StringIO

import boto3
import pytest
from django.core.management import CommandError, call_command

from apps.users.models import User
from tests.conftest import PASSWORD, signed_in

pytestmark = pytest.mark.django_db
ROOT = {"email": "Root@example.org", "password": PASSWORD}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in ("SUPERUSER_SECRET", "SUPERUSER_SECRET_ARN"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("create_superuser", *arguments, stdout=out)
    return out.getvalue()


def test_from_the_environment(monkeypatch):
    monkeypatch.setenv("SUPERUSER_SECRET", json.dumps(ROOT))

    assert run() == "superuser created\n"
    user = User.objects.get()
    assert (user.email, user.is_staff, user.is_superuser) == ("root@example.org", True, True)
    assert user.check_password(PASSWORD)


def test_from_secrets_manager(monkeypatch, settings):
    client = boto3.client("secretsmanager", region_name=settings.AWS_REGION)
    arn = client.create_secret(Name="superuser", SecretString=json.dumps(ROOT))["ARN"]
    monkeypatch.setenv("SUPERUSER_SECRET_ARN", arn)

    assert run() == "superuser created\n"
    assert run() == "superuser unchanged\n"
    assert User.objects.count() == 1


def test_from_the_secret_that_is_named(monkeypatch, settings):
    client = boto3.client("secretsmanager", region_name=settings.AWS_REGION)
    arn = client.create_secret(Name="named", SecretString=json.dumps(ROOT))["ARN"]
    monkeypatch.setenv("SUPERUSER_SECRET", "not this one")

    assert run("--secret", arn) == "superuser created\n"
    assert User.objects.get().email == "root@example.org"


def test_an_existing_user(monkeypatch, user):
    client = signed_in(user)
    User.objects.update(is_active=False)
    new = {"email": user.email, "password": "another horse battery"}
    monkeypatch.setenv("SUPERUSER_SECRET", json.dumps(new))

    assert run() == "superuser updated\n"
    user.refresh_from_db()
    assert user.check_password("another horse battery")
    assert (user.is_active, user.is_staff, user.is_superuser) == (True, True, True)
    assert client.get("/api/v1/users/me/").status_code == 401
    assert run() == "superuser unchanged\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "set SUPERUSER_SECRET to a JSON object"),
        ("hush-hush", "SUPERUSER_SECRET must be a JSON object"),
        ('["hush-hush"]', "must be a JSON object"),
        ('{"email": "root@example.org"}', "must be a JSON object"),
        ('{"email": "root@example.org", "password": 1}', "must be a JSON object"),
        ('{"email": "root@example.org", "password": "hush"}', "too short"),
        ('{"email": "root", "password": "hush-hush-hush"}', "valid email"),
    ],
)
def test_unusable(monkeypatch, text, expected):
    monkeypatch.setenv("SUPERUSER_SECRET", text)

    with pytest.raises(CommandError, match=expected) as caught:
        run()

    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert not User.objects.exists()


def test_unreadable(monkeypatch):
    arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:none-AbCdEf"
    monkeypatch.setenv("SUPERUSER_SECRET_ARN", arn)

    with pytest.raises(CommandError, match=r"none-AbCdEf.*task role"):
        run()


def test_there_is_no_argument_for_the_password():
    with pytest.raises(CommandError, match="unrecognized arguments"):
        call_command("create_superuser", "--password=x")
