"""Whatever is sent, the answer is a refusal that says why, and nothing is stored.

Each case is one request. Its answer must be 4xx with problem details, never 5xx; every row of
the database and every stored object must be as before.
"""

from __future__ import annotations

import io
import json
import re
import struct
import zlib
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from rest_framework.test import APIClient

from apps.recipes.models import Ingredient, Recipe, Tag
from apps.users.models import User
from tests.conftest import PASSWORD, RECIPES, SOUP, png, problem, signed_in
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

MINE, OTHERS = 1001, 2002  # ids of recipes, tags and ingredients: the client's, somebody else's

# Every operation that reads a body of JSON.
WRITES = {
    "register": ("POST", "/api/v1/users/"),
    "sign in": ("POST", "/api/v1/users/token/"),
    "session": ("POST", "/api/v1/users/session/"),
    "me": ("PATCH", "/api/v1/users/me/"),
    "create": ("POST", RECIPES),
    "replace": ("PUT", f"{RECIPES}{MINE}/"),
    "update": ("PATCH", f"{RECIPES}{MINE}/"),
    "tag": ("POST", "/api/v1/tags/"),
    "rename tag": ("PATCH", f"/api/v1/tags/{MINE}/"),
    "ingredient": ("POST", "/api/v1/ingredients/"),
    "rename ingredient": ("PATCH", f"/api/v1/ingredients/{MINE}/"),
}
LISTS = (RECIPES, "/api/v1/tags/", "/api/v1/ingredients/")


@pytest.fixture(autouse=True)
def things(user, stranger) -> None:
    for number, owner in ((MINE, user), (OTHERS, stranger)):
        Recipe.objects.create(owner=owner, id=number, **SOUP)
        Tag.objects.create(owner=owner, id=number, name="vegan")
        Ingredient.objects.create(owner=owner, id=number, name="leek")


@pytest.fixture
def refused(request, client):
    """Send a request and check that it is refused and changes nothing."""
    client.raise_request_exception = False
    before: list = []

    def send(
        method: str, path: str, body: bytes = b"", status: range | int = range(400, 500),
        client: APIClient = client, **options: object,
    ) -> HttpResponse:  # fmt: skip
        options.setdefault("content_type", "application/json")
        # Only an image is stored as an object.
        bucket = request.getfixturevalue("bucket") if "/image/" in path else None
        if not before:
            before.extend(everything(bucket))
        response = client.generic(method, path, body, **options)
        statuses = [status] if isinstance(status, int) else status
        assert response.status_code in statuses, response.content[:500]
        if method != "HEAD":
            problem(response, response.status_code)
        assert everything(bucket) == before
        return response

    return send


def everything(bucket=None) -> list:
    """Return a digest of every table, and the names of the stored objects."""
    tables = sorted(model._meta.db_table for model in apps.get_models(include_auto_created=True))
    digest = "SELECT '{0}', md5(string_agg(t::text, '' ORDER BY t::text)) FROM {0} t"
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(map(digest.format, tables)))
        rows = cursor.fetchall()
    return [*rows, *(item.key for item in bucket.objects.all())] if bucket else rows


# --- bodies -------------------------------------------------------------------

DEEP = 100_000
BODIES = {
    "nothing": b"",
    "half an object": b'{"title": "Soup"',
    "not json": b"title=Soup",
    "xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>',
    "a list": b"[]",
    "a text": b'"Soup"',
    "a number": b"1",
    "null": b"null",
    "true": b"true",
    "infinity": b'{"price": Infinity}',
    "not a number": b'{"name": NaN}',
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "a huge integer": b'{"name": ' + b"9" * 10_000 + b"}",
    "invalid utf-8": b'{"title": "\xff\xfe", "name": "\xc3\x28", "email": "\xff"}',
    "latin-1": '{"title": "Crème", "name": "Crème", "email": "é"}'.encode("latin-1"),
    "utf-16": json.dumps({"title": "Soup", "name": "x"}).encode("utf-16"),
    "overlong utf-8": b'{"name": "\xc0\xaf"}',
    "nul": b"\0" * 10,
    "a million bytes too many": b" " * (2 * 1024 * 1024),
}


@pytest.mark.parametrize("body", BODIES)
def test_bodies(refused, body):
    for method, path in WRITES.values():
        if method == "PATCH" and body == "nothing":
            continue  # nothing to change is a change of nothing
        refused(method, path, BODIES[body], status=413 if "million" in body else 400)


