"""Writes of users and their tokens."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.users.models import AccessToken, User
from apps.users.selectors import access_token_digest

EMAIL_TAKEN = {"email": ["A user with this email address already exists."]}


def user_create(*, email: str, password: str, name: str = "") -> User:
    """Register a user. Raises ValidationError for a weak password or a taken address."""
    email = email.strip().lower()
    if User.objects.filter(email=email).exists():
        raise ValidationError(EMAIL_TAKEN)
    _check_password(password, User(email=email, name=name))
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password, name=name)
    except IntegrityError:  # registered by another request a moment ago
        raise ValidationError(EMAIL_TAKEN) from None


def user_update(*, user: User, name: str | None = None, password: str | None = None) -> User:
    """Change what is given. A new password revokes all of the user's tokens."""
    if name is not None:
        user.name = name
    if password is not None:
        _check_password(password, user)
        user.set_password(password)
    with transaction.atomic():
        user.save(update_fields=["name", "password"])
        if password is not None:
            user.access_tokens.all().delete()
    return user


def access_token_create(*, email: str, password: str) -> tuple[str, AccessToken]:
    """Sign in. Raises ValidationError; the answer never tells which of the two is wrong."""
    user = authenticate(username=email, password=password)
    if user is None:
        raise ValidationError("The email address or the password is wrong.")
    now = timezone.now()
    token = secrets.token_urlsafe(32)
    user.access_tokens.filter(expires_at__lte=now).delete()
    return token, AccessToken.objects.create(
        digest=access_token_digest(token),
        user=user,
        expires_at=now + settings.ACCESS_TOKEN_LIFETIME,
    )


def access_token_revoke(*, token: AccessToken) -> None:
    """Sign out."""
    token.delete()


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from None
