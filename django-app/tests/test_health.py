import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.db import connection
from django.test import Client

from apps.core import container

UNKNOWN_HOST = "10.0.3.17:8000"  # a load balancer's check carries the task's address

# Tests without the db fixture can't reach the database: pytest-django refuses it.


def test_live_needs_neither_database_nor_host():
    response = Client().get("/health/live", HTTP_HOST=UNKNOWN_HOST)

    assert response.status_code == 200
    assert response.json() == {"status": "ok"}
    assert response["Cache-Control"] == "no-store"


def test_live_is_not_redirected_to_https(settings):
    settings.SECURE_SSL_REDIRECT = True

    assert Client().get("/health/live").status_code == 200


def test_ready(db):
    response = Client().get("/health/ready", HTTP_HOST=UNKNOWN_HOST)

    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok"}


def test_not_ready_without_database(django_db_blocker, monkeypatch, log_lines):
    with django_db_blocker.unblock():
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        monkeypatch.setitem(connection.settings_dict, "PORT", "1")
        with log_lines() as lines:
            response = Client().get("/health/ready")
        connection.close()

    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "database": "unreachable"}
    assert lines[0]["message"] == "database is not ready"
    assert lines[0]["error"] == "OperationalError"


def test_version(monkeypatch):
    monkeypatch.delenv("ECS_CONTAINER_METADATA_URI_V4", raising=False)

    response = Client().get("/version", HTTP_HOST=UNKNOWN_HOST)

    assert response.json() == {
        "version": "1.2.3", "commit": "unknown", "environment": "test", "image": None,
    }  # fmt: skip


@pytest.fixture
def metadata(monkeypatch):
    """Serve this text where ECS serves a container's metadata."""

    def serve(text: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *args):
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/v4/abc"
        monkeypatch.setenv("ECS_CONTAINER_METADATA_URI_V4", address)

    servers: list[HTTPServer] = []
    container.image_digest.cache_clear()
    yield serve
    container.image_digest.cache_clear()
    for server in servers:
        server.shutdown()
        server.server_close()


def test_version_names_the_image(metadata):
    metadata('{"ImageID": "sha256:0123"}')

    assert Client().get("/version").json()["image"] == "sha256:0123"


@pytest.mark.parametrize("text", ["no json", "[]", "{}", '{"ImageID": 1}'])
def test_version_without_a_usable_image(metadata, text):
    metadata(text)

    assert Client().get("/version").json()["image"] is None


def test_no_answer_about_the_image(metadata, monkeypatch):
    for address in ("http://127.0.0.1:1/", "file:///etc/hostname"):
        monkeypatch.setenv("ECS_CONTAINER_METADATA_URI_V4", address)
        container.image_digest.cache_clear()
        assert Client().get("/version").json()["image"] is None


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/version"])
def test_only_reads(path):
    response = Client().post(path)

    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    assert response["Content-Type"] == "application/problem+json"
