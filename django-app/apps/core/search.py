from __future__ import annotations

from rest_framework import filters
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

MAX_LENGTH = 200  # characters; each word is a condition of its own for the database


class SearchFilter(filters.SearchFilter):
    """Finds what has every word of ?search= somewhere."""

    def get_search_terms(self, request: Request) -> list[str]:
        if len(request.query_params.get(self.search_param, "")) > MAX_LENGTH:
            raise ValidationError(
                {self.search_param: f"Must not exceed {MAX_LENGTH} characters."}, code="max_length"
            )
        return super().get_search_terms(request)
