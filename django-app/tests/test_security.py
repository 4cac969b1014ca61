"""Headers that protect, and limits."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.test import Client

from apps.core import throttling
from tests.conftest import RECIPES, problem, signed_in
from tests.factories import RecipeFactory
from tests.test_environment import GOOD, ROOT

EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/api/docs/", 200), ("/api/schema/", 200), ("/admin/login/", 200),
     (RECIPES, 401), ("/nothing", 404)],
)  # fmt: skip
def test_headers(db, path, status):
    response = Client().get(path)

    assert response.status_code == status
    assert {name: response[name] for name in EXPECTED} == EXPECTED
    assert "camera=()" in response["Permissions-Policy"]
    policy = dict(
        part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("subdomains", "preload", "expected"),
    [
        ("", "", "max-age=31536000"),
        ("true", "false", "max-age=31536000; includeSubDomains"),
        ("true", "true", "max-age=31536000; includeSubDomains; preload"),
    ],
)
def test_hsts(subdomains, preload, expected):
    """Over HTTPS, as the environment alone decides."""
    code = """
import django
django.setup()
from django.test import Client
headers = {"Host": "api.example.org", "X-Forwarded-Proto": "https"}
answer = Client().get("/nothing", headers=headers)
print(answer["Strict-Transport-Security"])
"""
    environ = {
        "PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings", **GOOD,
        "HSTS_SUBDOMAINS": subdomains, "HSTS_PRELOAD": preload,
    }  # fmt: skip

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environ, check=True, text=True,
        stdout=subprocess.PIPE,
    )  # fmt: skip

    assert done.stdout.splitlines()[-1] == expected


def test_browsable_api(client, user):
    RecipeFactory(owner=user)

    response = client.get(RECIPES, headers={"Accept": "text/html"})

    page = response.content.decode()
    assert response.status_code == 200
    assert "Soup" in page
    assert "style-src-attr 'unsafe-inline'" in response["Content-Security-Policy"]
    assert "script-src 'self';" in response["Content-Security-Policy"]
    assert "<style" not in page
    assert "onclick" not in page


@pytest.mark.parametrize("path", ["", "1/", "1/image/"])
def test_browsable_api_without_a_recipe(client, path):
    response = client.get(f"{RECIPES}{path}", headers={"Accept": "text/html"})

    assert response.status_code in (200, 404, 405)
    assert response["Content-Type"] == "text/html; charset=utf-8"


def test_the_docs_pages_script_is_a_file():
    page = Client().get("/api/docs/").content.decode()
    assert "<style" not in page
    assert "<script>" not in page

    response = Client().get("/api/docs/?script=")

    assert response["Content-Type"] == "application/javascript"
    assert b"SwaggerUIBundle" in response.content


@pytest.fixture
def noon(monkeypatch):
    monkeypatch.setattr(throttling.time, "time", lambda: 1_700_000_000.0)


def test_each_user_has_a_limit(client, stranger, settings, noon):
    settings.RATE_LIMITS = {"requests": 3, "credentials": 30}
    other = signed_in(stranger)

    assert [client.get(RECIPES).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert other.get(RECIPES).status_code == 200
    response = client.get(RECIPES)
    problem(response, 429)
    assert 0 < int(response["Retry-After"]) <= 60


def test_each_address_has_a_limit(db, anonymous, settings, noon):
    """Only the last address counts: the load balancer appended it, the rest may be made up."""
    settings.RATE_LIMITS = {"requests": 100, "credentials": 1}

    def status(addresses: str) -> int:
        return anonymous.post(
            "/api/v1/users/token/", {}, headers={"X-Forwarded-For": addresses}
        ).status_code

    assert status("203.0.113.1") == 400
    assert status("198.51.100.7, 203.0.113.1") == 429
    assert status("203.0.113.2") == 400
    assert status("x" * 500) == 400


def test_a_limit_that_the_cache_has_forgotten(client, monkeypatch):
    def forgotten(key):
        raise ValueError

    monkeypatch.setattr(throttling.cache, "incr", forgotten)

    assert client.get(RECIPES).status_code == 200
