from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework import filters
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports the filters

MAX_LENGTH = 200  # characters; each word is a condition of its own for the database


class SearchFilter(filters.SearchFilter):
    """Finds what has every word of ?search= somewhere."""

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        [parameter] = super().get_schema_operation_parameters(view)
        parameter["schema"] = {
            "type": "string", "maxLength": MAX_LENGTH, "pattern": r"^[^\u0000]*$",
        }  # fmt: skip
        return [parameter]

    def get_search_terms(self, request: Request) -> list[str]:
        if len(request.query_params.get(self.search_param, "")) > MAX_LENGTH:
            raise ValidationError(
                {self.search_param: f"Must not exceed {MAX_LENGTH} characters."}, code="max_length"
            )
        return super().get_search_terms(request)
