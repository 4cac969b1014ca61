"""What recipes leave to the worker."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django_tasks import task

from apps.core.tasks import try_later
from apps.recipes import images, services
from apps.recipes.models import Recipe


@task()
def thumbnail_make(*, recipe_id: int, image: str, attempt: int = 0) -> None:
    """Make the thumbnail of a recipe's image, unless it has another image by now."""
    wanted = Recipe.objects.filter(pk=recipe_id, image=image, thumbnail="")
    if not wanted.exists():
        return
    try:
        with default_storage.open(image) as original:
            file = ContentFile(images.thumbnail(original))
        file.content_type = images.THUMBNAIL.content_type  # type: ignore[attr-defined]
        name = default_storage.save(images.thumbnail_name(image), file)
    except (FileNotFoundError, BotoCoreError, ClientError) as error:
        if wanted.exists():  # else the image was replaced meanwhile, and its object deleted
            try_later(thumbnail_make, error, recipe_id=recipe_id, image=image, attempt=attempt)
        return
    services.recipe_thumbnail_set(recipe_id=recipe_id, image=image, thumbnail=name)


@task()
def objects_delete(*, names: list[str], attempt: int = 0) -> None:
    """Delete stored objects that no recipe refers to any more."""
    try:
        for name in names:
            default_storage.delete(name)
    except (BotoCoreError, ClientError) as error:
        try_later(objects_delete, error, names=names, attempt=attempt)
