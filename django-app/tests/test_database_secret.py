"""Credentials from Secrets Manager (moto), used against the real PostgreSQL."""

from __future__ import annotations

import json
import secrets
from contextlib import contextmanager

import boto3
import psycopg
import pytest
from django.db import OperationalError, connection
from psycopg import sql

from apps.core.postgresql import base
from apps.core.postgresql.secret import Credentials, SecretUnavailable, database_secret


class StoredSecret:
    """A secret with a database role to match."""

    def __init__(self, region: str) -> None:
        self.client = boto3.client("secretsmanager", region_name=region)
        self.username = f"app_{secrets.token_hex(4)}"
        self.password = secrets.token_hex(8)
        self.arn = self.client.create_secret(Name=self.username, SecretString=self._text())["ARN"]

    def _text(self) -> str:
        return json.dumps({"username": self.username, "password": self.password})

    def publish(self, password: str) -> None:
        self.password = password
        self.client.put_secret_value(SecretId=self.arn, SecretString=self._text())


@pytest.fixture
def stored(settings) -> StoredSecret:
    return StoredSecret(settings.AWS_REGION)


def administer(statement: str, name: str, **values: str) -> None:
    """Run a statement outside of the test's transaction, as the tests' own user."""
    config = connection.settings_dict
    with psycopg.connect(
        host=config["HOST"], port=config["PORT"], dbname=config["NAME"], user=config["USER"],
        password=config["PASSWORD"], sslmode=config["OPTIONS"]["sslmode"], autocommit=True,
    ) as admin:  # fmt: skip
        admin.execute(
            sql.SQL(statement).format(
                name=sql.Identifier(name),
                **{key: sql.Literal(value) for key, value in values.items()},
            )
        )


@pytest.fixture
def role(stored, db):
    administer("CREATE ROLE {name} LOGIN PASSWORD {pw}", stored.username, pw=stored.password)
    yield
    administer("DROP ROLE {name}", stored.username)


def set_password(stored: StoredSecret, password: str) -> None:
    administer("ALTER ROLE {name} PASSWORD {pw}", stored.username, pw=password)


@contextmanager
def connected(stored: StoredSecret):
    """Connect as the app does; yields the session's user."""
    wrapper = connection.copy()
    wrapper.settings_dict = connection.settings_dict | {
        "USER": "", "PASSWORD": "",
        "SECRET_ARN": stored.arn, "SECRET_REGION": stored.client.meta.region_name,
    }  # fmt: skip
    try:
        with wrapper.cursor() as cursor:
            cursor.execute("SELECT current_user")
            yield cursor.fetchone()[0]
    finally:
        wrapper.close()


@pytest.fixture
def calls(monkeypatch) -> list[str]:
    """Every look at a secret."""
    seen = []
    from apps.core.postgresql.secret import DatabaseSecret

    fetch = DatabaseSecret._fetch

    def counted(self):
        seen.append(self.arn)
        return fetch(self)

    monkeypatch.setattr(DatabaseSecret, "_fetch", counted)
    return seen


def test_connects_as_the_secrets_user_and_reads_it_once(stored, role, calls):
    for _ in range(3):
        with connected(stored) as user:
            assert user == stored.username

    assert calls == [stored.arn]


def test_rotation(stored, role, calls):
    with connected(stored):
        pass
    new = secrets.token_hex(8)
    set_password(stored, new)
    stored.publish(new)

    for _ in range(2):
        with connected(stored) as user:
            assert user == stored.username

    assert len(calls) == 2


def test_rotation_shown_a_moment_after_the_password_changed(stored, role, monkeypatch):
    with connected(stored):
        pass
    new = secrets.token_hex(8)
    set_password(stored, new)
    waits = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            stored.publish(new)

    monkeypatch.setattr(base.time, "sleep", wait)

    with connected(stored) as user:
        assert user == stored.username
    assert waits == list(base.REFUSED_DELAYS[:3])


def test_a_wrong_password_is_reported(stored, role, monkeypatch, calls):
    monkeypatch.setattr(base.time, "sleep", lambda seconds: None)
    stored.publish("wrong")

    with (
        pytest.raises(OperationalError, match="password authentication failed"),
        connected(stored),
    ):
        pass

    assert len(calls) == 1 + len(base.REFUSED_DELAYS)


def test_an_unreachable_server_is_no_reason_to_read_again(stored, role, calls, monkeypatch):
    with monkeypatch.context() as context:
        context.setitem(connection.settings_dict, "PORT", "1")
        with pytest.raises(OperationalError), connected(stored):
            pass

    assert len(calls) == 1


def test_threads_share_one_refresh(stored, settings, calls):
    secret = database_secret(stored.arn, settings.AWS_REGION)
    old = secret.get()
    stored.publish("new")

    first = secret.get(rejected=old)
    second = secret.get(rejected=old)

    assert first == second == Credentials(stored.username, "new")
    assert len(calls) == 2


def test_missing_secret(settings):
    arn = f"arn:aws:secretsmanager:{settings.AWS_REGION}:123456789012:secret:none-AbCdEf"

    with pytest.raises(SecretUnavailable, match=r"none-AbCdEf.*task role"):
        database_secret(arn, settings.AWS_REGION).get()


@pytest.mark.parametrize(
    "text", ["not json", "[]", "{}", '{"username": "app"}', '{"password": "hush-hush"}']
)
def test_malformed_secret_is_reported_without_its_value(stored, settings, text):
    stored.client.put_secret_value(SecretId=stored.arn, SecretString=text)

    with pytest.raises(SecretUnavailable, match="JSON object") as caught:
        database_secret(stored.arn, settings.AWS_REGION).get()

    assert "hush-hush" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_credentials_do_not_show_the_password():
    assert "hush-hush" not in repr(Credentials("app", "hush-hush"))


def test_session_settings(db):
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("30s",)
        cursor.execute("SHOW application_name")
        assert cursor.fetchone() == ("recipe-api",)