@pytest.mark.parametrize(
    "kind",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain",
     "application/xml", "application/json-patch+json", "nonsense", "x" * 5000],
    ids=["form", "multipart", "text", "xml", "json patch", "nonsense", "long"],
)  # fmt: skip
def test_types_of_bodies(refused, kind):
    for method, path in WRITES.values():
        refused(method, path, b"name=x", status=415, content_type=kind)


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "no-such-charset", "rot13", "zip"])
def test_charsets(refused, charset):
    """JSON is UTF-8, whatever the header says (RFC 8259)."""
    body = json.dumps({"title": ""}).encode()

    refused("POST", RECIPES, body, content_type=f"application/json; charset={charset}")


# --- fields -------------------------------------------------------------------

STRANGE = {
    "null": None,
    "a list": [],
    "a nested list": [[[]]],
    "an object": {},
    "an object with an operator": {"$gt": ""},
    "true": True,
    "nul": "a\0b",
    "half a surrogate": "\ud800",
    "too long": "x" * 20_000,
}
TEXTS = {
    "register": ("email", "password", "name"),
    "sign in": ("email", "password"),
    "session": ("email", "password"),
    "me": ("name", "password"),
    "create": ("title", "description", "link"),
    "update": ("title", "description", "link"),
    "tag": ("name",),
    "ingredient": ("name",),
}
VALID = {
    "register": {"email": "new@example.org", "password": PASSWORD, "name": "New"},
    "sign in": {"email": "ann@example.org", "password": PASSWORD},
    "session": {"email": "ann@example.org", "password": PASSWORD},
    "create": SOUP,
}


@pytest.mark.parametrize("value", STRANGE)
@pytest.mark.parametrize("write", TEXTS)
def test_texts(refused, write, value):
    method, path = WRITES[write]
    for field in TEXTS[write]:
        body = VALID.get(write, {}) | {field: STRANGE[value]}

        response = refused(method, path, json.dumps(body).encode(), status=400)

        assert response.json()["errors"][0]["field"] == field


def fields() -> Iterator[tuple[str, object]]:
    for value in ("x", "", -1, 0, 0.5, 2**31, 10**30, "1e5", "0x10", [], {}, None, True):
        yield "time_minutes", value
    for value in ("x", "", -1, "0.001", 10**6, 10**30, "NaN", "Infinity", "1e99", [], {}, None):
        yield "price", value
    for value in ("x", 1, {}, None, [1], ["x"], [[]], [None], [{}], [{"name": None}],
                  [{"name": ""}], [{"name": []}], [{"name": "a\0b"}], [{"name": "x" * 101}],
                  [{"name": str(n)} for n in range(51)]):  # fmt: skip
        yield "tags", value
        yield "ingredients", value
    for value in ("javascript:alert(1)", "data:text/html,x", "//example.org", "file:///etc/passwd",
                  "http://", "http://a b", "https://example.org/\r\nSet-Cookie: a=b", "ftp://x",
                  "https://" + "x" * 500 + ".org"):  # fmt: skip
        yield "link", value


@pytest.mark.parametrize(
    ("field", "value"), [pytest.param(*item, id=f"{item[0]}={item[1]!r:.30}") for item in fields()]
)
def test_fields_of_a_recipe(refused, field, value):
    for write in ("create", "replace", "update"):
        method, path = WRITES[write]

        response = refused(method, path, json.dumps(SOUP | {field: value}).encode(), status=400)

        assert response.json()["errors"][0]["field"].split(".")[0] == field


@pytest.mark.parametrize(
    "email",
    ["ann", "@example.org", "ann@", "ann@@example.org", "ann@exa mple.org", "a" * 300 + "@a.org",
     "ann@example.org\r\nBcc: bob@example.org", "ann@example.org\0", "' OR 1=1 --@example.org",
     "<script>@example.org", "ann@127.0.0.1", "ANN@EXAMPLE.ORG", " ann@example.org "],
)  # fmt: skip
def test_addresses(refused, email):
    """The last ones belong to somebody already: 409."""
    body = VALID["register"] | {"email": email}
    status = 409 if email.strip().lower() == "ann@example.org" else 400

    refused("POST", "/api/v1/users/", json.dumps(body).encode(), status=status)


