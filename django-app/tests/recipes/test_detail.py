"""GET /api/v1/recipes/{id}/, and what every operation on one recipe has in common."""

from __future__ import annotations

import pytest

from apps.recipes.models import Recipe
from tests.conftest import (
    RECIPES,
    SOUP,
    names,
    problem,
    signed_in,
    url,
)

pytestmark = pytest.mark.django_db


def test_detail(client, recipe):
    body = client.get(url(recipe)).json()

    assert body["title"] == "Soup"
    assert names(body["ingredients"]) == ["leek", "salt"]


def test_answers_are_not_kept(client, recipe):
    assert client.get(url(recipe))["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_a_strangers_recipe_does_not_exist(recipe, stranger, method):
    response = getattr(signed_in(stranger), method)(url(recipe), SOUP)

    assert response.status_code == 404
    assert Recipe.objects.get().title == "Soup"


@pytest.mark.parametrize("key", ["0", "x", "9" * 30])
def test_no_such_recipe(client, key):
    assert client.get(f"{RECIPES}{key}/").status_code == 404


def test_other_methods(client, recipe):
    response = client.post(url(recipe), SOUP)

    problem(response, 405)
    assert response["Allow"] == "GET, PUT, PATCH, DELETE"
    assert client.head(url(recipe)).status_code == 200
