"""Tags and ingredients, which behave alike."""

import pytest

from apps.recipes.models import Ingredient, Tag
from apps.recipes.services import recipe_create
from tests.conftest import signed_in
from tests.test_recipes import SOUP

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

    # token with user, count, names
    with django_assert_num_queries(3):
        body = client.get(path).json()

    assert [item["name"] for item in body["results"]] == ["a", "b"]


@pytest.mark.parametrize(("assigned", "expected"), [("true", ["used"]), ("false", ["unused"])])
def test_filter_by_use(client, user, path, model, field, assigned, expected):
    model.objects.create(owner=user, name="unused")
    for _ in range(2):
        recipe_create(owner=user, **SOUP, **{field: ["used"]})

    body = client.get(path, {"assigned": assigned}).json()

    assert [item["name"] for item in body["results"]] == expected


def test_create(client, user, path, model, field):
    response = client.post(path, {"name": "new"})

    created = model.objects.get()
    assert response.status_code == 201
    assert response.json() == {"id": created.pk, "name": "new"}
    assert created.owner == user


@pytest.mark.parametrize("name", ["", None, "n" * 101, "a\0b", "taken"])
def test_create_refuses(client, user, path, model, field, name):
    model.objects.create(owner=user, name="taken")

    response = client.post(path, {"name": name})

    assert response.status_code == 400
    assert list(response.json()) == ["name"]
    assert model.objects.count() == 1


def test_rename(client, user, path, model, field):
    one = model.objects.create(owner=user, name="one")
    model.objects.create(owner=user, name="two")

    assert client.patch(f"{path}{one.pk}/", {"name": "three"}).json()["name"] == "three"
    assert client.patch(f"{path}{one.pk}/", {"name": "two"}).status_code == 400


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
