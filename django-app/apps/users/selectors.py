"""Reads of users and their tokens."""

from __future__ import annotations

import hashlib

from django.utils import timezone
from rest_framework.request import Request

from apps.users.models import AccessToken, User


def request_user(request: Request) -> User:
    """Return who is signed in; the permissions of the view have seen to that."""
    assert isinstance(request.user, User)  # noqa: S101 - for the type checker
    return request.user


def access_token_digest(token: str) -> str:
    """Return what is stored of a token. It is random, so it needs no salt or slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def access_token_get(token: str) -> AccessToken | None:
    """Return the unexpired token of an active user, with its user."""
    return (
        AccessToken.objects.select_related("user")
        .filter(
            digest=access_token_digest(token),
            expires_at__gt=timezone.now(),
            user__is_active=True,
        )
        .first()
    )
