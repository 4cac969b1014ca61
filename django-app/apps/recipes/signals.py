"""An image is deleted after its recipe, however that goes: API, admin, or with its owner."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from apps.recipes.models import Recipe
from apps.recipes.services import recipe_objects_delete


@receiver(post_delete, sender=Recipe)
def delete_objects(sender: type[Recipe], instance: Recipe, **kwargs: Any) -> None:
    recipe_objects_delete(recipe=instance)
