"""Serializer fields that take what the schema says and nothing else.

The framework's own turn a number into a text, and a text into a number.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

# No user name, which would be a way to pretend another host; no space or control character.
LINK = r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][^\s\u0000-\u001f\u007f]*)?"
PRICE = r"^\d{1,6}(\.\d{1,2})?$"


class TextField(serializers.CharField):
    """A JSON string."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class EmailField(TextField, serializers.EmailField):
    """A JSON string with an email address."""


@extend_schema_field({"type": "string", "pattern": f"^{LINK}$", "maxLength": 500})
class LinkField(TextField):
    """A JSON string with an address on the web, which browsers may be sent to."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not re.fullmatch(LINK, text):
            raise serializers.ValidationError("Enter a valid URL.", code="invalid")
        return text


class WholeField(serializers.IntegerField):
    """A JSON number without a fraction."""

    def to_internal_value(self, data: Any) -> int:
        whole = isinstance(data, int) or (isinstance(data, float) and data.is_integer())
        if not whole or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field({"type": "string", "format": "decimal", "pattern": PRICE})
class PriceField(serializers.DecimalField):
    """A JSON string such as "3.50": a number would be a rounded one in most languages."""

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not re.fullmatch(PRICE, data, re.ASCII):
            self.fail("invalid")
        return super().to_internal_value(data)
