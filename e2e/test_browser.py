"""The sample app as its first administrator sees it: in Chromium, through the load balancer.

`make e2e` runs it on the stack that it has brought up; by itself it runs on one that is up already.
"""

from __future__ import annotations

import json
import os
import secrets
import struct
import subprocess

import pytest
from browser import chromium
from conftest import ROOT
from selenium.webdriver.common.by import By

PAGES = ("", "recipes/recipe/", "recipes/tag/", "recipes/ingredient/", "users/user/", "users/accesstoken/")


class TestInABrowser:
    """The tests build on each other, in this order."""

    email = f"ann-{secrets.token_hex(4)}@example.com"
    password = secrets.token_urlsafe(24)
    title = f"Leek soup {secrets.token_hex(4)}"

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def stack(cls, slipway):
        slipway.stack = os.environ.get("STACK", "staging")

    @pytest.fixture(scope="class")
    @classmethod
    def browser(cls, slipway, tmp_path_factory):
        with chromium(slipway.outputs()["url"], tmp_path_factory.mktemp("chromium")) as found:
            yield found

    @pytest.fixture(scope="class")
    @classmethod
    def picture(cls, browser, tmp_path_factory):
        """A PNG to upload: the landing page's screenshot."""
        path = tmp_path_factory.mktemp("picture") / "soup.png"
        browser.open("/")
        browser.driver.save_screenshot(str(path))
        return path

    def test_the_first_administrator_is_made(self, slipway, aws):
        done = subprocess.run(
            ["make", "createsuperuser", f"EMAIL={self.email}", f"STACK={slipway.stack}"],
            cwd=ROOT, input=f"{self.password}\n", text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        print(done.stdout)
        assert done.returncode == 0
        assert "superuser created" in done.stdout
        outputs = slipway.outputs()
        log = json.dumps(aws("logs").filter_log_events(logGroupName=outputs["logGroup"])["events"])
        assert "superuser created" in log, "the task's log is elsewhere: what follows looks at the wrong one"
        assert self.password not in done.stdout + log
        left = aws("secretsmanager").list_secrets(IncludePlannedDeletion=True)["SecretList"]
        assert left, "no secret at all: the app has one, so this looks at the wrong place"
        assert [s["Name"] for s in left if s["Name"].startswith(outputs["superuserSecret"])] == []

    def test_a_wrong_password_is_refused(self, browser):
        browser.open("/admin/")
        browser.type("[name=username]", self.email)
        browser.type("[name=password]", self.password + "x")
        browser.click("[type=submit]")
        assert "correct email" in browser.find(".errornote").text

    def test_signing_in_opens_the_admin(self, browser):
        browser.open("/admin/")
        browser.screenshot("login")
        browser.type("[name=username]", self.email)
        browser.type("[name=password]", self.password)
        browser.click("[type=submit]")
        assert browser.find("#user-tools").text
        https = browser.site.startswith("https:")
        (session,) = (cookie for cookie in browser.driver.get_cookies() if "session" in cookie["name"])
        assert (session["secure"], session["httpOnly"]) == (https, True)
        assert session["name"].startswith("__Host-") == https
        assert browser.complaints() == []
        browser.screenshot("admin")
        for page in PAGES:
            browser.open(f"/admin/{page}")
            browser.find("#content")
            assert browser.complaints() == [], page

    def test_a_recipe_is_made_in_the_admin(self, browser):
        browser.open("/admin/recipes/recipe/add/")
        browser.click(".field-owner .select2-selection")
        browser.type(".select2-dropdown .select2-search__field", self.email)
        browser.wait(
            "the owner",
            lambda driver: (
                [e.text for e in driver.find_elements(By.CSS_SELECTOR, ".select2-results__option")] == [self.email]
            ),
        )
        browser.click(".select2-results__option")
        for name, value in {"title": self.title, "time_minutes": "20", "price": "3.50"}.items():
            browser.type(f"[name={name}]", value)
        browser.screenshot("recipe-form")
        browser.click("[name=_continue]")
        assert self.title in browser.find(".messagelist .success").text
        assert browser.complaints() == []

    def execute(self, browser, operation: str, **values: str) -> str:
        """Tries an operation out on the API's page and returns what it answered; a value is typed, or a file's path."""
        browser.open("/api/docs/")
        block = f".opblock[id$='-{operation}']"
        browser.click(f"{block} .opblock-summary-control")
        browser.click(f"{block} .try-out__btn")
        for name, value in values.items():
            row = f"{block} [data-param-name='{name}'] input, {block} [data-property-name='{name}'] input"
            browser.find(row).send_keys(value)
        browser.click(f"{block} .execute")
        status = browser.find(f"{block} .live-responses-table tbody .response-col_status").text
        browser.show(f"{block} .live-responses-table")
        body = browser.find(f"{block} .live-responses-table .highlight-code code").text
        browser.screenshot(operation.replace("_", "-"))
        assert status.split()[0] == "200", f"{operation} answered {status}: {body}"
        return body

    def test_the_page_of_the_api_tries_an_operation_out(self, browser):
        assert self.title in self.execute(browser, "recipes_list")
        assert browser.complaints() == []

    def test_an_image_is_uploaded_and_seen(self, browser, picture):
        (recipe,) = json.loads(self.execute(browser, "recipes_list"))["results"]
        answer = json.loads(self.execute(browser, "recipes_image_set", id=str(recipe["id"]), image=str(picture)))
        assert answer["image"]
        assert browser.complaints() == []

        change = f"/admin/recipes/recipe/{recipe['id']}/change/"
        browser.open(change)
        browser.screenshot("recipe")
        assert browser.complaints() == []
        assert self.follow(browser, ".field-image a") == struct.unpack(">II", picture.read_bytes()[16:24])
        browser.screenshot("image")

        def thumbnail(driver):
            browser.open(change)
            return driver.find_elements(By.CSS_SELECTOR, ".field-thumbnail a")

        browser.wait("the worker's thumbnail", thumbnail)
        width, _ = self.follow(browser, ".field-thumbnail a")
        assert 0 < width < 1000
        browser.screenshot("thumbnail")

    def follow(self, browser, selector: str) -> tuple[int, int]:
        """Follows a link to an image out of the app, into S3, and returns its size as it is shown."""
        before = browser.driver.current_url
        browser.click(selector)
        browser.wait("another page", lambda driver: driver.current_url != before)
        script = """
            const [image] = document.contentType.startsWith("image/") ? document.images : [];
            return image?.complete && [image.naturalWidth, image.naturalHeight]"""
        size = tuple(browser.wait("an image", lambda driver: driver.execute_script(script)))
        browser.complaints()  # S3 has no icon for the tab
        return size

    def test_signing_out_closes_the_admin(self, browser):
        browser.open("/admin/")
        browser.click("#logout-form button")
        browser.wait("signed out", lambda driver: not driver.find_elements(By.ID, "user-tools"))
        browser.screenshot("signed-out")
        browser.open("/admin/recipes/recipe/")
        assert "/admin/login/" in browser.driver.current_url
        assert browser.complaints() == []
