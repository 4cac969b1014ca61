"""Who sends a request: `Authorization: Token <token>`."""

from __future__ import annotations

from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from apps.users.models import AccessToken, User
from apps.users.selectors import access_token_get


class AccessTokenAuthentication(TokenAuthentication):
    """Accepts unexpired tokens of active users; request.auth is the AccessToken."""

    def authenticate_credentials(self, key: str) -> tuple[User, AccessToken]:
        token = access_token_get(key)
        if token is None:
            raise AuthenticationFailed("Invalid or expired token.")
        return token.user, token
