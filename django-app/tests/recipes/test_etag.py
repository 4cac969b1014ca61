"""ETag and If-Match of /api/v1/recipes/{id}/."""

from __future__ import annotations

import pytest

from apps.recipes.models import Recipe
from tests.conftest import (
    SOUP,
    problem,
    url,
)

pytestmark = pytest.mark.django_db


def test_etag_changes_with_the_recipe(client, recipe):
    first = client.get(url(recipe))["ETag"]
    changed = client.patch(url(recipe), {"title": "Stew"})

    assert changed["ETag"] != first
    assert client.get(url(recipe))["ETag"] == changed["ETag"]


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_changing_what_was_read(client, recipe, method):
    tag = client.get(url(recipe))["ETag"]

    response = getattr(client, method)(url(recipe), SOUP, headers={"If-Match": tag})

    assert response.status_code in (200, 204)


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("tag", ["OLD", "W/NOW", '"x"', "x", "", '"9999999999"'])
def test_not_changing_what_was_not_read(client, recipe, method, tag):
    old = client.get(url(recipe))["ETag"]
    now = client.patch(url(recipe), {"title": "Stew"})["ETag"]
    header = tag.replace("OLD", old).replace("NOW", now)

    response = getattr(client, method)(url(recipe), SOUP, headers={"If-Match": header})

    assert "read it again" in problem(response, 412)["detail"]
    assert Recipe.objects.get().title == "Stew"


@pytest.mark.parametrize("tag", ["*", '"0", NOW, "77"'])
def test_other_ways_to_match(client, recipe, tag):
    header = tag.replace("NOW", client.get(url(recipe))["ETag"])

    response = client.patch(url(recipe), {"title": "Stew"}, headers={"If-Match": header})

    assert response.status_code == 200
