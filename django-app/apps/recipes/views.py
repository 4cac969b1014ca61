from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.filters import OrderingFilter
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer

from apps.core import preconditions, schema
from apps.core.api import ApiView, ListApi
from apps.core.filters import FilterBackend, SearchFilter
from apps.core.idempotency import idempotent
from apps.recipes import filters, selectors, serializers, services
from apps.recipes.models import Ingredient, OwnedName, Recipe, Tag
from apps.users.selectors import request_user


def named(data: dict[str, Any]) -> dict[str, Any]:
    """Replace nested tags and ingredients by their names, as the services take them."""
    nested = {"tags", "ingredients"} & data.keys()
    return {**data, **{field: [item["name"] for item in data[field]] for field in nested}}


class RecipeListApi(ListApi):
    queryset = Recipe.objects.none()  # for the schema
    serializer_class = serializers.RecipeSerializer
    filter_backends = (FilterBackend, SearchFilter, OrderingFilter)
    filterset_class = filters.RecipeFilter
    search_fields = ("title", "description")
    ordering_fields = ("created_at", "title", "price", "time_minutes")
    ordering = ("-created_at",)

    def get_queryset(self) -> QuerySet[Recipe]:
        return selectors.recipe_page(owner=request_user(self.request))

    @extend_schema(operation_id="recipes_list")
    def get(self, request: Request) -> Response:
        """List the user's own recipes, newest first."""
        return self.list(request)


class RecipeApi(ApiView):
    """An operation on one recipe, or the making of one."""

    serializer_class: type[serializers.RecipeSerializer] = serializers.RecipeSerializer

    def get_recipe(self, pk: int) -> Recipe:
        return get_object_or_404(selectors.recipe_list(owner=request_user(self.request)), pk=pk)

    def answer(self, recipe: Recipe, status: int = status.HTTP_200_OK) -> Response:
        return Response(
            serializers.RecipeSerializer(recipe).data,
            status=status,
            headers={"ETag": preconditions.etag(recipe.version)},
        )


class RecipeCreateApi(RecipeApi):
    @extend_schema(
        operation_id="recipes_create",
        parameters=[schema.IDEMPOTENCY_KEY, schema.response_etag(201), schema.LOCATION],
        request=serializers.RecipeSerializer,
        responses={201: serializers.RecipeSerializer},
    )
    def post(self, request: Request) -> Response:
        """Create a recipe; tags and ingredients that the user lacks are created with it."""
        return idempotent(request, lambda: self.create(request))

    def create(self, request: Request) -> Response:
        data = serializers.RecipeSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        recipe = services.recipe_create(owner=request_user(request), **named(data.validated_data))
        response = self.answer(recipe, status.HTTP_201_CREATED)
        response["Location"] = reverse("recipes:recipe", kwargs={"pk": recipe.pk})
        return response


class RecipeDetailApi(RecipeApi):
    @extend_schema(
        operation_id="recipes_retrieve",
        parameters=[schema.response_etag(200)],
        responses=serializers.RecipeSerializer,
    )
    def get(self, request: Request, pk: int) -> Response:
        """Read a recipe. The ETag is for If-Match."""
        return self.answer(self.get_recipe(pk))


class RecipeReplaceApi(RecipeApi):
    @extend_schema(
        operation_id="recipes_replace",
        parameters=[schema.IF_MATCH, schema.response_etag(200)],
        request=serializers.RecipeSerializer,
        responses=serializers.RecipeSerializer,
    )
    def put(self, request: Request, pk: int) -> Response:
        """Replace a recipe: every required field must be given."""
        return self.update(request, pk, partial=False)

    def update(self, request: Request, pk: int, *, partial: bool) -> Response:
        recipe = self.get_recipe(pk)
        data = serializers.RecipeSerializer(recipe, data=request.data, partial=partial)
        data.is_valid(raise_exception=True)
        services.recipe_update(
            recipe=recipe,
            versions=preconditions.if_match(request),
            **named(data.validated_data),
        )
        return self.answer(recipe)


