"""POST /api/v1/recipes/."""

from __future__ import annotations

from decimal import Decimal

import pytest

from apps.recipes.models import Recipe, Tag
from tests.conftest import (
    RECIPES,
    SOUP,
    names,
    problem,
    wrong_fields,
)

pytestmark = pytest.mark.django_db


def test_create(client, user):
    data = SOUP | {
        "description": "Hot.",
        "link": "https://example.org/soup",
        "tags": [{"name": "vegan"}, {"name": "vegan"}],
        "ingredients": [{"name": "leek"}],
    }

    response = client.post(RECIPES, data)

    recipe = Recipe.objects.get()
    assert response.status_code == 201
    assert recipe.owner == user
    assert recipe.price == Decimal("3.50")
    body = response.json()
    assert body["id"] == recipe.pk
    assert {name: body[name] for name in ("title", "time_minutes", "price", "description")} == {
        "title": "Soup", "time_minutes": 20, "price": "3.50", "description": "Hot.",
    }  # fmt: skip
    assert names(body["tags"]) == ["vegan"]
    assert names(body["ingredients"]) == ["leek"]
    assert body["image"] is None


def test_create_reuses_the_owners_tags_only(client, user, stranger):
    mine = Tag.objects.create(owner=user, name="vegan")
    Tag.objects.create(owner=stranger, name="vegan")

    response = client.post(RECIPES, SOUP | {"tags": [{"name": "vegan"}]})

    assert response.json()["tags"] == [{"id": mine.pk, "name": "vegan"}]
    assert Tag.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "t" * 256}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"title": None}, "title"),
        ({"time_minutes": 0}, "time_minutes"),
        ({"time_minutes": 10**12}, "time_minutes"),
        ({"time_minutes": "soon"}, "time_minutes"),
        ({"price": "-0.01"}, "price"),
        ({"price": "1.234"}, "price"),
        ({"price": "1234567.00"}, "price"),
        ({"price": "NaN"}, "price"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"description": "d" * 10_001}, "description"),
        ({"tags": "vegan"}, "tags"),
        ({"tags": [{"name": ""}]}, "tags"),
        ({"tags": [{"name": "t" * 101}]}, "tags"),
        ({"tags": [{"name": str(i)} for i in range(51)]}, "tags"),
        ({"ingredients": [{}]}, "ingredients"),
    ],
)
def test_create_refuses(client, change, field):
    response = client.post(RECIPES, SOUP | change)

    assert wrong_fields(response) == [field]
    assert not Recipe.objects.exists()


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("{", "application/json", 400),
        ("[]", "application/json", 400),
        (b"\xff", "application/json", 400),
        ("title=Soup", "application/x-www-form-urlencoded", 415),
    ],
)
def test_create_refuses_other_bodies(client, body, kind, status):
    response = client.generic("POST", RECIPES, body, content_type=kind)

    problem(response, status)


def test_location(client):
    response = client.post(RECIPES, SOUP)

    assert client.get(response["Location"]).json()["id"] == response.json()["id"]
