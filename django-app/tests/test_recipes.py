from decimal import Decimal

import pytest

from apps.recipes.models import Ingredient, Recipe, Tag
from apps.recipes.services import recipe_create
from tests.conftest import signed_in

RECIPES = "/api/v1/recipes/"
SOUP = {"title": "Soup", "time_minutes": 20, "price": "3.50"}

pytestmark = pytest.mark.django_db


def url(recipe: Recipe) -> str:
    return f"{RECIPES}{recipe.pk}/"


@pytest.fixture
def recipe(user) -> Recipe:
    return recipe_create(owner=user, tags=["vegan"], ingredients=["leek", "salt"], **SOUP)


def names(items: list[dict]) -> list[str]:
    return [item["name"] for item in items]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_token_is_needed(anonymous, method):
    assert getattr(anonymous, method)(RECIPES).status_code == 401


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

    assert response.status_code == 400
    assert list(response.json()) == [field]
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

    assert response.status_code == status


def test_list_is_the_owners_newest_first(client, user, stranger):
    first, second = (recipe_create(owner=user, **SOUP) for _ in range(2))
    recipe_create(owner=stranger, **SOUP)

    body = client.get(RECIPES).json()

    assert [item["id"] for item in body["results"]] == [second.pk, first.pk]
    assert body["count"] == 2


@pytest.mark.parametrize("count", [1, 20])
def test_list_takes_the_same_queries_for_any_length(client, user, count, django_assert_num_queries):
    for _ in range(count):
        recipe_create(owner=user, tags=["vegan", "hot"], ingredients=["leek"], **SOUP)

    # token with user, count, recipes, tags, ingredients
    with django_assert_num_queries(5):
        response = client.get(RECIPES)

    assert len(response.json()["results"]) == count


def test_pages(client, user):
    for _ in range(3):
        recipe_create(owner=user, **SOUP)

    first = client.get(RECIPES, {"page_size": 2}).json()
    last = client.get(first["next"]).json()

    assert (len(first["results"]), len(last["results"])) == (2, 1)
    assert last["next"] is None
    assert client.get(RECIPES, {"page": 99}).status_code == 404
    assert client.get(RECIPES, {"page": "x" * 50}).status_code == 404


def test_page_size_is_bounded(client, user):
    Recipe.objects.bulk_create(Recipe(owner=user, **SOUP) for _ in range(101))

    assert len(client.get(RECIPES, {"page_size": 1000}).json()["results"]) == 100


@pytest.mark.parametrize("field", ["tags", "ingredients"])
def test_filter(client, user, field):
    both = recipe_create(owner=user, **SOUP, **{field: ["a", "b"]})
    one = recipe_create(owner=user, **SOUP, **{field: ["b"]})
    recipe_create(owner=user, **SOUP, **{field: ["c"]})
    model = {"tags": Tag, "ingredients": Ingredient}[field]
    ids = model.objects.filter(name__in=["a", "b"]).values_list("pk", flat=True)

    found = client.get(RECIPES, {field: ",".join(map(str, ids))}).json()["results"]

    assert [item["id"] for item in found] == [one.pk, both.pk]


@pytest.mark.parametrize(
    "query", [{"tags": "x"}, {"tags": "1,,x"}, {"ingredients": "9" * 30}, {"tags": "-1"},
              {"tags": "1.5"}, {"search": "a\0b"}]
)  # fmt: skip
def test_bad_filters(client, query):
    assert client.get(RECIPES, query).status_code == 400


def test_search(client, user):
    soup = recipe_create(owner=user, **SOUP)
    recipe_create(owner=user, **(SOUP | {"title": "Cake"}))

    found = client.get(RECIPES, {"search": "sou"}).json()["results"]

    assert [item["id"] for item in found] == [soup.pk]


def test_detail(client, recipe):
    body = client.get(url(recipe)).json()

    assert body["title"] == "Soup"
    assert names(body["ingredients"]) == ["leek", "salt"]


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_a_strangers_recipe_does_not_exist(recipe, stranger, method):
    response = getattr(signed_in(stranger), method)(url(recipe), SOUP)

    assert response.status_code == 404
    assert Recipe.objects.get().title == "Soup"


@pytest.mark.parametrize("key", ["0", "x", "9" * 30])
def test_no_such_recipe(client, key):
    assert client.get(f"{RECIPES}{key}/").status_code == 404


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


def test_delete(client, recipe):
    assert client.delete(url(recipe)).status_code == 204
    assert not Recipe.objects.exists()
    assert Tag.objects.exists()
