from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from apps.users import services
from apps.users.models import AccessToken, User
from tests.conftest import PASSWORD, signed_in

REGISTER = "/api/v1/users/"
TOKEN = "/api/v1/users/token/"
ME = "/api/v1/users/me/"

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

    assert response.status_code == 400
    assert list(response.json()) == [field]
    assert User.objects.count() == 1


def test_registering_twice_at_once(user, monkeypatch):
    """The address is taken between the look and the insert."""
    monkeypatch.setattr(User.objects, "create_user", raising(IntegrityError))

    with pytest.raises(ValidationError, match="already exists"):
        services.user_create(email="new@example.org", password=PASSWORD)


def raising(error):
    def call(*args, **kwargs):
        raise error

    return call


def test_sign_in(anonymous, user):
    response = anonymous.post(TOKEN, {"email": "ANN@example.org", "password": PASSWORD})

    assert response.status_code == 200
    assert set(response.json()) == {"token", "expires_at"}
    stored = AccessToken.objects.get()
    assert response.json()["token"] not in (stored.digest, str(stored))
    remaining = stored.expires_at - timezone.now()
    assert timedelta(hours=11) < remaining <= timedelta(hours=12)


def test_sign_in_works_with_a_stale_token_in_the_header(anonymous, user):
    anonymous.credentials(HTTP_AUTHORIZATION="Token stale")

    response = anonymous.post(TOKEN, {"email": user.email, "password": PASSWORD})

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("email", "password"), [("ann@example.org", "wrong"), ("eve@example.org", PASSWORD)]
)
def test_sign_in_refuses_without_telling_why(anonymous, user, email, password):
    response = anonymous.post(TOKEN, {"email": email, "password": password})

    assert response.status_code == 400
    assert response.json() == {"non_field_errors": ["The email address or the password is wrong."]}


def test_sign_in_refuses_an_inactive_user(anonymous, user):
    User.objects.update(is_active=False)

    response = anonymous.post(TOKEN, {"email": user.email, "password": PASSWORD})

    assert response.status_code == 400


def test_sign_in_is_rate_limited(anonymous, user):
    data = {"email": user.email, "password": "wrong"}

    statuses = [anonymous.post(TOKEN, data).status_code for _ in range(31)]

    assert statuses == [400] * 30 + [429]


def test_sign_in_drops_expired_tokens(user):
    client = signed_in(user)
    AccessToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    signed_in(user)

    assert AccessToken.objects.count() == 1
    assert client.get(ME).status_code == 401


def test_sign_out(client, user):
    other = signed_in(user)

    assert client.delete(TOKEN).status_code == 204
    assert client.get(ME).status_code == 401
    assert other.get(ME).status_code == 200


@pytest.mark.parametrize("header", ["", "Token", "Token wrong", "Token a b", "Token \xff\xfe"])
def test_requests_without_a_valid_token(anonymous, user, header):
    anonymous.credentials(HTTP_AUTHORIZATION=header)

    response = anonymous.get(ME)

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Token"


def test_an_inactive_users_token_is_refused(client, user):
    User.objects.update(is_active=False)

    assert client.get(ME).status_code == 401


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

    assert response.status_code == 400
    assert list(response.json()) == ["password"]
    assert client.get(ME).status_code == 200


def test_superuser():
    root = User.objects.create_superuser("Root@example.org", PASSWORD)

    assert (root.email, root.is_staff, root.is_superuser) == ("root@example.org", True, True)
    assert User.objects.get_by_natural_key("ROOT@example.org") == root
