"""PATCH and PUT /api/v1/recipes/{id}/."""

from __future__ import annotations

import pytest

from apps.recipes.models import Recipe, Tag
from tests.conftest import (
    SOUP,
    names,
    problem,
    url,
)

pytestmark = pytest.mark.django_db


def test_patch_leaves_the_rest(client, recipe):
    response = client.patch(url(recipe), {"title": "Stew"})

    assert response.status_code == 200
    assert response.json()["title"] == "Stew"
    assert names(response.json()["tags"]) == ["vegan"]


def test_patch_replaces_tags(client, recipe):
    response = client.patch(url(recipe), {"tags": [{"name": "hot"}], "ingredients": []})

    assert names(response.json()["tags"]) == ["hot"]
    assert response.json()["ingredients"] == []
    assert Tag.objects.count() == 2


def test_put_needs_every_required_field(client, recipe):
    assert client.put(url(recipe), {"title": "Stew"}).status_code == 400

    response = client.put(url(recipe), SOUP | {"title": "Stew"})

    assert response.status_code == 200
    assert response.json()["title"] == "Stew"


def test_owner_cannot_be_changed(client, user, recipe, stranger):
    client.patch(url(recipe), {"owner": stranger.pk, "id": 999})

    assert Recipe.objects.get(pk=recipe.pk).owner == user


def test_a_recipe_deleted_while_it_is_changed(client, recipe, monkeypatch):
    def gone(*args, **kwargs):
        raise Recipe.DoesNotExist

    monkeypatch.setattr("apps.recipes.services.recipe_update", gone)

    problem(client.patch(url(recipe), {"title": "Stew"}), 404)