@pytest.mark.parametrize("write", ["sign in", "session"])
@pytest.mark.parametrize(
    "text", ["' OR '1'='1", "'; DROP TABLE users_user; --", "%", "_" * 20, "*", "ann@example.org\0"]
)
def test_injection_into_credentials(refused, write, text):
    for field in ("email", "password"):
        body = VALID[write] | {field: text}
        refused(*WRITES[write], json.dumps(body).encode(), status=400)


def test_fields_that_are_not_the_clients(client, user, stranger):
    """They are ignored, as unknown ones are."""
    extra = {"id": OTHERS, "owner": stranger.pk, "owner_id": stranger.pk, "image": "x",
             "version": 9, "thumbnail": "x", "created_at": "2000-01-01T00:00:00Z",
             "is_superuser": True}  # fmt: skip

    made = client.post(RECIPES, SOUP | extra).json()
    client.patch("/api/v1/users/me/", extra | {"is_staff": True, "email": "x@example.org"})

    recipe = Recipe.objects.get(pk=made["id"])
    user.refresh_from_db()
    assert recipe.pk not in (MINE, OTHERS)
    assert (recipe.owner, recipe.image.name, recipe.version) == (user, "", 1)
    assert recipe.created_at.year > 2000
    assert (user.email, user.is_staff, user.is_superuser) == ("ann@example.org", False, False)


# --- queries ------------------------------------------------------------------

QUERIES = [
    "tags=x", "tags=1'", "tags=1;DROP TABLE recipes_recipe", "tags=1 OR 1=1", "tags=1,,x",
    "tags=0", "tags=-1", "tags=1.5", "tags=" + "9" * 30, "tags=%00", "tags=%ff", "tags[]=x&tags=]",
    "ingredients=1)--", "ingredients=1%0d%0aX: y", "price_min=x", "price_min=NaN",
    "price_max=Infinity", "price_max=1e99", "price_max=" + "9" * 400, "time_minutes_max=1.5",
    "time_minutes_max=-1", "time_minutes_max=" + "9" * 400, "created_after=soon",
    "created_before=2026-13-45", "created_after=9999999-01-01", "created_before=%00",
    "search=%00", "search=a%00b", "search=" + "a " * 101, "search=" + "%25" * 201,
    "page_size=x", "page_size=-1", "page_size=0", "page_size=" + "9" * 400, "has_image=perhaps",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES, ids=[query[:40] for query in QUERIES])
def test_queries(refused, query):
    refused("GET", f"{RECIPES}?{query}", status=400)


@pytest.mark.parametrize("cursor", ["", "x", "' OR 1=1", "%ff", "%00", "W10=", "e30=", "a" * 3000])
def test_cursors(refused, cursor):
    for path in LISTS:
        refused("GET", f"{path}?cursor={cursor}", status=404)


HARMLESS = [
    "ordering=owner__password", "ordering='", "ordering=-", "ordering=title;DROP", "ordering=%00",
    "ordering=title,,,-price", "search=%25' OR 1=1 --", "search=%ff", "unknown=1", "%ff=%ff",
    "&&==", "owner=2002", "owner_id=2002", "format=xml",
]  # fmt: skip


@pytest.mark.parametrize("query", HARMLESS, ids=[query[:40] for query in HARMLESS])
def test_queries_that_mean_nothing(client, query):
    """They are ignored or find nothing, and never somebody else's."""
    client.raise_request_exception = False
    for path in LISTS:
        response = client.get(f"{path}?{query}")

        if response.status_code == 200:
            assert {item["id"] for item in response.json()["results"]} <= {MINE}
        else:
            problem(response, response.status_code)
            assert 400 <= response.status_code < 500


# --- paths --------------------------------------------------------------------

