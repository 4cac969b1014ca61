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

EMAIL_TAKEN = {
    "email": ValidationError("A user with this email address already exists.", code="unique")
}


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
        user.set_password(password)  # which ends the user's sessions
    with transaction.atomic():
        user.save(update_fields=["name", "password"])
        if password is not None:
            user.access_tokens.all().delete()
    return user


@transaction.atomic
def superuser_ensure(*, email: str, password: str) -> str:
    """Make sure that this superuser exists with this password; return what that took.

    One of "created", "updated", "unchanged". Raises ValidationError.
    """
    email = email.strip().lower()
    user = User.objects.select_for_update().filter(email=email).first()
    if user is None:
        _check_password(password, User(email=email))
        User.objects.create_superuser(email, password)
        return "created"
    if user.check_password(password) and user.is_active and user.is_staff and user.is_superuser:
        return "unchanged"
    user_update(user=user, password=password)
    user.is_active = user.is_staff = user.is_superuser = True
    user.save(update_fields=["is_active", "is_staff", "is_superuser"])
    return "updated"


def user_authenticate(*, email: str, password: str) -> User:
    """Return who signs in. Raises ValidationError, which never tells which of the two is wrong."""
    user = authenticate(username=email, password=password)
    if not isinstance(user, User):
        raise ValidationError("The email address or the password is wrong.", code="credentials")
    return user


def user_delete(*, user: User) -> None:
    """Delete a user and all that belongs to them; the worker deletes the images afterwards."""
    with transaction.atomic():
        user.delete()


def access_token_create(*, email: str, password: str) -> tuple[str, AccessToken]:
    """Sign in for a token. Raises ValidationError."""
    user = user_authenticate(email=email, password=password)
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


def access_tokens_prune() -> int:
    """Delete every expired token; return how many there were."""
    return AccessToken.objects.filter(expires_at__lte=timezone.now()).delete()[0]


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from None
