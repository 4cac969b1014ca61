"""The database goes away while a request is served: on the real PostgreSQL."""

from __future__ import annotations

import io
import signal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client

from apps.core import failover
from apps.core.models import IdempotencyKey
from apps.recipes import selectors, services
from apps.recipes.models import Recipe
from apps.users.models import User
from tests.conftest import PASSWORD, RECIPES, SOUP, png, problem, url
from tests.test_gunicorn import Server

pytestmark = pytest.mark.django_db(transaction=True)

REPEATED = "request is repeated on a new database connection"


def terminate(*, everybody: bool = False) -> None:
    """End this process's session, or each of the database's, as a restart of the server does."""
    admin = connection.copy()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    try:
        with admin.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "AND (%s OR pid = %s)",
                [everybody, pid],
            )
    finally:
        admin.close()


@pytest.fixture
def fails(monkeypatch):
    """Have a function end the session, before or after its work, the first `times` it is called."""

    def install(module, name: str, *, times: int = 1, after: bool = False) -> list[str]:
        real, calls = getattr(module, name), []

        def wrapped(*args, **kwargs):
            calls.append(name)
            if len(calls) > times:
                return real(*args, **kwargs)
            if not after:
                terminate()
                return real(*args, **kwargs)
            try:
                return real(*args, **kwargs)
            finally:
                terminate()

        monkeypatch.setattr(module, name, wrapped)
        return calls

    return install


@pytest.fixture
def quiet(client):
    """The client, which answers an unexpected error with 500 instead of raising it."""
    client.raise_request_exception = False
    return client


def unavailable(response) -> None:
    problem(response, 503)
    assert int(response["Retry-After"]) > 0
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_read_is_repeated(quiet, recipe, fails, log_lines, method):
    calls = fails(selectors, "recipe_page")

    with log_lines() as lines:
        response = getattr(quiet, method)(RECIPES)

    assert response.status_code == 200
    assert len(calls) == 2
    assert [line["message"] for line in lines].count(REPEATED) == 1
    assert [line["status"] for line in lines if line["logger"] == "app.request"] == [200]


def test_it_is_repeated_once(quiet, recipe, fails):
    calls = fails(selectors, "recipe_page", times=2)

    unavailable(quiet.get(RECIPES))

    assert len(calls) == 2
    assert quiet.get(RECIPES).status_code == 200


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_creation_with_a_key_is_repeated(quiet, fails, after):
    calls = fails(services, "recipe_create", after=after)

    response = quiet.post(RECIPES, SOUP, headers={"Idempotency-Key": "k"})

    assert response.status_code == 201
    assert len(calls) == 2
    assert (Recipe.objects.count(), IdempotencyKey.objects.count()) == (1, 1)


def test_a_creation_that_took_effect_is_not_made_twice(quiet, monkeypatch):
    """The connection is lost between the commit and its confirmation."""
    commit, commits = connection.connection.__class__.commit, []

    def lost(self):
        commit(self)
        commits.append(self)
        if len(commits) == 1:
            terminate()
            raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(connection.connection.__class__, "commit", lost)

    response = quiet.post(RECIPES, SOUP, headers={"Idempotency-Key": "k"})

    assert response.status_code == 201
    assert response["Idempotency-Replayed"] == "true"
    assert Recipe.objects.count() == 1


def test_a_creation_without_a_key_is_not(quiet, fails):
    calls = fails(services, "recipe_create")

    unavailable(quiet.post(RECIPES, SOUP))

    assert len(calls) == 1
    assert Recipe.objects.count() == 0
    assert quiet.post(RECIPES, SOUP).status_code == 201


@pytest.mark.parametrize(
    ("method", "function", "data", "expected"),
    [
        ("put", "recipe_update", SOUP | {"title": "Stew"}, 200),
        ("patch", "recipe_update", {"title": "Stew"}, 503),
        ("delete", "recipe_delete", None, 204),
    ],
)
def test_changes(quiet, recipe, fails, method, function, data, expected):
    fails(services, function)

    assert getattr(quiet, method)(url(recipe), data).status_code == expected


@pytest.mark.parametrize("method", ["put", "delete"])
def test_a_condition_is_checked_once(quiet, recipe, fails, method):
    """Had it taken effect, the repetition would be refused: 412 for one's own change."""
    fails(services, {"put": "recipe_update", "delete": "recipe_delete"}[method])

    response = getattr(quiet, method)(url(recipe), SOUP, headers={"If-Match": '"1"'})

    unavailable(response)


def test_an_upload_is_not_repeated(quiet, recipe, fails, bucket):
    fails(selectors, "recipe_list")
    file = SimpleUploadedFile("x.png", png())

    unavailable(quiet.put(f"{url(recipe)}image/", {"image": file}, format="multipart"))


@pytest.fixture
def away(monkeypatch):
    """No server listens where the database was."""
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    yield
    connection.close()


def test_without_a_database(client, away):
    client.raise_request_exception = False

    unavailable(client.get(RECIPES))
    assert client.get("/").status_code == 200
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 503


def test_a_session_that_cannot_be_saved(user, monkeypatch):
    """The middleware of sessions saves after the view; no view sees the error."""
    client = Client(raise_request_exception=False)

    def lost(self, must_create=False):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.save", lost)
    credentials = {"email": user.email, "password": PASSWORD}

    unavailable(client.post("/api/v1/users/session/", credentials, content_type="application/json"))


def test_a_body_that_ends_early(quiet):
    class Broken(io.BytesIO):
        def read(self, *args):
            raise OSError("connection reset by peer")

    response = quiet.generic(
        "PUT", f"{RECIPES}1/", content_type="application/json",
        **{"wsgi.input": Broken(), "CONTENT_LENGTH": "10"},
    )  # fmt: skip

    problem(response, 400)


def error(sql: str) -> Exception:
    with pytest.raises(Exception) as caught, connection.cursor() as cursor:  # noqa: PT011
        cursor.execute(sql)
    return caught.value


RAISE = "DO $$ BEGIN RAISE 'x' USING ERRCODE = '{}'; END $$"


@pytest.mark.parametrize("state", ["08006", "57P01", "57P02", "57P03", "25P03", "25006", "53300"])
def test_errors_of_a_database_that_is_away(state):
    assert failover.is_unavailable(error(RAISE.format(state)))


@pytest.mark.parametrize(
    "sql",
    [
        RAISE.format("40P01"),  # deadlock_detected
        "SELECT 1 / 0",
        "SELECT nothing",
        "SET statement_timeout = 1; SELECT pg_sleep(60)",
    ],
)
def test_errors_of_one_that_is_not(sql):
    assert not failover.is_unavailable(error(sql))
    connection.close()


def test_errors_of_something_else():
    assert not failover.is_unavailable(ValueError())
    assert not failover.is_unavailable(None)


def test_connections_that_died_between_requests_are_replaced(user):
    """In the server itself, where connections outlive requests."""
    config = connection.settings_dict
    server = Server(DB_NAME=config["NAME"], WEB_THREADS="1", DRAIN_DELAY="0")
    try:
        assert server.get("/health/ready")[0] == 200
        assert User.objects.count() == 1
        terminate(everybody=True)
        connection.close()
        assert server.get("/health/ready")[0] == 200
    finally:
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(60)
        server.process.stdout.close()
