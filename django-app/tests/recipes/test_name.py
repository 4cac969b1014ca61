"""PATCH and DELETE /api/v1/tags/{id}/ and /api/v1/ingredients/{id}/, which behave alike."""

from __future__ import annotations

import pytest

from apps.recipes.models import Ingredient, Tag
from tests.conftest import (
    signed_in,
)

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


def test_rename(client, user, path, model, field):
    one = model.objects.create(owner=user, name="one")
    model.objects.create(owner=user, name="two")

    assert client.patch(f"{path}{one.pk}/", {"name": "three"}).json()["name"] == "three"
    assert client.patch(f"{path}{one.pk}/", {"name": "two"}).status_code == 409


def test_change_nothing(client, user, path, model, field):
    one = model.objects.create(owner=user, name="one")

    assert client.patch(f"{path}{one.pk}/", {}).json() == {"id": one.pk, "name": "one"}


def test_delete(client, user, path, model, field):
    one = model.objects.create(owner=user, name="one")

    assert client.delete(f"{path}{one.pk}/").status_code == 204
    assert not model.objects.exists()


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_a_strangers_name_does_not_exist(user, stranger, path, model, field, method):
    one = model.objects.create(owner=user, name="one")

    response = getattr(signed_in(stranger), method)(f"{path}{one.pk}/", {"name": "x"})

    assert response.status_code == 404
    assert model.objects.get().name == "one"
