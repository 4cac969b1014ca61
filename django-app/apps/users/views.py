from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from apps.users import serializers, services


class RegistrationView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "credentials"

    @extend_schema(
        request=serializers.RegistrationSerializer,
        responses={201: serializers.UserSerializer},
        operation_id="users_register",
    )
    def post(self, request):
        """Register a user."""
        data = serializers.RegistrationSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        user = services.user_create(**data.validated_data)
        return Response(serializers.UserSerializer(user).data, status=status.HTTP_201_CREATED)


class TokenView(APIView):
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "credentials"

    def get_permissions(self):
        return [AllowAny() if self.request.method == "POST" else IsAuthenticated()]

    def get_authenticators(self):
        # self.request is unset while the schema is generated.
        request = getattr(self, "request", None)
        if request is not None and request.method == "POST":
            return []  # signing in must work with a stale token in the header
        return super().get_authenticators()

    @extend_schema(
        request=serializers.CredentialsSerializer,
        responses=serializers.TokenSerializer,
        operation_id="users_sign_in",
        auth=[],
    )
    def post(self, request):
        """Sign in: exchange an email address and a password for a token."""
        data = serializers.CredentialsSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        token, stored = services.access_token_create(**data.validated_data)
        answer = {"token": token, "expires_at": stored.expires_at}
        return Response(serializers.TokenSerializer(answer).data)

    @extend_schema(request=None, responses={204: None}, operation_id="users_sign_out")
    def delete(self, request):
        """Sign out: revoke the token that this request carries."""
        services.access_token_revoke(token=request.auth)
        return Response(status=status.HTTP_204_NO_CONTENT)


class MeView(APIView):
    @extend_schema(responses=serializers.UserSerializer, operation_id="users_me")
    def get(self, request):
        """Who am I?"""
        return Response(serializers.UserSerializer(request.user).data)

    @extend_schema(
        request=serializers.UserUpdateSerializer,
        responses=serializers.UserSerializer,
        operation_id="users_me_update",
    )
    def patch(self, request):
        """Change the name or the password; a new password revokes all tokens."""
        data = serializers.UserUpdateSerializer(data=request.data, partial=True)
        data.is_valid(raise_exception=True)
        user = services.user_update(user=request.user, **data.validated_data)
        return Response(serializers.UserSerializer(user).data)
