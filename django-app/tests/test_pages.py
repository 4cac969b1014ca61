"""Pages beside the API: landing, schema, docs, admin, errors."""

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from apps.users.models import User
from tests.conftest import PASSWORD, problem
from tests.factories import RecipeFactory


def test_landing():
    response = Client().get("/")

    page = response.content.decode()
    assert response.status_code == 200
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert ">1.2.3<" in page
    assert ">test<" in page
    assert "curl http://testserver/api/v1/recipes/" in page
    links = set(re.findall(r'<a [^>]*href="([^"]+)"', page))
    assert links == {
        "/", "/api/docs/", "/api/schema/", "/api/v1/recipes/", "/admin/", "/health/ready",
        "/version",
    }  # fmt: skip
    assert "style=" not in page
    assert "<script" not in page
    assert Client().post("/").status_code == 405


def test_favicon():
    assert Client().get("/favicon.ico")["Location"] == "/static/core/icon.svg"


def test_schema():
    response = Client().get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})

    paths = response.json()["paths"]
    assert response.status_code == 200
    assert response.json()["openapi"] == "3.1.1"
    assert set(paths) == {
        "/api/v1/users/", "/api/v1/users/token/", "/api/v1/users/session/", "/api/v1/users/me/",
        "/api/v1/recipes/", "/api/v1/recipes/{id}/", "/api/v1/recipes/{id}/image/",
        "/api/v1/tags/", "/api/v1/tags/{id}/",
        "/api/v1/ingredients/", "/api/v1/ingredients/{id}/",
    }  # fmt: skip


def test_schema_has_no_warnings():
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_docs_page_needs_no_other_host():
    page = Client().get("/api/docs/").content.decode()

    assert "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js" in page
    assert "http://" not in page.replace("http://testserver", "")
    assert "https://" not in page


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing/", "/admin/nothing/x/"])
def test_not_found(path, db):
    response = Client().get(path)

    assert response.status_code in (302, 404)
    if response.status_code == 404:
        assert problem(response, 404)["detail"] == "Not Found."


def test_https_redirect_and_cookies(settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    assert Client().get("/").status_code == 301
    assert Client().get("/", headers={"X-Forwarded-Proto": "https"}).status_code == 200


@pytest.fixture
def admin(db) -> Client:
    User.objects.create_superuser("root@example.org", PASSWORD)
    client = Client()
    client.login(username="root@example.org", password=PASSWORD)
    return client


def test_admin_needs_staff(client, user):
    session = Client()
    session.login(username=user.email, password=PASSWORD)

    response = session.get("/admin/")

    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


def test_csrf_failure_is_json(user):
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {})

    assert "CSRF" in problem(response, 403)["detail"]


@pytest.mark.parametrize(
    "model", ["users_user", "users_accesstoken", "recipes_recipe", "recipes_tag",
              "recipes_ingredient"]
)  # fmt: skip
def test_admin_lists(admin, client, user, model):
    recipe = RecipeFactory(owner=user, tags=["a"], ingredients=["b"])
    ids = {
        "users_user": user.pk,
        "users_accesstoken": user.access_tokens.get().pk,
        "recipes_recipe": recipe.pk,
        "recipes_tag": recipe.tags.get().pk,
        "recipes_ingredient": recipe.ingredients.get().pk,
    }

    assert admin.get(reverse(f"admin:{model}_changelist")).status_code == 200
    assert admin.get(reverse(f"admin:{model}_change", args=[ids[model]])).status_code == 200


def test_admin_adds_a_user(admin):
    page = reverse("admin:users_user_add")
    data = {"email": "New@example.org", "usable_password": "true",
            "password1": PASSWORD, "password2": PASSWORD}  # fmt: skip

    assert admin.get(page).status_code == 200
    assert admin.post(page, data).status_code == 302
    assert User.objects.get(email="new@example.org").check_password(PASSWORD)


def test_admin_does_not_make_tokens(admin):
    assert admin.get(reverse("admin:users_accesstoken_add")).status_code == 403
