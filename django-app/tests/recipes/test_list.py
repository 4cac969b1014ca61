"""GET /api/v1/recipes/."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.recipes.models import Ingredient, Recipe, Tag
from tests.conftest import (
    RECIPES,
    SOUP,
    problem,
)
from tests.factories import RecipeFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_token_is_needed(anonymous, method):
    assert getattr(anonymous, method)(RECIPES).status_code == 401


def test_list_is_the_owners_newest_first(client, user, stranger):
    first, second = (RecipeFactory(owner=user) for _ in range(2))
    RecipeFactory(owner=stranger)

    body = client.get(RECIPES).json()

    assert [item["id"] for item in body["results"]] == [second.pk, first.pk]
    assert (body["next"], body["previous"]) == (None, None)


@pytest.mark.parametrize("count", [1, 20])
def test_list_takes_the_same_queries_for_any_length(client, user, count, django_assert_num_queries):
    for _ in range(count):
        RecipeFactory(owner=user, tags=["vegan", "hot"], ingredients=["leek"])

    # token with user, recipes, tags, ingredients
    with django_assert_num_queries(4):
        response = client.get(RECIPES)

    assert len(response.json()["results"]) == count


@pytest.mark.parametrize("ordering", ["", "price", "-price", "title", "-time_minutes"])
def test_pages(client, user, ordering):
    """Equal values are no obstacle: every recipe is on one page, there and back."""
    Recipe.objects.bulk_create(
        Recipe(owner=user, title=f"Soup {i % 2}", time_minutes=20, price=i % 3) for i in range(7)
    )
    query = {"page_size": 2, "ordering": ordering}

    pages = [client.get(RECIPES, query).json()]
    while pages[-1]["next"]:
        pages.append(client.get(pages[-1]["next"]).json())
    back = [pages[-1]]
    while back[-1]["previous"]:
        back.append(client.get(back[-1]["previous"]).json())

    seen = [item["id"] for page in pages for item in page["results"]]
    assert [len(page["results"]) for page in pages] == [2, 2, 2, 1]
    assert sorted(seen) == sorted(Recipe.objects.values_list("pk", flat=True))
    assert [page["results"] for page in reversed(back)] == [page["results"] for page in pages]
    first = ordering or "-created_at"
    expected = Recipe.objects.order_by(first, "-id" if first.startswith("-") else "id")
    assert seen == list(expected.values_list("pk", flat=True))


def cursor(*position: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


@pytest.mark.parametrize("ordering", ["created_at", "title", "price", "time_minutes"])
@pytest.mark.parametrize(
    "text",
    [
        "", "x", "%%%", "a" * 500, cursor(), cursor(1), cursor(False, "\0", 1),
        cursor(False, None, 1), cursor(False, [], 1), cursor("x", "1", 1), cursor(False, "1", "x"),
        cursor(False, "2026-01-01T00:00:00", 1), cursor(False, "NaN", 1),
        cursor(False, "1e999999999", 1), cursor(True, "9" * 400, 10**40),
        base64.urlsafe_b64encode(b"[" * 5000).decode(), "\xff",
    ],
)  # fmt: skip
def test_made_up_cursors(client, user, ordering, text):
    RecipeFactory(owner=user)

    response = client.get(RECIPES, {"cursor": text, "ordering": ordering})

    assert response.status_code in (200, 404)
    if response.status_code == 404:
        assert problem(response, 404)["detail"] == "Invalid cursor"


def test_an_unknown_order_is_the_usual_one(client, user):
    first, second = (RecipeFactory(owner=user) for _ in range(2))

    found = client.get(RECIPES, {"ordering": "owner__password"}).json()["results"]

    assert [item["id"] for item in found] == [second.pk, first.pk]


def test_a_page_whose_items_have_gone(client, user):
    recipes = [RecipeFactory(owner=user) for _ in range(3)]
    link = client.get(RECIPES, {"page_size": 2}).json()["next"]
    recipes[0].delete()

    assert client.get(link).json() == {"next": None, "previous": None, "results": []}


def test_page_size_is_bounded(client, user):
    Recipe.objects.bulk_create(Recipe(owner=user, **SOUP) for _ in range(101))

    assert len(client.get(RECIPES, {"page_size": 1000}).json()["results"]) == 100


@pytest.mark.parametrize("field", ["tags", "ingredients"])
def test_filter(client, user, field):
    both = RecipeFactory(owner=user, **{field: ["a", "b"]})
    one = RecipeFactory(owner=user, **{field: ["b"]})
    RecipeFactory(owner=user, **{field: ["c"]})
    model = {"tags": Tag, "ingredients": Ingredient}[field]
    ids = model.objects.filter(name__in=["a", "b"]).values_list("pk", flat=True)

    found = client.get(RECIPES, {field: ",".join(map(str, ids))}).json()["results"]

    assert [item["id"] for item in found] == [one.pk, both.pk]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"price_min": "2"}, ["dear", "middle"]),
        ({"price_max": "2"}, ["middle", "cheap"]),
        ({"price_max": "999999.99"}, ["dear", "middle", "cheap"]),
        ({"price_min": "1.50", "price_max": "2.50"}, ["middle"]),
        ({"time_minutes_max": "20"}, ["middle", "cheap"]),
        ({"has_image": "true"}, ["dear"]),
        ({"has_image": "false"}, ["middle", "cheap"]),
        ({"created_after": "YESTERDAY"}, ["dear", "middle"]),
        ({"created_before": "YESTERDAY"}, ["cheap"]),
    ],
)
def test_filters(client, user, query, expected):
    now = timezone.now()
    rows = [("cheap", 1, 10, 2, ""), ("middle", 2, 20, 0.5, ""), ("dear", 3, 30, 0, "a.png")]
    for title, price, minutes, days, image in rows:
        Recipe.objects.create(
            owner=user, title=title, price=price, time_minutes=minutes, image=image,
            created_at=now - timedelta(days=days),
        )  # fmt: skip
    yesterday = (now - timedelta(days=1)).isoformat()
    query = {name: value.replace("YESTERDAY", yesterday) for name, value in query.items()}

    found = client.get(RECIPES, query).json()["results"]

    assert [item["title"] for item in found] == expected


@pytest.mark.parametrize(
    "query", [{"tags": "x"}, {"tags": "1,,x"}, {"ingredients": "9" * 30}, {"tags": "-1"},
              {"tags": "1.5"}, {"search": "a\0b"}, {"price_min": "NaN"}, {"price_max": "1e99"},
              {"time_minutes_max": "9" * 20}, {"created_after": "soon"}]
)  # fmt: skip
def test_bad_filters(client, query):
    problem(client.get(RECIPES, query))


def test_search(client, user):
    soup = RecipeFactory(owner=user)
    RecipeFactory(owner=user, title="Cake")

    found = client.get(RECIPES, {"search": "sou"}).json()["results"]

    assert [item["id"] for item in found] == [soup.pk]
