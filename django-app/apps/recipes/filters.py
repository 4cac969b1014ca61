from django import forms
from django_filters import rest_framework as filters

from apps.recipes.models import Recipe

# The largest bigint; a larger id can't be compared by the database.
MAX_ID = 2**63 - 1


class IdsFilter(filters.BaseInFilter, filters.NumberFilter):
    """Comma-separated ids."""

    field_class = forms.IntegerField


class RecipeFilter(filters.FilterSet):
    tags = IdsFilter(
        field_name="tags", distinct=True, min_value=1, max_value=MAX_ID,
        help_text="Ids of tags, separated by commas: recipes with any of them.",
    )  # fmt: skip
    ingredients = IdsFilter(
        field_name="ingredients", distinct=True, min_value=1, max_value=MAX_ID,
        help_text="Ids of ingredients, separated by commas: recipes with any of them.",
    )  # fmt: skip

    class Meta:
        model = Recipe
        fields = ("tags", "ingredients")


class AssignedFilter(filters.FilterSet):
    assigned = filters.BooleanFilter(
        field_name="recipes", lookup_expr="isnull", exclude=True, distinct=True,
        help_text="true: only those that a recipe uses; false: only unused ones.",
    )  # fmt: skip
