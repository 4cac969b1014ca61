"""GET, PATCH and DELETE /api/v1/users/me/."""

from __future__ import annotations

import pytest

from apps.recipes.models import Recipe
from apps.users.models import User
from tests.conftest import (
    ME,
    problem,
    wrong_fields,
)
from tests.factories import RecipeFactory

pytestmark = pytest.mark.django_db


def test_me(client, user, django_assert_num_queries):
    with django_assert_num_queries(1):
        response = client.get(ME)

    assert response.json() == {"id": user.pk, "email": "ann@example.org", "name": "Ann"}


def test_change_name(client, user):
    response = client.patch(ME, {"name": "Anna", "email": "other@example.org"})

    user.refresh_from_db()
    assert response.status_code == 200
    assert (user.name, user.email) == ("Anna", "ann@example.org")


def test_change_password_revokes_all_tokens(client, user):
    response = client.patch(ME, {"password": "battery staple horse"})

    user.refresh_from_db()
    assert response.status_code == 200
    assert user.check_password("battery staple horse")
    assert client.get(ME).status_code == 401


def test_change_to_a_weak_password(client, user):
    response = client.patch(ME, {"password": "short"})

    assert wrong_fields(response) == ["password"]
    assert client.get(ME).status_code == 200


def test_delete(client, user, work):
    RecipeFactory(owner=user, tags=["vegan"])

    assert client.delete(ME).status_code == 204

    assert not User.objects.exists()
    assert not Recipe.objects.exists()
    problem(client.get(ME), 401)