class RecipeUpdateApi(RecipeReplaceApi):
    @extend_schema(
        operation_id="recipes_update",
        parameters=[schema.IF_MATCH, schema.response_etag(200)],
        request=serializers.RecipeSerializer(partial=True),
        responses=serializers.RecipeSerializer,
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change the given fields of a recipe; given tags or ingredients replace the present."""
        return self.update(request, pk, partial=True)


class RecipeDeleteApi(RecipeApi):
    @extend_schema(
        operation_id="recipes_delete", parameters=[schema.IF_MATCH], responses={204: None}
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Delete a recipe and its image."""
        services.recipe_delete(recipe=self.get_recipe(pk), versions=preconditions.if_match(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RecipeImageSetApi(RecipeApi):
    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="recipes_image_set",
        parameters=[schema.IF_MATCH, schema.response_etag(200)],
        request={"multipart/form-data": serializers.RecipeImageSerializer},
        responses=serializers.RecipeSerializer,
    )
    def put(self, request: Request, pk: int) -> Response:
        """Set a recipe's image; its thumbnail follows within seconds."""
        recipe = self.get_recipe(pk)
        data = serializers.RecipeImageSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        services.recipe_image_set(
            recipe=recipe,
            file=data.validated_data["image"],
            versions=preconditions.if_match(request),
        )
        return self.answer(recipe)


class RecipeImageClearApi(RecipeApi):
    @extend_schema(
        operation_id="recipes_image_clear",
        parameters=[schema.IF_MATCH, schema.response_etag(200)],
        request=None,
        responses={200: serializers.RecipeSerializer},
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Remove a recipe's image, if it has one."""
        recipe = self.get_recipe(pk)
        services.recipe_image_clear(recipe=recipe, versions=preconditions.if_match(request))
        return self.answer(recipe)


class NameListApi(ListApi):
    filter_backends = (FilterBackend, SearchFilter, OrderingFilter)
    filterset_class = filters.AssignedFilter
    search_fields = ("name",)
    ordering_fields = ("name",)
    ordering = ("name",)
    model: type[OwnedName]

    def get_queryset(self) -> QuerySet[OwnedName]:
        return selectors.name_list(self.model, owner=request_user(self.request))


class NameApi(ApiView):
    """An operation on one tag or ingredient, or the making of one."""

    serializer_class: type[ModelSerializer[Any]]
    model: type[OwnedName]
    route: str

    def get_instance(self, pk: int) -> Any:
        return get_object_or_404(
            selectors.name_list(self.model, owner=request_user(self.request)), pk=pk
        )

    def create(self, request: Request) -> Response:
        data = self.serializer_class(data=request.data)
        data.is_valid(raise_exception=True)
        made = services.name_create(self.model, owner=request_user(request), **data.validated_data)
        return Response(
            self.serializer_class(made).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": reverse(f"recipes:{self.route}", kwargs={"pk": made.pk})},
        )

    def update(self, request: Request, pk: int) -> Response:
        instance = self.get_instance(pk)
        data = self.serializer_class(instance, data=request.data, partial=True)
        data.is_valid(raise_exception=True)
        services.name_update(instance=instance, **data.validated_data)
        return Response(self.serializer_class(instance).data)

    def destroy(self, pk: int) -> Response:
        services.name_delete(instance=self.get_instance(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


class TagListApi(NameListApi):
    model = Tag
    queryset = Tag.objects.none()  # for the schema
    serializer_class = serializers.TagSerializer

    @extend_schema(operation_id="tags_list")
    def get(self, request: Request) -> Response:
        """List the user's own tags by name."""
        return self.list(request)


class TagApi(NameApi):
    serializer_class = serializers.TagSerializer
    model = Tag
    route = "tag"


class TagCreateApi(TagApi):
    @extend_schema(
        operation_id="tags_create",
        parameters=[schema.IDEMPOTENCY_KEY, schema.LOCATION],
        responses={201: serializers.TagSerializer},
    )
    def post(self, request: Request) -> Response:
        """Create a tag."""
        return idempotent(request, lambda: self.create(request))


class TagUpdateApi(TagApi):
    @extend_schema(operation_id="tags_update")
    def patch(self, request: Request, pk: int) -> Response:
        """Rename a tag."""
        return self.update(request, pk)


class TagDeleteApi(TagApi):
    @extend_schema(operation_id="tags_delete", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Delete a tag; recipes lose it."""
        return self.destroy(pk)


class IngredientListApi(NameListApi):
    model = Ingredient
    queryset = Ingredient.objects.none()  # for the schema
    serializer_class = serializers.IngredientSerializer

    @extend_schema(operation_id="ingredients_list")
    def get(self, request: Request) -> Response:
        """List the user's own ingredients by name."""
        return self.list(request)


class IngredientApi(NameApi):
    serializer_class = serializers.IngredientSerializer
    model = Ingredient
    route = "ingredient"


class IngredientCreateApi(IngredientApi):
    @extend_schema(
        operation_id="ingredients_create",
        parameters=[schema.IDEMPOTENCY_KEY, schema.LOCATION],
        responses={201: serializers.IngredientSerializer},
    )
    def post(self, request: Request) -> Response:
        """Create an ingredient."""
        return idempotent(request, lambda: self.create(request))


class IngredientUpdateApi(IngredientApi):
    @extend_schema(operation_id="ingredients_update")
    def patch(self, request: Request, pk: int) -> Response:
        """Rename an ingredient."""
        return self.update(request, pk)


class IngredientDeleteApi(IngredientApi):
    @extend_schema(operation_id="ingredients_delete", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Delete an ingredient; recipes lose it."""
        return self.destroy(pk)
