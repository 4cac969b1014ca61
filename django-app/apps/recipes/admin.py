from django.contrib import admin
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest

from apps.recipes.models import Ingredient, OwnedName, Recipe, Tag


@admin.register(Recipe)
class RecipeAdmin(admin.ModelAdmin[Recipe]):
    list_display = ("title", "owner", "time_minutes", "price", "created_at")
    list_select_related = ("owner",)
    list_filter = ("created_at",)
    date_hierarchy = "created_at"
    search_fields = ("title", "owner__email")
    autocomplete_fields = ("owner", "tags", "ingredients")
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    # Uploads go through the API, which validates them.
    readonly_fields = ("image", "thumbnail", "version", "created_at", "updated_at")

    def save_model(
        self, request: HttpRequest, obj: Recipe, form: ModelForm[Recipe], change: bool
    ) -> None:
        if change:
            obj.version += 1  # so that whoever has read it through the API notices
        super().save_model(request, obj, form, change)


@admin.register(Tag, Ingredient)
class NameAdmin(admin.ModelAdmin[OwnedName]):
    list_display = ("name", "owner")
    list_select_related = ("owner",)
    search_fields = ("name",)
    autocomplete_fields = ("owner",)
