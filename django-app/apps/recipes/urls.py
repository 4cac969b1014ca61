from django.urls import path

from apps.core.api import operations
from apps.recipes import views

app_name = "recipes"

urlpatterns = [
    path(
        "recipes/",
        operations(get=views.RecipeListApi, post=views.RecipeCreateApi),
        name="recipes",
    ),
    path(
        "recipes/<int:pk>/",
        operations(
            get=views.RecipeDetailApi,
            put=views.RecipeReplaceApi,
            patch=views.RecipeUpdateApi,
            delete=views.RecipeDeleteApi,
        ),
        name="recipe",
    ),
    path(
        "recipes/<int:pk>/image/",
        operations(put=views.RecipeImageSetApi, delete=views.RecipeImageClearApi),
        name="recipe-image",
    ),
    path("tags/", operations(get=views.TagListApi, post=views.TagCreateApi), name="tags"),
    path(
        "tags/<int:pk>/",
        operations(patch=views.TagUpdateApi, delete=views.TagDeleteApi),
        name="tag",
    ),
    path(
        "ingredients/",
        operations(get=views.IngredientListApi, post=views.IngredientCreateApi),
        name="ingredients",
    ),
    path(
        "ingredients/<int:pk>/",
        operations(patch=views.IngredientUpdateApi, delete=views.IngredientDeleteApi),
        name="ingredient",
    ),
]
