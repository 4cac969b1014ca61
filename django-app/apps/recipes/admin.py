from django.contrib import admin
from django.db import models

from apps.recipes.models import Ingredient, Recipe, Tag


@admin.register(Recipe)
class RecipeAdmin(admin.ModelAdmin):
    list_display = ("title", "owner", "time_minutes", "price", "created_at")
    list_select_related = ("owner",)
    search_fields = ("title",)
    autocomplete_fields = ("owner", "tags", "ingredients")
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    # Uploads go through the API, which validates them.
    readonly_fields = ("image", "created_at", "updated_at")


@admin.register(Tag, Ingredient)
class NameAdmin(admin.ModelAdmin):
    list_display = ("name", "owner")
    list_select_related = ("owner",)
    search_fields = ("name",)
    autocomplete_fields = ("owner",)
