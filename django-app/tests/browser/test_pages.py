"""What people see, in a real browser: it renders, and the console has nothing to say."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By

from apps.recipes.demo import seed
from apps.users.models import User
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADMIN = "root@example.org"


def test_landing(browser):
    browser.open("/")

    assert browser.driver.title == "Recipe API"
    assert "production" in browser.driver.find_element(By.CLASS_NAME, "badge").text
    assert "1.4.0" in browser.driver.find_element(By.TAG_NAME, "footer").text
    assert browser.overflow() <= 0
    browser.screenshot(f"landing-{browser.width}")
    assert browser.complaints() == []


def test_docs(browser):
    browser.open("/api/docs/")

    shown = browser.wait(lambda driver: driver.find_elements(By.CLASS_NAME, "opblock"))
    assert len(shown) == 24
    browser.screenshot(f"docs-{browser.width}")
    shown[0].find_element(By.CLASS_NAME, "opblock-summary-control").click()
    browser.wait(lambda driver: driver.find_elements(By.CLASS_NAME, "opblock-body"))
    assert browser.complaints() == []


@pytest.fixture
def signed_in(browser):
    User.objects.create_superuser(ADMIN, PASSWORD)
    seed(users=3, recipes=60)
    browser.open("/admin/")
    for field, value in {"username": ADMIN, "password": PASSWORD}.items():
        browser.driver.find_element(By.NAME, field).send_keys(value)
    browser.screenshot(f"admin-login-{browser.width}")
    browser.driver.find_element(By.CSS_SELECTOR, "[type=submit]").click()
    browser.wait(lambda driver: driver.find_elements(By.ID, "user-tools"))
    return browser


def test_admin(signed_in):
    browser = signed_in
    browser.screenshot(f"admin-{browser.width}")
    assert browser.complaints() == []
    for path in ("recipes/recipe/", "recipes/recipe/?q=soup", "recipes/tag/", "recipes/ingredient/",
                 "users/user/", "users/user/add/", "users/accesstoken/"):  # fmt: skip
        browser.open(f"/admin/{path}")
        assert browser.driver.find_element(By.ID, "content")
        assert browser.complaints() == [], path
    browser.open("/admin/recipes/recipe/")
    browser.screenshot(f"admin-recipes-{browser.width}")
    browser.driver.find_element(By.CSS_SELECTOR, "#result_list tbody th a").click()
    browser.wait(lambda driver: driver.find_elements(By.CLASS_NAME, "select2"))
    browser.screenshot(f"admin-recipe-{browser.width}")
    assert browser.complaints() == []


def test_browsable_api(signed_in):
    browser = signed_in
    for path in ("recipes/", "tags/", "users/me/"):
        browser.open(f"/api/v1/{path}")
        assert browser.driver.find_element(By.CLASS_NAME, "response-info")
        browser.screenshot(f"api-{path.replace('/', '')}-{browser.width}")
        assert browser.complaints() == [], path


def test_a_violation_would_be_noticed(browser):
    browser.open("/")
    browser.driver.execute_script(
        "const script = document.createElement('script');"
        "script.textContent = '1';"
        "document.body.append(script);"
    )

    [complaint] = browser.complaints()

    assert "Content Security Policy" in complaint