PATHS = [
    f"{RECIPES}0/", f"{RECIPES}-1/", f"{RECIPES}1.0/", f"{RECIPES}1e3/", f"{RECIPES}null/",
    f"{RECIPES}{'9' * 19}/", f"{RECIPES}{'9' * 400}/", f"{RECIPES}%00/", f"{RECIPES}%ff/",
    f"{RECIPES}1%20OR%201=1/", f"{RECIPES}1;/", f"{RECIPES}%2e%2e/", f"{RECIPES}../users/me",
    f"{RECIPES}%2e%2e%2f%2e%2e%2fetc%2fpasswd", f"{RECIPES}\uff11/", f"{RECIPES}1/image/../../x/",
    "/static/../config/settings.py", "/static/%2e%2e/manage.py", "/static/..%5c..%5cmanage.py",
    "/static//etc/passwd", "/.env", "/.git/config", "/media/recipes/1/x.png", "/api/v2/recipes/",
    "/api/v1/", "/api/v1/users/1/", "//evil.example/%2e%2e", "/api/v1/recipes//", "/x" * 3000,
    f"/api/v1/tags/{'9' * 30}/", "/health/../admin/", "/HEALTH/LIVE", "/%0d%0aSet-Cookie:a=b",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS, ids=[path[:40] for path in PATHS])
def test_paths(refused, path):
    refused("GET", path, status=range(404, 406))


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "FOO", "X" * 1000, "POST"])
@pytest.mark.parametrize("path", [f"{RECIPES}{MINE}/", "/api/v1/users/me/"])
def test_methods(refused, path, method):
    response = refused(method, path, status=405)

    assert "GET" in response["Allow"]


@pytest.mark.parametrize("path", ["/", "/health/live", "/version"])
def test_pages_are_read_only(client, path):
    assert client.post(path).status_code == 405


# --- other users' things --------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *((method, f"{RECIPES}{OTHERS}/") for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE")),
        *((method, f"{RECIPES}{OTHERS}/image/") for method in ("PUT", "DELETE")),
        *(
            (method, f"/api/v1/{kind}/{OTHERS}/")
            for kind in ("tags", "ingredients")
            for method in ("PATCH", "DELETE")
        ),
    ],
)
def test_other_users_things_do_not_exist(refused, method, path):
    kind = "multipart/form-data; boundary=x" if "image" in path else "application/json"

    refused(method, path, json.dumps(SOUP | {"name": "x"}).encode(), status=404, content_type=kind)


@pytest.mark.parametrize("field", ["tags", "ingredients"])
def test_filtering_by_other_users_names_finds_nothing(client, field):
    assert client.get(RECIPES, {field: OTHERS}).json()["results"] == []


@pytest.mark.parametrize(
    ("write", "path"), [(w, p) for w, (_, p) in WRITES.items() if "users/" not in p]
)
def test_nothing_without_signing_in(refused, anonymous, write, path):
    anonymous.raise_request_exception = False

    refused(WRITES[write][0], path, b"{}", status=401, client=anonymous)


# --- headers ------------------------------------------------------------------

TOKENS = [
    "Token", "Token ", "Token a b", "Token x", "Token \xff", "Token " + "x" * 8000, "Bearer x",
    "Basic YTpi", "Token ' OR 1=1", "Token \0", "token", "Token null", "\xff",
]  # fmt: skip


@pytest.mark.parametrize("token", TOKENS, ids=[repr(token[:30]) for token in TOKENS])
def test_tokens(refused, token):
    refused("GET", RECIPES, status=401, client=APIClient(HTTP_AUTHORIZATION=token))


@pytest.mark.parametrize("cookie", ["x", "../../etc/passwd", "'; DROP TABLE x", "\xff", "x" * 4000])
def test_sessions_that_do_not_exist(refused, settings, cookie):
    client = APIClient()
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie

    refused("GET", RECIPES, status=401, client=client)


KEYS = ["", " ", "a b", "x" * 256, "clé", "\0", "a\tb", "a\r\nSet-Cookie: a=b"]


@pytest.mark.parametrize("key", KEYS, ids=[repr(key[:20]) for key in KEYS])
def test_idempotency_keys(refused, key):
    body = json.dumps(SOUP | {"name": "new"}).encode()
    for path in LISTS:
        refused("POST", path, body, status=400, HTTP_IDEMPOTENCY_KEY=key)


TAGS = ['"0"', '"2"', 'W/"1"', '"x"', "1", '"', '"' + "9" * 400 + '"', "\xff", '"1', "' OR 1=1"]


@pytest.mark.parametrize("tag", TAGS, ids=[tag[:20] for tag in TAGS])
def test_preconditions(refused, tag):
    body = json.dumps(SOUP).encode()
    for method in ("PUT", "PATCH", "DELETE"):
        refused(method, f"{RECIPES}{MINE}/", body, status=412, HTTP_IF_MATCH=tag)


