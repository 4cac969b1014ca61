from typing import Any, TypeVar

from django.db.models.manager import BaseManager
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from apps.core.fields import LinkField, PriceField, TextField, WholeField
from apps.recipes.models import Ingredient, OwnedName, Recipe, Tag

T = TypeVar("T", bound=OwnedName)

MAX_NAMES = 50  # tags or ingredients of one recipe


class NamesSerializer(serializers.ListSerializer[Any]):
    """Tags or ingredients of recipes: a hundred and more of a page, so without a field for each."""

    def get_attribute(self, instance: Any) -> Any:
        listed = getattr(instance, f"listed_{self.field_name}", None)  # selectors.recipe_page
        return super().get_attribute(instance) if listed is None else listed

    def to_representation(self, data: Any) -> list[dict[str, Any]]:
        items = data.all() if isinstance(data, BaseManager) else data
        return [{"id": item.pk, "name": item.name} for item in items]


class NameSerializer(serializers.ModelSerializer[T]):
    name = TextField(max_length=100)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # Inside a recipe a name is needed, even where only a part of the recipe is.
        if self.parent is not None and "name" not in attrs:
            self.fields["name"].fail("required")
        return attrs


class TagSerializer(NameSerializer[Tag]):
    class Meta:
        model = Tag
        list_serializer_class = NamesSerializer
        fields = ("id", "name")


class IngredientSerializer(NameSerializer[Ingredient]):
    class Meta:
        model = Ingredient
        list_serializer_class = NamesSerializer
        fields = ("id", "name")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Leek soup",
            request_only=True,
            value={
                "title": "Leek soup",
                "description": "Hot.",
                "time_minutes": 20,
                "price": "3.50",
                "link": "https://example.com/leek-soup",
                "tags": [{"name": "vegan"}],
                "ingredients": [{"name": "leek"}, {"name": "salt"}],
            },
        ),
        OpenApiExample(
            "Leek soup",
            response_only=True,
            value={
                "id": 7,
                "title": "Leek soup",
                "description": "Hot.",
                "time_minutes": 20,
                "price": "3.50",
                "link": "https://example.com/leek-soup",
                "tags": [{"id": 3, "name": "vegan"}],
                "ingredients": [{"id": 5, "name": "leek"}, {"id": 6, "name": "salt"}],
                "image": None,
                "thumbnail": None,
                "created_at": "2026-01-31T18:00:00Z",
                "updated_at": "2026-01-31T18:00:00Z",
            },
        ),
    ]
)
class RecipeSerializer(serializers.ModelSerializer[Recipe]):
    """Tags and ingredients are written as `[{"name": "..."}]` and created where missing."""

    title = TextField(max_length=255)
    description = TextField(max_length=10_000, required=False, allow_blank=True)
    time_minutes = WholeField(min_value=1, max_value=10_080, help_text="A week at most.")
    price = PriceField(max_digits=8, decimal_places=2, min_value=0)
    link = LinkField(max_length=500, required=False, allow_blank=True)
    tags = TagSerializer(many=True, required=False, max_length=MAX_NAMES)  # type: ignore[call-arg]
    ingredients = IngredientSerializer(many=True, required=False, max_length=MAX_NAMES)  # type: ignore[call-arg]
    image = serializers.SerializerMethodField(help_text="A link valid for 15 minutes, or null.")
    thumbnail = serializers.SerializerMethodField(
        help_text="A link valid for 15 minutes; null until it is made, seconds after the image."
    )

    class Meta:
        model = Recipe
        fields = (
            "id", "title", "description", "time_minutes", "price", "link",
            "tags", "ingredients", "image", "thumbnail", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = ("id", "created_at", "updated_at")

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_image(self, recipe: Recipe) -> str | None:
        return recipe.image.url if recipe.image else None

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_thumbnail(self, recipe: Recipe) -> str | None:
        return recipe.thumbnail.url if recipe.thumbnail else None


class RecipeImageSerializer(serializers.Serializer[Any]):
    image = serializers.FileField(
        max_length=255, help_text="JPEG, PNG or WebP, up to 5 MiB and 16 megapixels."
    )
