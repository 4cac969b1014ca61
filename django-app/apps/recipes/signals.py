"""An image is deleted after its recipe, however that goes: API, admin, or with its owner."""

from __future__ import annotations

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from apps.recipes.models import Recipe


@receiver(post_delete, sender=Recipe)
def delete_image(sender, instance: Recipe, **kwargs) -> None:
    if instance.image:
        storage, name = instance.image.storage, instance.image.name
        # Robust: a failure is logged, the recipe is gone all the same.
        transaction.on_commit(lambda: storage.delete(name), robust=True)
