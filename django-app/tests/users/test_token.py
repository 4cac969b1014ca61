"""POST and DELETE /api/v1/users/token/, and what a token opens."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core import throttling
from apps.users.models import AccessToken, User
from tests.conftest import (
    ME,
    PASSWORD,
    TOKEN,
    problem,
    signed_in,
    wrong_fields,
)

pytestmark = pytest.mark.django_db


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

    assert problem(response)["detail"] == "The email address or the password is wrong."
    assert wrong_fields(response) == [""]


def test_sign_in_refuses_an_inactive_user(anonymous, user):
    User.objects.update(is_active=False)

    response = anonymous.post(TOKEN, {"email": user.email, "password": PASSWORD})

    assert response.status_code == 400


def test_sign_in_is_rate_limited(anonymous, user, monkeypatch):
    monkeypatch.setattr(throttling.time, "time", lambda: 1_000_000_000.0)
    data = {"email": user.email, "password": "wrong"}

    responses = [anonymous.post(TOKEN, data) for _ in range(31)]

    assert [response.status_code for response in responses] == [400] * 30 + [429]
    problem(responses[-1], 429)
    assert responses[-1]["Retry-After"] == "20"
    monkeypatch.setattr(throttling.time, "time", lambda: 1_000_000_020.0)
    assert anonymous.post(TOKEN, data).status_code == 400


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

    problem(response, 401)
    assert response["WWW-Authenticate"] == "Token"


def test_an_inactive_users_token_is_refused(client, user):
    User.objects.update(is_active=False)

    assert client.get(ME).status_code == 401
