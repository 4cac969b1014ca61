from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.core.fields import EmailField, TextField
from apps.users.models import User


class UserSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("id", "email", "name")
        read_only_fields = fields


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Ann",
            value={
                "email": "ann@example.com",
                "password": "correct horse battery",
                "name": "Ann",
            },
        )
    ]
)
class RegistrationSerializer(serializers.Serializer[Any]):
    email = EmailField(max_length=254)
    password = TextField(max_length=128, trim_whitespace=False, write_only=True)
    name = TextField(max_length=150, required=False, allow_blank=True)


class UserUpdateSerializer(serializers.Serializer[Any]):
    name = TextField(max_length=150, required=False, allow_blank=True)
    password = TextField(max_length=128, trim_whitespace=False, write_only=True, required=False)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Ann", value={"email": "ann@example.com", "password": "correct horse battery"}
        )
    ]
)
class CredentialsSerializer(serializers.Serializer[Any]):
    email = TextField(max_length=254, write_only=True)
    password = TextField(max_length=128, trim_whitespace=False, write_only=True)


class TokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="Send it as `Authorization: Token <token>`.")
    expires_at = serializers.DateTimeField()


class SessionSerializer(serializers.Serializer[Any]):
    user = UserSerializer()
    csrf_token = serializers.CharField(help_text="Send it as `X-CSRFToken`.")
