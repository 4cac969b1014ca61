"""Signing in with a cookie, as browsers do."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from rest_framework.test import APIClient

from apps.recipes.models import Recipe
from tests.conftest import PASSWORD, RECIPES, SOUP, problem
from tests.test_environment import GOOD, ROOT

SESSION = "/api/v1/users/session/"
ME = "/api/v1/users/me/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(user) -> APIClient:
    return APIClient(enforce_csrf_checks=True)


def sign_in(browser: APIClient, user, password: str = PASSWORD):
    return browser.post(SESSION, {"email": user.email, "password": password})


def test_sign_in(browser, user):
    response = sign_in(browser, user)

    assert response.status_code == 200
    assert response.json()["user"] == {"id": user.pk, "email": "ann@example.org", "name": "Ann"}
    cookie = browser.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert browser.get(ME).json()["email"] == "ann@example.org"


def test_changes_need_the_csrf_token(browser, user):
    token = sign_in(browser, user).json()["csrf_token"]

    assert "CSRF" in problem(browser.post(RECIPES, SOUP), 403)["detail"]
    assert not Recipe.objects.exists()
    response = browser.post(RECIPES, SOUP, headers={"X-CSRFToken": token})
    assert response.status_code == 201


def test_sign_out(browser, user):
    token = sign_in(browser, user).json()["csrf_token"]

    assert browser.delete(SESSION, headers={"X-CSRFToken": token}).status_code == 204
    problem(browser.get(ME), 401)


def test_wrong_password(browser, user):
    problem(sign_in(browser, user, "wrong"))

    assert "sessionid" not in browser.cookies
    problem(browser.get(ME), 401)


def test_only_json_signs_in(browser, user):
    """A form on another site could send this without asking; it can't send JSON."""
    body = f'{{"email": "{user.email}", "password": "{PASSWORD}"}}'

    problem(browser.generic("POST", SESSION, body, content_type="text/plain"), 415)


def test_a_new_password_ends_sessions(browser, user):
    other = APIClient()
    sign_in(other, user)
    token = sign_in(browser, user).json()["csrf_token"]

    change = {"password": "battery staple horse"}
    assert browser.patch(ME, change, headers={"X-CSRFToken": token}).status_code == 200

    problem(browser.get(ME), 401)
    problem(other.get(ME), 401)


def test_a_session_does_not_sign_out_of_a_token(browser, user):
    token = sign_in(browser, user).json()["csrf_token"]

    response = browser.delete("/api/v1/users/token/", headers={"X-CSRFToken": token})

    assert response.status_code == 204
    assert browser.get(ME).status_code == 200


def test_cookies_over_https():
    """Browsers take a __Host- cookie only with Secure, Path=/ and no Domain."""
    code = """
from django.conf import settings as s
assert s.SESSION_COOKIE_NAME == "__Host-session" and s.CSRF_COOKIE_NAME == "__Host-csrf"
assert s.SESSION_COOKIE_SECURE and s.CSRF_COOKIE_SECURE
assert s.SESSION_COOKIE_PATH == s.CSRF_COOKIE_PATH == "/"
assert s.SESSION_COOKIE_DOMAIN is None and s.CSRF_COOKIE_DOMAIN is None
assert s.SECURE_HSTS_SECONDS >= 31536000
"""
    environ = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings", **GOOD}

    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environ, check=True)
