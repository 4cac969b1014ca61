"""GET and POST /api/v1/tags/ and /api/v1/ingredients/, which behave alike."""

from __future__ import annotations

import pytest

from apps.recipes.models import Ingredient, Tag
from tests.conftest import (
    wrong_fields,
)
from tests.factories import RecipeFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.parametrize(
        ("path", "model", "field"),
        [
            ("/api/v1/tags/", Tag, "tags"),
            ("/api/v1/ingredients/", Ingredient, "ingredients"),
        ],
        ids=["tags", "ingredients"],
    ),
]


def test_a_token_is_needed(anonymous, path, model, field):
    assert anonymous.get(path).status_code == 401


def test_list(client, user, stranger, path, model, field, django_assert_num_queries):
    for name in "ba":
        model.objects.create(owner=user, name=name)
    model.objects.create(owner=stranger, name="c")

    # token with user, names
    with django_assert_num_queries(2):
        body = client.get(path).json()

    assert [item["name"] for item in body["results"]] == ["a", "b"]


@pytest.mark.parametrize(("assigned", "expected"), [("true", ["used"]), ("false", ["unused"])])
def test_filter_by_use(client, user, path, model, field, assigned, expected):
    model.objects.create(owner=user, name="unused")
    for _ in range(2):
        RecipeFactory(owner=user, **{field: ["used"]})

    body = client.get(path, {"assigned": assigned}).json()

    assert [item["name"] for item in body["results"]] == expected


def test_create(client, user, path, model, field):
    response = client.post(path, {"name": "new"})

    created = model.objects.get()
    assert response.status_code == 201
    assert response.json() == {"id": created.pk, "name": "new"}
    assert created.owner == user


@pytest.mark.parametrize("name", ["", None, "n" * 101, "a\0b", 5, "taken"])
def test_create_refuses(client, user, path, model, field, name):
    model.objects.create(owner=user, name="taken")

    response = client.post(path, {"name": name})

    assert wrong_fields(response, 409 if name == "taken" else 400) == ["name"]
    assert model.objects.count() == 1