@pytest.mark.parametrize("accept", ["application/xml", "image/*", "text/csv", "x", "*"])
def test_types_of_answers(refused, accept):
    refused("GET", RECIPES, status=406, HTTP_ACCEPT=accept)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "testserver.evil.example", "testserver:99999x", "a b", "", "\xff", "[::1"],
)
def test_hosts(refused, host):
    """A link in an answer must not lead to where somebody else says."""
    refused("GET", RECIPES, status=400, HTTP_HOST=host)


HEADERS = {
    "HTTP_X_FORWARDED_HOST": "evil.example",
    "HTTP_X_FORWARDED_FOR": "' OR 1=1, \xff, " + "1" * 5000,
    "HTTP_X_FORWARDED_PROTO": "gopher",
    "HTTP_X_AMZN_TRACE_ID": 'Root=1-x\r\nSet-Cookie: a=b;Root="}',
    "HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE",
    "HTTP_ACCEPT_LANGUAGE": "x" * 5000,
    "HTTP_ACCEPT_ENCODING": "\xff",
    "HTTP_IF_NONE_MATCH": '"' * 999,
    "HTTP_IF_MODIFIED_SINCE": "yesterday",
    "HTTP_RANGE": "bytes=-1-x",
    "HTTP_COOKIE": "=;;=;\xff=\xff",
    "HTTP_ORIGIN": "null",
    "HTTP_REFERER": "javascript:alert(1)",
    "HTTP_TRANSFER_ENCODING": "chunked, x",
    "CONTENT_LENGTH": "-1",
}


@pytest.mark.parametrize("header", HEADERS)
def test_headers_that_mean_nothing(client, header):
    client.raise_request_exception = False
    before = everything()

    response = client.get(RECIPES, **{header: HEADERS[header]})

    assert response.status_code == 200
    assert "evil" not in response.content.decode()
    assert "Set-Cookie" not in response
    assert response["X-Request-Id"].isalnum()
    assert everything() == before


