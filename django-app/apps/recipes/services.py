"""Writes of recipes, tags and ingredients."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import IntegrityError, transaction

from apps.core import preconditions
from apps.recipes import images, tasks
from apps.recipes.models import Ingredient, OwnedName, Recipe, Tag
from apps.users.models import User

T = TypeVar("T", bound=OwnedName)

# The versions of a recipe that a change may be made to; None: any.
Versions = Collection[int] | None


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
    versions: Versions = None,
    tags: Iterable[str] | None = None,
    ingredients: Iterable[str] | None = None,
    **fields: Any,
) -> Recipe:
    """Change what is given; given tags or ingredients replace the present ones."""
    _next_version(recipe, versions)
    for name, value in fields.items():
        setattr(recipe, name, value)
    # Named fields only: an image set meanwhile must stay.
    recipe.save(update_fields=[*fields, "version", "updated_at"])
    if tags is not None:
        recipe.tags.set(_named(Tag, recipe.owner, tags))
    if ingredients is not None:
        recipe.ingredients.set(_named(Ingredient, recipe.owner, ingredients))
    return recipe


@transaction.atomic
def recipe_delete(*, recipe: Recipe, versions: Versions = None) -> None:
    """Delete a recipe; the worker deletes its image afterwards."""
    _lock(recipe, versions).delete()


def recipe_image_set(*, recipe: Recipe, file: File[bytes], versions: Versions = None) -> Recipe:
    """Store an image privately and drop the previous one. Raises ValidationError."""
    preconditions.check(recipe.version, versions)  # before anything is stored
    try:
        kind = images.identify(file)
    except ValidationError as error:
        raise ValidationError({"image": error.messages}) from None
    file.content_type = kind.content_type  # type: ignore[attr-defined] # what the object store declares
    storage = recipe.image.storage
    name = storage.save(f"recipes/{recipe.pk}/image.{kind.extension}", file)
    try:
        return _replace_image(recipe, name, versions)
    except BaseException:
        storage.delete(name)
        raise


def recipe_image_clear(*, recipe: Recipe, versions: Versions = None) -> Recipe:
    """Remove a recipe's image, if it has one."""
    return _replace_image(recipe, "", versions)


def name_delete(*, instance: OwnedName) -> None:
    """Delete a tag or ingredient."""
    instance.delete()


@transaction.atomic
def recipe_thumbnail_set(*, recipe_id: int, image: str, thumbnail: str) -> None:
    """Record the thumbnail of an image; drop it when the recipe has another image by now."""
    recipe = Recipe.objects.select_for_update().filter(pk=recipe_id, image=image).first()
    if recipe is None:
        tasks.objects_delete.enqueue(names=[thumbnail])
        return
    recipe.thumbnail = thumbnail
    # Nothing that the owner wrote has changed, so updated_at stays.
    recipe.save(update_fields=["thumbnail"])


def recipe_objects_delete(*, recipe: Recipe) -> None:
    """Have the worker delete a recipe's stored objects, once the transaction is committed."""
    names = [file.name for file in (recipe.image, recipe.thumbnail) if file.name]
    if names:
        tasks.objects_delete.enqueue(names=names)


def name_create(model: type[T], *, owner: User, name: str) -> T:
    """Create a tag or ingredient. Raises ValidationError when the owner has that name."""
    return _save_name(model(owner=owner, name=name))


def name_update(*, instance: T, name: str | None = None) -> T:
    """Rename a tag or ingredient. Raises ValidationError when the owner has that name."""
    if name is None:
        return instance
    instance.name = name
    return _save_name(instance)


@transaction.atomic
def _replace_image(recipe: Recipe, name: str, versions: Versions) -> Recipe:
    # Of two simultaneous uploads the loser's objects are deleted too.
    recipe_objects_delete(recipe=_next_version(recipe, versions))
    recipe.image = name
    recipe.thumbnail = ""
    recipe.save(update_fields=["image", "thumbnail", "version", "updated_at"])
    if name:
        tasks.thumbnail_make.enqueue(recipe_id=recipe.pk, image=name)
    return recipe


def _next_version(recipe: Recipe, versions: Versions) -> Recipe:
    """Lock a recipe, give it its next version, and return it as the database has it."""
    locked = _lock(recipe, versions)
    recipe.version = locked.version + 1
    return locked


def _lock(recipe: Recipe, versions: Versions) -> Recipe:
    """Lock a recipe until the transaction ends. Raises PreconditionFailed."""
    locked = Recipe.objects.select_for_update().get(pk=recipe.pk)
    preconditions.check(locked.version, versions)
    return locked


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
        taken = ValidationError(f"You already have this {kind}.", code="unique")
        raise ValidationError({"name": taken}) from None
    return instance
