"""Database credentials kept in AWS Secrets Manager.

RDS rotates a master password that it manages every 7 days, and ECS injects secrets only
when a task starts. So the secret is read when connecting, and again when it is refused.
"""

from __future__ import annotations

import functools
import json
import threading
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.db import OperationalError

# Seconds. A slow Secrets Manager must not hold a request longer than a slow database.
CLIENT_CONFIG = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard"})


class SecretUnavailable(OperationalError):
    """The secret can't be read, or is not a JSON object with username and password."""


@dataclass(frozen=True)
class Credentials:
    username: str
    password: str = field(repr=False)


class DatabaseSecret:
    """One secret, fetched on first use and cached; safe to share between threads."""

    def __init__(self, arn: str, region: str) -> None:
        self.arn = arn
        self._region = region
        self._lock = threading.Lock()
        self._cached: Credentials | None = None

    def get(self, *, rejected: Credentials | None = None) -> Credentials:
        """Return the credentials; those just `rejected` by the server are fetched anew.

        Raises SecretUnavailable. When another thread has already replaced the rejected
        ones, its result is returned without another call.
        """
        with self._lock:
            if self._cached is None or self._cached == rejected:
                self._cached = self._fetch()
            return self._cached

    def _fetch(self) -> Credentials:
        try:
            answer = self._client.get_secret_value(SecretId=self.arn)
        except (BotoCoreError, ClientError) as error:
            raise SecretUnavailable(
                f"read the database secret {self.arn}: {error}; "
                "check that it exists and that the task role may read and decrypt it"
            ) from error
        try:
            value = json.loads(answer["SecretString"])
            return Credentials(username=value["username"], password=value["password"])
        except (KeyError, TypeError, ValueError):
            # Not chained: the cause may quote the secret.
            raise SecretUnavailable(
                f"parse the database secret {self.arn}: "
                'it must be a JSON object with "username" and "password"'
            ) from None

    @functools.cached_property
    def _client(self) -> Any:
        return boto3.session.Session().client(
            "secretsmanager", region_name=self._region, config=CLIENT_CONFIG
        )


@functools.cache
def database_secret(arn: str, region: str) -> DatabaseSecret:
    """Return this process's one object for a secret, so that all threads share its cache."""
    return DatabaseSecret(arn, region)
