from __future__ import annotations

import io
import json
import logging
import os
from contextlib import contextmanager

import boto3
import pytest
from django.core.cache import cache
from moto import mock_aws
from PIL import Image
from rest_framework.test import APIClient

from apps.users.models import User
from apps.users.services import access_token_create

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True, scope="session")
def aws():
    """No test reaches a real account, whatever the developer's environment says."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        for name in list(os.environ):
            if name.startswith("AWS_") and name != "AWS_REGION":
                environment.delenv(name)
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        yield


@pytest.fixture(autouse=True)
def no_rate_limits_left():
    cache.clear()


@pytest.fixture
def bucket(settings):
    """The empty media bucket, as a boto3 resource."""
    region = settings.AWS_REGION
    bucket = boto3.resource("s3", region_name=region).Bucket("test-media")
    bucket.create(CreateBucketConfiguration={"LocationConstraint": region})
    yield bucket
    bucket.objects.delete()
    bucket.delete()


@pytest.fixture
def user(db) -> User:
    return User.objects.create_user("ann@example.org", PASSWORD, name="Ann")


@pytest.fixture
def stranger(db) -> User:
    return User.objects.create_user("bob@example.org", PASSWORD, name="Bob")


@pytest.fixture
def anonymous() -> APIClient:
    return APIClient()


@pytest.fixture
def client(user) -> APIClient:
    """Signed in as `user`, through a real token."""
    return signed_in(user)


def signed_in(user: User) -> APIClient:
    token, _ = access_token_create(email=user.email, password=PASSWORD)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


def png(width: int = 8, height: int = 8, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, kind)
    return out.getvalue()


@pytest.fixture
def log_lines():
    """Yield a context manager that collects what is logged inside as parsed JSON lines.

    The handler keeps the stream it found at start; it is pointed at a buffer meanwhile.
    """
    console = next(h for h in logging.getLogger().handlers if h.name == "console")

    @contextmanager
    def collect():
        lines: list[dict] = []
        buffer = io.StringIO()
        previous = console.setStream(buffer)
        try:
            yield lines
        finally:
            console.setStream(previous)
            lines += [json.loads(line) for line in buffer.getvalue().splitlines()]

    return collect
