from __future__ import annotations

import io
import json
import logging
import os
from contextlib import contextmanager

import boto3
import pytest
from django.core.cache import cache
from django_tasks_db.management.commands import db_worker
from moto import mock_aws
from PIL import Image
from rest_framework.test import APIClient

from apps.recipes.models import Recipe
from apps.users.models import User
from apps.users.services import access_token_create
from tests.factories import PASSWORD, RecipeFactory, UserFactory

RECIPES = "/api/v1/recipes/"
REGISTER = "/api/v1/users/"
TOKEN = "/api/v1/users/token/"
ME = "/api/v1/users/me/"
SOUP = {"title": "Soup", "time_minutes": 20, "price": "3.50"}


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
def work():
    """Call it to run every task that is ready, as the worker would."""

    def run() -> None:
        db_worker.Worker(
            queue_names=["*"], excluded_queue_names=[], backend_name="default", interval=0,
            batch=True, max_tasks=None, startup_delay=False, worker_id="test",
        ).run()  # fmt: skip

    with pytest.MonkeyPatch.context() as patch:
        # The connection holds the test's transaction.
        patch.setattr(db_worker, "close_old_connections", lambda: None)
        yield run


@pytest.fixture
def user(db) -> User:
    return UserFactory(email="ann@example.org", name="Ann")


@pytest.fixture
def stranger(db) -> User:
    return UserFactory(email="bob@example.org", name="Bob")


@pytest.fixture
def recipe(user) -> Recipe:
    return RecipeFactory(owner=user, tags=["vegan"], ingredients=["leek", "salt"])


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


def url(recipe: Recipe) -> str:
    return f"{RECIPES}{recipe.pk}/"


def names(items: list[dict]) -> list[str]:
    return [item["name"] for item in items]


def problem(response, status: int = 400) -> dict:
    """Return a refusal's problem details, checked for what all of them have in common."""
    body = response.json()
    assert response["Content-Type"] == "application/problem+json"
    assert response.status_code == status == body["status"]
    assert body["type"] == "about:blank"
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == response["X-Request-Id"]
    return body


def wrong_fields(response, status: int = 400) -> list[str]:
    """Return the fields that a refused request is blamed for, without what is inside them."""
    errors = problem(response, status)["errors"]
    assert all(error.keys() == {"field", "code", "detail"} for error in errors)
    return list(dict.fromkeys(error["field"].split(".")[0] for error in errors))


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
