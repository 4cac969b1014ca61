"""Every list with 1,000 users and 100,000 recipes: queries, indexes, and times.

Run by `make bench-volume`. The number of queries and the indexes are asserted; times are
measured in this process, without a network, and printed beside the goal.
"""

from __future__ import annotations

import json
import statistics
import time
from itertools import cycle, islice

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.recipes.demo import seed
from apps.recipes.models import Ingredient, Recipe, Tag
from apps.users.models import User
from apps.users.services import access_token_create
from tests.factories import PASSWORD

pytestmark = [pytest.mark.volume, pytest.mark.django_db]

USERS, RECIPES = 1000, 100_000
CLIENTS, REQUESTS = 50, 400
GOAL_MS = 50  # p95

NEWEST, TITLE = "recipe_owner_created", "recipe_owner_title"
PRICE, MINUTES = "recipe_owner_price", "recipe_owner_time"
OWNED_TAG, OWNED_INGREDIENT = "tag_owner_name_unique", "ingredient_owner_name_unique"

# path, the table that is listed, an index of it that must be used, and how many queries:
# the token with its user, the list, and a recipe's tags and ingredients.
LISTS = {
    "recipes": ("/api/v1/recipes/", Recipe, NEWEST, 4),
    "a hundred a page": ("/api/v1/recipes/?page_size=100", Recipe, NEWEST, 4),
    "by title": ("/api/v1/recipes/?ordering=title", Recipe, TITLE, 4),
    "by price": ("/api/v1/recipes/?ordering=-price", Recipe, PRICE, 4),
    "by time": ("/api/v1/recipes/?ordering=time_minutes", Recipe, MINUTES, 4),
    "searched": ("/api/v1/recipes/?search=soup", Recipe, None, 4),
    "of a price": ("/api/v1/recipes/?price_min=5&price_max=9", Recipe, None, 4),
    "of a tag": ("/api/v1/recipes/?tags={tag}", Recipe, None, 4),
    "of ingredients": ("/api/v1/recipes/?ingredients={ingredient}", Recipe, None, 4),
    "tags": ("/api/v1/tags/", Tag, OWNED_TAG, 2),
    "tags in use": ("/api/v1/tags/?assigned=true", Tag, OWNED_TAG, 2),
    "ingredients": ("/api/v1/ingredients/", Ingredient, OWNED_INGREDIENT, 2),
    "ingredients in use": ("/api/v1/ingredients/?assigned=true", Ingredient, OWNED_INGREDIENT, 2),
}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        seed(users=USERS, recipes=RECIPES, password=PASSWORD)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


class Reader:
    """A signed-in user with a tag and an ingredient to filter by."""

    def __init__(self, user: User) -> None:
        token, _ = access_token_create(email=user.email, password=PASSWORD)
        self.client = APIClient(HTTP_AUTHORIZATION=f"Token {token}")
        self.ids = {
            "tag": Tag.objects.filter(owner=user)[3].pk,
            "ingredient": Ingredient.objects.filter(owner=user)[5].pk,
        }

    def get(self, path: str):
        return self.client.get(path.format(**self.ids))


@pytest.fixture
def readers(db) -> list[Reader]:
    owners = User.objects.filter(email__startswith="demo-").order_by("?")[:CLIENTS]
    return [Reader(owner) for owner in owners]


@pytest.fixture
def reader(readers) -> Reader:
    return readers[0]


@pytest.fixture(params=LISTS)
def listed(request):
    return request.param, *LISTS[request.param]


def test_the_number_of_queries_is_constant(reader, listed):
    _, path, _, _, queries = listed

    with CaptureQueriesContext(connection) as captured:
        body = reader.get(path).json()

    assert body["results"]
    assert len(captured) == queries


def test_an_index_is_used(reader, listed):
    _, path, model, index, _ = listed
    table = model._meta.db_table
    with CaptureQueriesContext(connection) as captured:
        reader.get(path)
    [query] = [
        q["sql"] for q in captured if f'FROM "{table}"' in q["sql"] and "ORDER BY" in q["sql"]
    ][:1]

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {query}")
        [plan] = cursor.fetchone()[0]

    nodes = list(walk(plan["Plan"]))
    scanned = [node for node in nodes if node["Node Type"] == "Seq Scan"]
    assert not scanned, json.dumps(plan, indent=1)
    used = {node["Index Name"] for node in nodes if "Index Name" in node}
    assert used
    if index is not None:
        assert index in used


def walk(node: dict):
    yield node
    for inner in node.get("Plans", ()):
        yield from walk(inner)


def test_times(readers, listed, capsys):
    name, path, _, _, _ = listed
    for reader in readers[:5]:
        reader.get(path)
    times = []
    for reader in islice(cycle(readers), REQUESTS):
        started = time.perf_counter()
        response = reader.get(path)
        times.append((time.perf_counter() - started) * 1000)
        assert response.status_code == 200
    p95 = statistics.quantiles(times, n=20)[-1]

    with capsys.disabled():
        verdict = "" if p95 <= GOAL_MS else f"  over the goal of {GOAL_MS} ms"
        print(f"\n  {name:20} p50 {statistics.median(times):5.1f} ms  p95 {p95:5.1f} ms{verdict}")
