"""Recipe images, stored in S3 (moto) and handed out by presigned links."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.recipes import services
from apps.recipes.models import Recipe
from tests.conftest import png, problem, signed_in, wrong_fields
from tests.factories import RecipeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def recipe(user) -> Recipe:
    return RecipeFactory(owner=user)


def url(recipe: Recipe) -> str:
    return f"/api/v1/recipes/{recipe.pk}/image/"


def upload(client, recipe, content: bytes, name="photo.png", declared="image/png"):
    file = SimpleUploadedFile(name, content, content_type=declared)
    return client.put(url(recipe), {"image": file}, format="multipart")


def keys(bucket) -> list[str]:
    return [item.key for item in bucket.objects.all()]


@pytest.mark.parametrize(
    ("kind", "extension", "content_type"),
    [("PNG", "png", "image/png"), ("JPEG", "jpg", "image/jpeg"), ("WEBP", "webp", "image/webp")],
)
def test_upload(client, recipe, bucket, kind, extension, content_type):
    content = png(kind=kind)

    response = upload(client, recipe, content, name="../../x.html", declared="text/html")

    assert response.status_code == 200
    [key] = keys(bucket)
    assert key.startswith(f"media/recipes/{recipe.pk}/")
    assert key.endswith(f".{extension}")
    stored = bucket.Object(key)
    assert stored.get()["Body"].read() == content
    assert stored.content_type == content_type
    assert {grant["Permission"] for grant in stored.Acl().grants} == {"FULL_CONTROL"}


def test_the_link_is_presigned_regional_and_short_lived(client, recipe, bucket):
    content = png()
    upload(client, recipe, content)

    link = client.get(f"/api/v1/recipes/{recipe.pk}/").json()["image"]

    parts = urlsplit(link)
    assert parts.scheme == "https"
    assert parts.netloc == "test-media.s3.eu-central-1.amazonaws.com"
    assert parse_qs(parts.query)["X-Amz-Expires"] == ["900"]
    assert requests.get(link, timeout=5).content == content


def test_links_through_a_cdn(client, recipe, bucket, monkeypatch):
    monkeypatch.setattr(storages["default"], "custom_domain", "media.example.org")

    link = upload(client, recipe, png()).json()["image"]

    [key] = keys(bucket)
    assert link == f"https://media.example.org/{key}"


def test_an_image_counts_as_a_change(client, recipe, bucket):
    path = f"/api/v1/recipes/{recipe.pk}/"
    old = client.get(path)["ETag"]

    new = upload(client, recipe, png())["ETag"]

    assert old != new == client.get(path)["ETag"]
    stored = keys(bucket)
    file = SimpleUploadedFile("x.png", png())
    for method, data in (("put", {"image": file}), ("delete", {})):
        response = getattr(client, method)(
            url(recipe), data, format="multipart", headers={"If-Match": old}
        )
        problem(response, 412)
    assert keys(bucket) == stored


def test_links_of_a_list_take_no_more_queries(client, recipe, bucket, django_assert_num_queries):
    upload(client, recipe, png())

    with django_assert_num_queries(4):
        body = client.get("/api/v1/recipes/").json()

    assert body["results"][0]["image"].startswith("https://")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty"),
        (b"<html></html>", "Not an image"),
        (b"GIF89a" + b"\0" * 50, "Not an image"),
        (png(kind="GIF"), "Not an image"),
        (png(kind="TIFF"), "Not an image"),
        (png(200, 200)[:-100], "damaged"),
        (png(200, 200, "JPEG")[:-200], "damaged"),
        (png(200, 200, "WEBP")[:-40], "damaged"),
        (png(4100, 4100), "16000000 pixels"),
        (png() + b"\0" * 5 * 1024 * 1024, "5242880 bytes"),
    ],
    ids=["empty", "html", "fake gif", "gif", "tiff", "cut png", "cut jpeg", "cut webp",
         "pixels", "bytes"],
)  # fmt: skip
def test_upload_refuses(client, recipe, bucket, content, expected):
    response = upload(client, recipe, content)

    assert wrong_fields(response) == ["image"]
    assert expected in response.json()["errors"][0]["detail"]
    assert keys(bucket) == []


def test_upload_without_a_file(client, recipe):
    assert client.put(url(recipe), {}, format="multipart").status_code == 400
    assert client.put(url(recipe), {"image": "text"}, format="multipart").status_code == 400
    assert client.put(url(recipe), {"image": "x"}, format="json").status_code == 415


def test_a_huge_body_is_refused_unread(client, recipe):
    response = client.generic(
        "PUT", url(recipe), b"", content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(6 * 1024 * 1024),
    )  # fmt: skip

    assert "5308416 bytes" in problem(response, 413)["detail"]


def test_a_senseless_content_length_counts_as_none(client, recipe):
    response = client.generic("GET", "/api/v1/users/me/", b"", CONTENT_LENGTH="x")

    assert response.status_code == 200


@pytest.mark.parametrize("method", ["put", "delete"])
def test_a_strangers_recipe_does_not_exist(recipe, stranger, bucket, method):
    client = signed_in(stranger)
    file = SimpleUploadedFile("photo.png", png())

    response = getattr(client, method)(url(recipe), {"image": file}, format="multipart")

    assert response.status_code == 404
    assert keys(bucket) == []


def test_replacing_deletes_the_previous_image(client, recipe, bucket, work):
    upload(client, recipe, png())
    work()
    first = keys(bucket)

    upload(client, recipe, png(9, 9))
    work()

    assert len(keys(bucket)) == len(first) == 2  # the image and its thumbnail
    assert not set(keys(bucket)) & set(first)


def test_clearing(client, recipe, bucket, work):
    upload(client, recipe, png())
    work()

    response = client.delete(url(recipe))
    work()

    assert (response.json()["image"], response.json()["thumbnail"]) == (None, None)
    assert keys(bucket) == []


def test_clearing_nothing(client, recipe, bucket):
    assert client.delete(url(recipe)).status_code == 200


def test_an_image_goes_with_its_owner(client, user, recipe, bucket, work):
    upload(client, recipe, png())
    work()

    user.delete()
    work()

    assert keys(bucket) == []


def test_updating_a_recipe_keeps_an_image_set_meanwhile(client, recipe, bucket):
    stale = Recipe.objects.get(pk=recipe.pk)
    upload(client, recipe, png())

    services.recipe_update(recipe=stale, title="Stew")

    assert Recipe.objects.get().image


def test_an_upload_that_cannot_be_recorded_leaves_no_object(recipe, bucket):
    Recipe.objects.all().delete()

    with pytest.raises(Recipe.DoesNotExist):
        services.recipe_image_set(recipe=recipe, file=SimpleUploadedFile("x.png", png()))

    assert keys(bucket) == []