# --- images -------------------------------------------------------------------


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int, *extra: bytes, data: bytes = b"") -> bytes:
    """A PNG that claims a size, with a few bytes of pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", data or zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + pixels + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    packed = zlib.compress(b"a" * 200_000_000)
    return bomb(8, 8, chunk(b"zTXt", b"x\0\0" + packed), data=zlib.compress(b"\0" * 200))


IMAGES = {
    "empty": b"",
    "text": b"hello",
    "html": b"<html><script>alert(1)</script></html>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "svg behind xml": b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaa">]><svg>&a;</svg>',
    "pdf": b"%PDF-1.7\n",
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "zip": b"PK\x03\x04" + b"\0" * 60,
    "elf": b"\x7fELF" + b"\0" * 60,
    "gif": png(kind="GIF"),
    "tiff": png(kind="TIFF"),
    "bmp": png(kind="BMP"),
    "icon": png(32, 32, kind="ICO"),
    "only a signature": b"\x89PNG\r\n\x1a\n",
    "a cut png": png(200, 200)[:-100],
    "a cut jpeg": png(200, 200, "JPEG")[:-200],
    "a cut webp": png(200, 200, "WEBP")[:-40],
    "a png with a wrong checksum": png()[:30] + b"\0\0" + png()[32:],
    "no pixels": bomb(0, 0),
    "a bomb": bomb(30_000, 30_000),
    "a bomb of a line": bomb(2**31 - 1, 1),
    "a larger bomb": bomb(2**31 - 1, 2**31 - 1),
    "a bomb of text": text_bomb(),
    "fewer pixels than claimed": bomb(4000, 4000),
    "too many pixels": png(4001, 4000),
    "too many bytes": png() + b"\0" * 5 * 1024 * 1024,
    "a jpeg that claims to be huge": b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03"
    + b"\0" * 50,
    "a webp of nothing": b"RIFF\xff\xff\xff\xffWEBPVP8X" + b"\xff" * 30,
}


@pytest.mark.parametrize("image", IMAGES)
def test_images(refused, image):
    body, kind = form(("image", "photo.png", IMAGES[image]))

    response = refused("PUT", f"{RECIPES}{MINE}/image/", body, status=400, content_type=kind)

    assert response.json()["errors"][0]["field"] == "image"


def form(*files: tuple[str, str, bytes], boundary: str = "x") -> tuple[bytes, str]:
    out = io.BytesIO()
    for field, name, content in files:
        out.write(f"--{boundary}\r\nContent-Disposition: form-data; ".encode())
        out.write(f'name="{field}"; filename="{name}"\r\n'.encode("utf-8", "surrogateescape"))
        out.write(b"Content-Type: image/png\r\n\r\n" + content + b"\r\n")
    out.write(f"--{boundary}--\r\n".encode())
    return out.getvalue(), f"multipart/form-data; boundary={boundary}"


FORMS = {
    "no boundary": (b"--x--\r\n", "multipart/form-data"),
    "an empty boundary": (b"--x--\r\n", "multipart/form-data; boundary="),
    "a strange boundary": (b"--x--\r\n", 'multipart/form-data; boundary="\xff"'),
    "a long boundary": (b"--x--\r\n", f"multipart/form-data; boundary={'x' * 300}"),
    "another boundary": (form(("image", "x.png", png()))[0], "multipart/form-data; boundary=y"),
    "nothing": (b"", "multipart/form-data; boundary=x"),
    "garbage": (b"\xff\0" * 100, "multipart/form-data; boundary=x"),
    "no file": form(),
    "another field": form(("photo", "x.png", png())),
    "a text": (
        b'--x\r\nContent-Disposition: form-data; name="image"\r\n\r\nx\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    ),
    "an unfinished part": (
        b'--x\r\nContent-Disposition: form-data; name="image"; filename="x.png"\r\n\r\n\x89PNG',
        "multipart/form-data; boundary=x",
    ),
    "base64 that is none": (
        b'--x\r\nContent-Disposition: form-data; name="image"; filename="x.png"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n%%%\r\n--x--\r\n",
        "multipart/form-data; boundary=x",
    ),
    "a header without an end": (
        b"--x\r\nContent-Disposition: " + b"a" * 100_000,
        "multipart/form-data; boundary=x",
    ),
    "a thousand files": form(*(("image", f"{n}.png", b"x") for n in range(1000))),
    "no name": form(("image", "", png())),
    "a name that is a directory": form(("image", "..", png())),
}


@pytest.mark.parametrize("name", FORMS)
def test_forms(refused, name):
    body, kind = FORMS[name]

    # A header that can't be read is none: 415.
    statuses = range(400, 416)
    refused("PUT", f"{RECIPES}{MINE}/image/", body, status=statuses, content_type=kind)


NAMES = ["../../etc/passwd", "..\\..\\x.png", "/etc/passwd", "x\0.png", "x.png\r\nX-Evil: 1",
         "a" * 200, "a" * 300 + ".png", "<script>.png", "x.php", "con",
         "\uff0e\uff0e\uff0fx.png", "\udcff.png", "%2e%2e%2fx.png"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=[repr(name[:20]) for name in NAMES])
def test_names_of_files_are_never_used(client, bucket, name):
    client.raise_request_exception = False
    body, kind = form(("image", name, png()))

    response = client.generic("PUT", f"{RECIPES}{MINE}/image/", body, content_type=kind)

    stored = [item.key for item in bucket.objects.all()]
    if response.status_code == 200:
        [key] = stored
        assert re.fullmatch(rf"media/recipes/{MINE}/image_[A-Za-z0-9]{{22}}\.png", key)
    else:
        problem(response, 400)
        assert stored == []


def test_a_huge_upload_is_refused_unread(refused):
    refused(
        "PUT", f"{RECIPES}{MINE}/image/", status=413,
        content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(10**12),
    )  # fmt: skip


@pytest.mark.parametrize("length", ["x", "-5", "1e9", "0x10", " "])
def test_lengths(refused, length):
    """Without a length there is no body."""
    refused("POST", RECIPES, b"{}", status=400, CONTENT_LENGTH=length)


def test_images_of_others_cannot_be_set(stranger, bucket):
    client = signed_in(stranger)
    file = SimpleUploadedFile("x.png", png())

    response = client.put(f"{RECIPES}{MINE}/image/", {"image": file}, format="multipart")

    problem(response, 404)
    assert list(bucket.objects.all()) == []


def test_somebody_who_may_no_longer_sign_in(refused):
    gone = UserFactory(email="gone@example.org")
    client = signed_in(gone)
    User.objects.filter(pk=gone.pk).update(is_active=False)

    refused("GET", RECIPES, status=401, client=client)
