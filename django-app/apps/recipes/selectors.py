"""Reads of recipes, tags and ingredients. Everything is private to its owner."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Prefetch, QuerySet

from apps.recipes.models import OwnedName, Recipe
from apps.users.models import User

T = TypeVar("T", bound=OwnedName)


def recipe_list(*, owner: User) -> QuerySet[Recipe]:
    """Return the owner's recipes, newest first, with tags and ingredients."""
    return Recipe.objects.filter(owner=owner).prefetch_related("tags", "ingredients")


def recipe_page(*, owner: User) -> QuerySet[Recipe]:
    """Return the same for reading only: tags and ingredients are plain lists, listed_tags and
    listed_ingredients. A related manager for each recipe takes a fifth of the request's time.
    """
    return Recipe.objects.filter(owner=owner).prefetch_related(
        *(Prefetch(name, to_attr=f"listed_{name}") for name in ("tags", "ingredients"))
    )


def name_list(model: type[T], *, owner: User) -> QuerySet[T]:
    """Return the owner's tags or ingredients by name."""
    return model._default_manager.filter(owner=owner)
