from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import filters
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports the filters

MAX_LENGTH = 200  # characters; each word is a condition of its own for the database


class FilterBackend(DjangoFilterBackend):
    """Costs nothing where nothing is filtered by: a form is made for each request otherwise."""

    def filter_queryset(
        self, request: HttpRequest, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        if not request.GET:
            return queryset
        found: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return found


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
