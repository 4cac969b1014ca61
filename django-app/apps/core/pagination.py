from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import Q, QuerySet
from django.utils.timezone import is_naive
from rest_framework import pagination
from rest_framework.exceptions import NotFound
from rest_framework.exceptions import ValidationError as BadRequest
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module


@dataclass(frozen=True)
class Position:
    """An item that a page begins after, or ends before: the value it is ordered by, its id."""

    backwards: bool
    value: Any
    pk: int


class CursorPagination(pagination.CursorPagination):
    """20 items a page; ?page_size= asks for up to 100.

    Follow `next` and `previous` as they are. Nothing is counted or skipped: the thousandth
    page is as fast as the first, and an item added meanwhile shifts none. Unlike the base
    class's, a cursor names one item, so that equal values neither slow it down nor lose any.
    """

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100

    def get_page_size(self, request: Request) -> int:
        """Return ?page_size=, 100 at most. Raises ValidationError unless it is a number from 1."""
        text = request.query_params.get(self.page_size_query_param, str(self.page_size))
        if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
            raise BadRequest({self.page_size_query_param: "Must be a whole number from 1."})
        return min(int(text), self.max_page_size)

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
        return parameters

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        # For the type checker; a list has no order to go by.
        assert view is not None and isinstance(queryset, QuerySet)  # noqa: S101, PT018
        self.size = self.get_page_size(request)
        self.base_url = request.build_absolute_uri()
        # Of several orders the first counts: the cursor holds one value.
        order = self.get_ordering(request, queryset, view)[0]
        self.field = order.removeprefix("-")
        position = self.position(request, queryset)
        backwards = position is not None and position.backwards
        descending = order.startswith("-") != backwards
        rows = queryset.order_by(*(f"{'-' * descending}{name}" for name in (self.field, "pk")))
        if position is not None:
            rows = rows.filter(self.beyond(position, "lt" if descending else "gt"))
        try:
            found = list(rows[: self.size + 1])  # one more tells whether there is a further page
        except (DataError, ValueError):
            raise NotFound(self.invalid_cursor_message) from None
        self.page = found[: self.size]
        more = len(found) > self.size
        self.has_next, self.has_previous = more, position is not None
        if backwards:
            self.page.reverse()
            self.has_next, self.has_previous = True, more
        self.display_page_controls = self.has_next or self.has_previous
        return self.page

    def beyond(self, position: Position, comparison: str) -> Q:
        value = {f"{self.field}__{comparison}": position.value}
        # The first condition bounds the index, which an OR alone would not.
        bound = Q(**{f"{self.field}__{comparison}e": position.value})
        return bound & (Q(**value) | Q(**{f"pk__{comparison}": position.pk}))

    def position(self, request: Request, queryset: QuerySet[Any]) -> Position | None:
        """Return where the page begins or ends. Raises NotFound for a made-up cursor."""
        text = request.query_params.get(self.cursor_query_param)
        if text is None:
            return None
        try:
            backwards, value, pk = json.loads(base64.urlsafe_b64decode(text.encode()))
            value = queryset.model._meta.get_field(self.field).to_python(value)
            if isinstance(value, datetime) and is_naive(value):
                raise ValueError
            if not isinstance(backwards, bool) or not isinstance(pk, int) or value is None:
                raise ValueError
        except (ArithmeticError, RecursionError, TypeError, ValidationError, ValueError):
            raise NotFound(self.invalid_cursor_message) from None
        return Position(backwards, value, pk)

    def link(self, item: Any, *, backwards: bool) -> str:
        position = [backwards, str(getattr(item, self.field)), item.pk]
        text = base64.urlsafe_b64encode(json.dumps(position).encode()).decode()
        return replace_query_param(str(self.base_url), self.cursor_query_param, text)

    def get_next_link(self) -> str | None:
        return self.link(self.page[-1], backwards=False) if self.has_next and self.page else None

    def get_previous_link(self) -> str | None:
        return self.link(self.page[0], backwards=True) if self.has_previous and self.page else None
