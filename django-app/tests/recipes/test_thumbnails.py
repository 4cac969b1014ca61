"""Thumbnails, made by the worker after an upload."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from django.core.files.storage import default_storage, storages
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from PIL import Image

from apps.core.tasks import BACK_OFF
from apps.recipes import images, tasks
from apps.recipes.models import Recipe
from tests.conftest import png
from tests.factories import RecipeFactory
from tests.recipes.test_image import keys, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def recipe(user) -> Recipe:
    return RecipeFactory(owner=user)


def answered(code: str, status: int) -> ClientError:
    return ClientError(
        {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "PutObject"
    )


def raising(*errors: Exception, then):
    """Return a function that raises each error once, then does what `then` does."""
    left = list(errors)

    def call(*args, **kwargs):
        if left:
            raise left.pop(0)
        return then(*args, **kwargs)

    return call


def waiting() -> list[DBTaskResult]:
    return list(DBTaskResult.objects.filter(status="READY"))


def let_time_pass() -> None:
    DBTaskResult.objects.filter(status="READY").update(run_after=timezone.now())


def test_shown_when_ready(client, recipe, bucket, work):
    path = f"/api/v1/recipes/{recipe.pk}/"

    response = upload(client, recipe, png(1200, 900))
    assert response.json()["thumbnail"] is None
    work()

    link = client.get(path).json()["thumbnail"]
    [key] = [key for key in keys(bucket) if "-thumbnail_" in key]
    assert key in link
    stored = bucket.Object(key).get()
    assert stored["ContentType"] == "image/webp"
    with Image.open(stored["Body"]) as image:
        assert (image.format, image.size) == ("WEBP", (480, 360))


def test_nothing_is_enqueued_when_the_upload_is_rolled_back(client, recipe, bucket):
    with transaction.atomic():
        upload(client, recipe, png())
        transaction.set_rollback(True)

    assert waiting() == []


def test_running_twice_changes_nothing(client, recipe, bucket, work):
    upload(client, recipe, png())
    work()
    before = (Recipe.objects.values().get(), keys(bucket))

    tasks.thumbnail_make.enqueue(recipe_id=recipe.pk, image=Recipe.objects.get().image.name)
    work()

    assert (Recipe.objects.values().get(), keys(bucket)) == before


def test_an_image_replaced_before_its_turn(client, recipe, bucket, work):
    upload(client, recipe, png(10, 10))
    upload(client, recipe, png(20, 20))

    work()

    assert len(keys(bucket)) == 2
    with default_storage.open(Recipe.objects.get().thumbnail.name) as file, Image.open(file) as i:
        assert i.size == (20, 20)
    assert not DBTaskResult.objects.failed().exists()


def test_an_image_replaced_while_its_thumbnail_is_made(client, recipe, bucket, work, monkeypatch):
    upload(client, recipe, png(10, 10))
    make = images.thumbnail

    def replace_meanwhile(file):
        monkeypatch.undo()
        content = make(file)
        upload(client, recipe, png(20, 20))
        return content

    monkeypatch.setattr(images, "thumbnail", replace_meanwhile)
    work()

    names = {f"media/{name}" for name in Recipe.objects.values_list("image", "thumbnail").get()}
    assert set(keys(bucket)) == names


def test_an_image_deleted_while_it_is_read(client, recipe, bucket, work, monkeypatch):
    upload(client, recipe, png())

    def gone(*args, **kwargs):
        Recipe.objects.all().delete()
        # Without the right to list the bucket, S3 does not tell what is missing.
        raise answered("AccessDenied", 403)

    monkeypatch.setattr(storages["default"], "open", gone)
    work()

    assert not DBTaskResult.objects.failed().exists()
    assert keys(bucket) == []


def test_a_deleted_recipe_is_none_of_its_business(bucket, work):
    tasks.thumbnail_make.enqueue(recipe_id=1, image="recipes/1/none.png")

    work()

    assert DBTaskResult.objects.get().status == "SUCCESSFUL"


@pytest.mark.parametrize(
    "error",
    [
        answered("SlowDown", 503),
        answered("RequestTimeout", 400),
        EndpointConnectionError(endpoint_url="https://s3"),
    ],
)
def test_transient_errors_are_tried_again(client, recipe, bucket, work, monkeypatch, error):
    upload(client, recipe, png())
    monkeypatch.setattr(
        storages["default"], "save", raising(error, error, then=default_storage.save)
    )

    for attempt in range(2):
        asked = timezone.now()
        work()
        [again] = waiting()
        delay = (again.run_after - asked).total_seconds()
        assert BACK_OFF[attempt] <= delay < 1.5 * BACK_OFF[attempt] + 5
        work()  # too early
        assert waiting() == [again]
        let_time_pass()
    work()

    assert Recipe.objects.get().thumbnail
    assert not DBTaskResult.objects.failed().exists()


def test_it_gives_up_in_the_end(client, recipe, bucket, work, monkeypatch):
    upload(client, recipe, png())
    errors = [answered("SlowDown", 503)] * 99
    monkeypatch.setattr(storages["default"], "save", raising(*errors, then=None))

    for _ in range(len(BACK_OFF) + 1):
        work()
        let_time_pass()

    assert waiting() == []
    assert "SlowDown" in DBTaskResult.objects.failed().get().traceback


def test_other_errors_are_not_tried_again(client, recipe, bucket, work, monkeypatch):
    upload(client, recipe, png())
    error = answered("AccessDenied", 403)
    monkeypatch.setattr(storages["default"], "save", raising(error, then=None))

    work()

    assert waiting() == []
    assert DBTaskResult.objects.failed().count() == 1


def test_a_lost_object_is_an_error(client, recipe, bucket, work):
    upload(client, recipe, png())
    bucket.objects.delete()

    work()

    assert "FileNotFoundError" in DBTaskResult.objects.failed().get().traceback


def test_deletion_is_tried_again(client, recipe, bucket, work, monkeypatch):
    upload(client, recipe, png())
    work()
    error = answered("InternalError", 500)
    monkeypatch.setattr(storages["default"], "delete", raising(error, then=default_storage.delete))

    assert client.delete(f"/api/v1/recipes/{recipe.pk}/").status_code == 204
    work()
    assert len(keys(bucket)) == 2
    let_time_pass()
    work()

    assert keys(bucket) == []


def exif_photo() -> bytes:
    """A JPEG taken with the camera on its side, somewhere in the north."""
    image = Image.new("RGB", (1000, 500), "red")
    exif = image.getexif()
    exif[0x0112] = 6  # Orientation: turn by 90 degrees
    exif.get_ifd(0x8825)[1] = "N"  # GPSLatitudeRef
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_upright_and_without_metadata():
    with Image.open(io.BytesIO(images.thumbnail(io.BytesIO(exif_photo())))) as image:
        assert image.size == (240, 480)
        assert not image.getexif()


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("L", "RGB"), ("P", "RGB"), ("RGBA", "RGBA"), ("LA", "RGBA"), ("1", "RGB")],
)
def test_every_mode_of_pixels(mode, expected):
    out = io.BytesIO()
    Image.new(mode, (8, 8)).save(out, "PNG")

    with Image.open(io.BytesIO(images.thumbnail(out))) as image:
        assert (image.mode, image.size) == (expected, (8, 8))


def test_the_thumbnail_leaves_the_recipes_date(client, recipe, bucket, work):
    upload(client, recipe, png())
    Recipe.objects.update(updated_at=timezone.now() - timedelta(days=1))
    before = Recipe.objects.get().updated_at

    work()

    assert Recipe.objects.get().updated_at == before
