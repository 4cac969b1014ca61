import pytest
from django.db import connection
from django.test import Client

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


def test_version():
    response = Client().get("/version", HTTP_HOST=UNKNOWN_HOST)

    assert response.json() == {"version": "1.2.3", "environment": "test"}


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/version"])
def test_only_reads(path):
    assert Client().post(path).status_code == 405
