from __future__ import annotations

from django.contrib.auth import login, logout
from django.middleware.csrf import get_token
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import ApiView
from apps.core.throttling import CredentialsThrottle
from apps.users import serializers, services
from apps.users.models import AccessToken
from apps.users.selectors import request_user


class CredentialsApi(ApiView):
    """An operation that takes credentials; it works with a stale token in the header."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (CredentialsThrottle,)


class RegisterApi(CredentialsApi):
    @extend_schema(
        request=serializers.RegistrationSerializer,
        responses={201: serializers.UserSerializer},
        operation_id="users_register",
    )
    def post(self, request: Request) -> Response:
        """Register a user."""
        data = serializers.RegistrationSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        user = services.user_create(**data.validated_data)
        return Response(serializers.UserSerializer(user).data, status=status.HTTP_201_CREATED)


class TokenCreateApi(CredentialsApi):
    @extend_schema(
        request=serializers.CredentialsSerializer,
        responses=serializers.TokenSerializer,
        operation_id="users_sign_in",
    )
    def post(self, request: Request) -> Response:
        """Sign in: exchange an email address and a password for a token."""
        data = serializers.CredentialsSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        token, stored = services.access_token_create(**data.validated_data)
        answer = {"token": token, "expires_at": stored.expires_at}
        return Response(serializers.TokenSerializer(answer).data)


class TokenRevokeApi(ApiView):
    @extend_schema(request=None, responses={204: None}, operation_id="users_sign_out")
    def delete(self, request: Request) -> Response:
        """Sign out: revoke the token that this request carries."""
        if isinstance(request.auth, AccessToken):
            services.access_token_revoke(token=request.auth)
        return Response(status=status.HTTP_204_NO_CONTENT)


class SessionCreateApi(CredentialsApi):
    @extend_schema(
        request=serializers.CredentialsSerializer,
        responses=serializers.SessionSerializer,
        operation_id="users_session_start",
    )
    def post(self, request: Request) -> Response:
        """Sign in with a cookie, as browsers do.

        Requests that change something then need the header X-CSRFToken. No other site can
        make a browser send this request, for its body is JSON.
        """
        data = serializers.CredentialsSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        user = services.user_authenticate(**data.validated_data)
        login(request._request, user)
        answer = {"user": user, "csrf_token": get_token(request._request)}
        return Response(serializers.SessionSerializer(answer).data)


class SessionEndApi(ApiView):
    @extend_schema(request=None, responses={204: None}, operation_id="users_session_end")
    def delete(self, request: Request) -> Response:
        """Sign out of the session."""
        logout(request._request)
        return Response(status=status.HTTP_204_NO_CONTENT)


class MeApi(ApiView):
    @extend_schema(responses=serializers.UserSerializer, operation_id="users_me")
    def get(self, request: Request) -> Response:
        """Who am I?"""
        return Response(serializers.UserSerializer(request_user(request)).data)


class MeUpdateApi(ApiView):
    @extend_schema(
        request=serializers.UserUpdateSerializer,
        responses=serializers.UserSerializer,
        operation_id="users_me_update",
    )
    def patch(self, request: Request) -> Response:
        """Change the name or the password; a new password ends all sessions and tokens."""
        data = serializers.UserUpdateSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        user = services.user_update(user=request_user(request), **data.validated_data)
        return Response(serializers.UserSerializer(user).data)


class MeDeleteApi(ApiView):
    @extend_schema(request=None, responses={204: None}, operation_id="users_me_delete")
    def delete(self, request: Request) -> Response:
        """Delete the user with all recipes, images, tags and ingredients."""
        services.user_delete(user=request_user(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
