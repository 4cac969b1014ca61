from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.filters import SearchFilter
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from apps.recipes import filters, selectors, serializers, services
from apps.recipes.models import Ingredient, Recipe, Tag


def names(data: dict) -> dict:
    """Replace nested tags and ingredients by their names, as the services take them."""
    nested = {"tags", "ingredients"} & data.keys()
    return {**data, **{field: [item["name"] for item in data[field]] for field in nested}}


class RecipeViewSet(viewsets.ModelViewSet):
    """The user's own recipes."""

    queryset = Recipe.objects.none()  # for the schema
    serializer_class = serializers.RecipeSerializer
    filter_backends = (DjangoFilterBackend, SearchFilter)
    filterset_class = filters.RecipeFilter
    search_fields = ("title", "description")
    lookup_value_converter = "int"

    def get_queryset(self):
        return selectors.recipe_list(owner=self.request.user)

    def perform_create(self, serializer):
        serializer.instance = services.recipe_create(
            owner=self.request.user, **names(serializer.validated_data)
        )

    def perform_update(self, serializer):
        serializer.instance = services.recipe_update(
            recipe=serializer.instance, **names(serializer.validated_data)
        )

    def perform_destroy(self, instance):
        services.recipe_delete(recipe=instance)

    @extend_schema(
        request={"multipart/form-data": serializers.RecipeImageSerializer},
        responses=serializers.RecipeSerializer,
    )
    @action(methods=["put"], detail=True, parser_classes=[MultiPartParser])
    def image(self, request, pk=None):
        """Set the recipe's image: field `image` of a multipart form."""
        recipe = self.get_object()
        data = serializers.RecipeImageSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        services.recipe_image_set(recipe=recipe, file=data.validated_data["image"])
        return Response(self.get_serializer(recipe).data)

    @extend_schema(request=None, responses=serializers.RecipeSerializer)
    @image.mapping.delete
    def image_clear(self, request, pk=None):
        """Remove the recipe's image."""
        recipe = services.recipe_image_clear(recipe=self.get_object())
        return Response(self.get_serializer(recipe).data)


class NameViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    """Tags or ingredients, by the queryset's model."""

    filter_backends = (DjangoFilterBackend,)
    filterset_class = filters.AssignedFilter
    lookup_value_converter = "int"
    http_method_names = ("get", "post", "patch", "delete", "head", "options")

    def get_queryset(self):
        return selectors.name_list(self.queryset.model, owner=self.request.user)

    def perform_create(self, serializer):
        serializer.instance = services.name_create(
            self.queryset.model, owner=self.request.user, **serializer.validated_data
        )

    def perform_update(self, serializer):
        serializer.instance = services.name_update(
            instance=serializer.instance, **serializer.validated_data
        )


@extend_schema_view(list=extend_schema(description="The user's own tags."))
class TagViewSet(NameViewSet):
    queryset = Tag.objects.none()
    serializer_class = serializers.TagSerializer


@extend_schema_view(list=extend_schema(description="The user's own ingredients."))
class IngredientViewSet(NameViewSet):
    queryset = Ingredient.objects.none()
    serializer_class = serializers.IngredientSerializer
