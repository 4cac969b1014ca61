from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field

from apps.recipes.models import Recipe

# The largest bigint; a larger id can't be compared by the database.
MAX_ID = 2**63 - 1
MAX_MINUTES = 2**31 - 1  # the largest integer


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": MAX_ID})
class IdsFilter(filters.BaseInFilter, filters.NumberFilter):
    """Comma-separated ids."""

    field_class = forms.IntegerField  # type: ignore[assignment]


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": MAX_MINUTES})
class MinutesFilter(filters.NumberFilter):
    """A whole number of minutes."""

    field_class = forms.IntegerField  # type: ignore[assignment]


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
    price_min = filters.NumberFilter(
        field_name="price", lookup_expr="gte", max_digits=8, decimal_places=2
    )
    price_max = filters.NumberFilter(
        field_name="price", lookup_expr="lte", max_digits=8, decimal_places=2
    )
    time_minutes_max = MinutesFilter(
        field_name="time_minutes", lookup_expr="lte", min_value=0, max_value=MAX_MINUTES
    )
    created_after = filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")
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
