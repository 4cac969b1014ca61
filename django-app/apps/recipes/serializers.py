from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.recipes.models import Ingredient, Recipe, Tag

MAX_NAMES = 50  # tags or ingredients of one recipe


class TagSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tag
        fields = ("id", "name")


class IngredientSerializer(serializers.ModelSerializer):
    class Meta:
        model = Ingredient
        fields = ("id", "name")


class RecipeSerializer(serializers.ModelSerializer):
    """Tags and ingredients are written as `[{"name": "..."}]` and created where missing."""

    tags = TagSerializer(many=True, required=False, max_length=MAX_NAMES)
    ingredients = IngredientSerializer(many=True, required=False, max_length=MAX_NAMES)
    image = serializers.SerializerMethodField(help_text="A link valid for 15 minutes, or null.")

    class Meta:
        model = Recipe
        fields = (
            "id", "title", "description", "time_minutes", "price", "link",
            "tags", "ingredients", "image", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = ("id", "created_at", "updated_at")

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_image(self, recipe: Recipe) -> str | None:
        return recipe.image.url if recipe.image else None


class RecipeImageSerializer(serializers.Serializer):
    image = serializers.FileField(
        max_length=255, help_text="JPEG, PNG or WebP, up to 5 MiB and 16 megapixels."
    )
