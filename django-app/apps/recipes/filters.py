from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField
from drf_spectacular.utils import extend_schema_field

from apps.recipes.models import Recipe

# The largest bigint; a larger id can't be compared by the database.
MAX_ID = 2**63 - 1
MAX_PRICE = Decimal("999999.99")
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
MAX_MINUTES = 2**31 - 1  # the largest integer


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": MAX_ID})
class IdsFilter(filters.BaseInFilter, filters.NumberFilter):
    """Comma-separated ids."""

    field_class = forms.IntegerField  # type: ignore[assignment]


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": MAX_MINUTES})
class MinutesFilter(filters.NumberFilter):
    """A whole number of minutes."""

    field_class = forms.IntegerField  # type: ignore[assignment]


@extend_schema_field({"type": "number", "minimum": 0, "maximum": float(MAX_PRICE)})
class PriceFilter(filters.NumberFilter):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(field_name="price", min_value=0, max_value=MAX_PRICE, **kwargs)


class MomentField(IsoDateTimeField):
    """A date and a time with its offset from UTC (RFC 3339), which no server has to guess."""

    def to_python(self, value: Any) -> datetime | None:
        if value and not re.fullmatch(MOMENT, value, re.ASCII):
            raise forms.ValidationError("Must be as 2026-01-31T18:00:00Z.", code="invalid")
        found: datetime | None = super().to_python(value)
        return found


# An empty one is none, as with every filter.
@extend_schema_field({"type": "string", "anyOf": [{"format": "date-time"}, {"maxLength": 0}]})
class MomentFilter(filters.IsoDateTimeFilter):
    field_class = MomentField


class YesNoField(forms.Field):
    """true or false; the framework's own takes anything else for no condition."""

    def to_python(self, value: str | None) -> bool | None:
        if value in self.empty_values:
            return None
        try:
            return {"true": True, "false": False}[str(value).lower()]
        except KeyError:
            raise forms.ValidationError("Must be true or false.", code="invalid") from None


class YesNoFilter(filters.BooleanFilter):
    field_class = YesNoField  # type: ignore[assignment]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs, widget=forms.TextInput)


class RecipeFilter(filters.FilterSet):
    tags = IdsFilter(
        field_name="tags", distinct=True, min_value=1, max_value=MAX_ID,
        help_text="Ids of tags, separated by commas: recipes with any of them.",
    )  # fmt: skip
    ingredients = IdsFilter(
        field_name="ingredients", distinct=True, min_value=1, max_value=MAX_ID,
        help_text="Ids of ingredients, separated by commas: recipes with any of them.",
    )  # fmt: skip
    price_min = PriceFilter(lookup_expr="gte")
    price_max = PriceFilter(lookup_expr="lte")
    time_minutes_max = MinutesFilter(
        field_name="time_minutes", lookup_expr="lte", min_value=0, max_value=MAX_MINUTES
    )
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt")
    has_image = YesNoFilter(field_name="image", method="by_image")

    class Meta:
        model = Recipe
        fields = ()

    def by_image(self, queryset: QuerySet[Recipe], name: str, value: bool) -> QuerySet[Recipe]:
        return queryset.exclude(image="") if value else queryset.filter(image="")


class AssignedFilter(filters.FilterSet):
    assigned = YesNoFilter(
        field_name="recipes", lookup_expr="isnull", exclude=True, distinct=True,
        help_text="true: only those that a recipe uses; false: only unused ones.",
    )  # fmt: skip
