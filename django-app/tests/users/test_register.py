"""POST /api/v1/users/."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from apps.users import services as user_services
from apps.users.models import User
from tests.conftest import (
    PASSWORD,
    REGISTER,
    wrong_fields,
)

pytestmark = pytest.mark.django_db


def test_register(anonymous):
    response = anonymous.post(
        REGISTER, {"email": "Eve@Example.org", "password": PASSWORD, "name": "Eve"}
    )

    user = User.objects.get()
    assert response.status_code == 201
    assert response.json() == {"id": user.pk, "email": "eve@example.org", "name": "Eve"}
    assert user.check_password(PASSWORD)
    assert not user.is_staff


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "nobody"}, "email"),
        ({"email": None}, "email"),
        ({"email": "a" * 250 + "@example.org"}, "email"),
        ({"email": "ANN@example.org"}, "email"),
        ({"password": ""}, "password"),
        ({"password": "short"}, "password"),
        ({"password": "password1234"}, "password"),
        ({"password": "12345678901234"}, "password"),
        ({"password": "eve@example.org"}, "password"),
        ({"password": "x\0" * 10}, "password"),
        ({"name": "n" * 151}, "name"),
    ],
)
def test_register_refuses(anonymous, user, change, field):
    data = {"email": "eve@example.org", "password": PASSWORD} | change

    response = anonymous.post(REGISTER, data)

    status = 409 if change == {"email": "ANN@example.org"} else 400
    assert wrong_fields(response, status) == [field]
    assert User.objects.count() == 1


def test_registering_twice_at_once(user, monkeypatch):
    """The address is taken between the look and the insert."""
    monkeypatch.setattr(User.objects, "create_user", raising(IntegrityError))

    with pytest.raises(ValidationError, match="already exists"):
        user_services.user_create(email="new@example.org", password=PASSWORD)


def raising(error):
    def call(*args, **kwargs):
        raise error

    return call


def test_superuser():
    root = User.objects.create_superuser("Root@example.org", PASSWORD)

    assert (root.email, root.is_staff, root.is_superuser) == ("root@example.org", True, True)
    assert User.objects.get_by_natural_key("ROOT@example.org") == root
