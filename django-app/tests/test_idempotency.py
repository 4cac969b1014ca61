"""POST with an Idempotency-Key."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from apps.core import idempotency
from apps.core.models import IdempotencyKey
from apps.recipes.models import Ingredient, Recipe, Tag
from tests.conftest import RECIPES, SOUP, problem, signed_in, wrong_fields

pytestmark = pytest.mark.django_db


def post(client, data=SOUP, key="one", path=RECIPES):
    return client.post(path, data, headers={"Idempotency-Key": key})


def test_repeated(client):
    first = post(client)
    again = post(client)

    assert Recipe.objects.count() == 1
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    for name in ("ETag", "Location", "Content-Type"):
        assert again[name] == first[name]
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(
    ("path", "model"), [("/api/v1/tags/", Tag), ("/api/v1/ingredients/", Ingredient)]
)
def test_names(client, path, model):
    first, again = (post(client, {"name": "new"}, path=path) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert model.objects.count() == 1


def test_another_key_makes_another(client):
    post(client, key="one")
    post(client, key="two")
    client.post(RECIPES, SOUP)

    assert Recipe.objects.count() == 3


def test_the_order_of_fields_does_not_matter(client):
    post(client)

    assert post(client, dict(reversed(SOUP.items())))["Idempotency-Replayed"] == "true"


def test_a_key_used_for_something_else(client):
    post(client)

    problem(post(client, SOUP | {"title": "Stew"}), 422)
    problem(post(client, {"name": "new"}, path="/api/v1/tags/"), 422)
    assert Recipe.objects.count() == 1


def test_keys_are_each_users_own(client, stranger):
    post(client)

    assert post(signed_in(stranger)).status_code == 201
    assert Recipe.objects.count() == 2


def test_a_refused_request_may_be_corrected(client):
    assert post(client, SOUP | {"title": ""}).status_code == 400
    assert not IdempotencyKey.objects.exists()

    assert post(client).status_code == 201


@pytest.mark.parametrize("key", ["", "a b", "é", "k" * 256, "a\tb"])
def test_unusable_keys(client, key):
    assert wrong_fields(post(client, key=key)) == ["Idempotency-Key"]
    assert not Recipe.objects.exists()


def test_a_token_is_needed(anonymous):
    problem(post(anonymous), 401)


@pytest.mark.django_db(transaction=True)
def test_while_the_first_is_running(client, user, monkeypatch):
    """The second waits; when that takes too long it is told to come back."""
    monkeypatch.setattr(idempotency, "WAIT", "100ms")
    started, end = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                IdempotencyKey.objects.create(user=user, key="one", status=0, headers={})
                started.set()
                end.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert started.wait(30)
        assert "still running" in problem(post(client), 409)["detail"]
    finally:
        end.set()
        thread.join()
    assert not Recipe.objects.exists()
