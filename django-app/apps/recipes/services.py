"""Writes of recipes, tags and ingredients."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import IntegrityError, transaction

from apps.recipes import images
from apps.recipes.models import Ingredient, OwnedName, Recipe, Tag
from apps.users.models import User

T = TypeVar("T", bound=OwnedName)


@transaction.atomic
def recipe_create(
    *,
    owner: User,
    tags: Iterable[str] = (),
    ingredients: Iterable[str] = (),
    **fields: Any,
) -> Recipe:
    """Create a recipe; tags and ingredients are names, created where the owner lacks them."""
    recipe = Recipe.objects.create(owner=owner, **fields)
    recipe.tags.set(_named(Tag, owner, tags))
    recipe.ingredients.set(_named(Ingredient, owner, ingredients))
    return recipe


@transaction.atomic
def recipe_update(
    *,
    recipe: Recipe,
    tags: Iterable[str] | None = None,
    ingredients: Iterable[str] | None = None,
    **fields: Any,
) -> Recipe:
    """Change what is given; given tags or ingredients replace the present ones."""
    for name, value in fields.items():
        setattr(recipe, name, value)
    # Named fields only: an image set meanwhile must stay.
    recipe.save(update_fields=[*fields, "updated_at"])
    if tags is not None:
        recipe.tags.set(_named(Tag, recipe.owner, tags))
    if ingredients is not None:
        recipe.ingredients.set(_named(Ingredient, recipe.owner, ingredients))
    return recipe


def recipe_delete(*, recipe: Recipe) -> None:
    """Delete a recipe and, once that is committed, its image."""
    recipe.delete()


def recipe_image_set(*, recipe: Recipe, file: File) -> Recipe:
    """Store an image privately and drop the previous one. Raises ValidationError."""
    try:
        kind = images.identify(file)
    except ValidationError as error:
        raise ValidationError({"image": error.messages}) from None
    file.content_type = kind.content_type  # what the object store declares
    storage = recipe.image.storage
    name = storage.save(f"recipes/{recipe.pk}/{uuid.uuid4().hex}.{kind.extension}", file)
    try:
        return _replace_image(recipe, name)
    except BaseException:
        storage.delete(name)
        raise


def recipe_image_clear(*, recipe: Recipe) -> Recipe:
    """Remove a recipe's image, if it has one."""
    return _replace_image(recipe, "")


def name_create(model: type[T], *, owner: User, name: str) -> T:
    """Create a tag or ingredient. Raises ValidationError when the owner has that name."""
    return _save_name(model(owner=owner, name=name))


def name_update(*, instance: T, name: str) -> T:
    """Rename a tag or ingredient. Raises ValidationError when the owner has that name."""
    instance.name = name
    return _save_name(instance)


@transaction.atomic
def _replace_image(recipe: Recipe, name: str) -> Recipe:
    # Locked, so that of two simultaneous uploads the loser's object is deleted too.
    locked = Recipe.objects.select_for_update().only("image").get(pk=recipe.pk)
    previous = locked.image.name
    recipe.image = name
    recipe.save(update_fields=["image", "updated_at"])
    if previous:
        # Robust: a failure is logged, the recipe has changed all the same.
        transaction.on_commit(lambda: recipe.image.storage.delete(previous), robust=True)
    return recipe


def _named(model: type[T], owner: User, names: Iterable[str]) -> list[T]:
    """Return the owner's instances with these names, creating missing ones race-free."""
    wanted = set(names)
    model._default_manager.bulk_create(
        [model(owner=owner, name=name) for name in sorted(wanted)], ignore_conflicts=True
    )
    return list(model._default_manager.filter(owner=owner, name__in=wanted))


def _save_name(instance: T) -> T:
    try:
        with transaction.atomic():
            instance.save()
    except IntegrityError:
        kind = instance._meta.verbose_name
        raise ValidationError({"name": [f"You already have this {kind}."]}) from None
    return instance
