"""The app as gunicorn serves it, and a headless Chromium to look at it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection
from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

from tests.fuzz.__main__ import free_address

ROOT = Path(__file__).resolve().parent.parent.parent
SCREENSHOTS = ROOT.parent / ".slipway" / "screenshots"
START_SECONDS = 60
WAIT_SECONDS = 30

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
    "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--hide-scrollbars",
)  # fmt: skip


@pytest.fixture(scope="session")
def static_root(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("static")


@pytest.fixture
def site(transactional_db, static_root, tmp_path) -> Iterator[str]:
    """The address of a running server, on this test's database."""
    address = free_address()
    environ = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
        "TEST_STATIC_ROOT": str(static_root),
        "DJANGO_ALLOWED_HOSTS": "127.0.0.1",
        "DB_NAME": connection.settings_dict["NAME"],
        "APP_VERSION": "1.4.0",
        "APP_COMMIT": "0123456789abcdef",
        "APP_ENVIRONMENT": "production",
        "DRAIN_DELAY": "0",
    }
    if not any(static_root.iterdir()):
        command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
        subprocess.run(command, cwd=ROOT, env=environ, check=True)
    with (tmp_path / "server.log").open("w+") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "--bind", address,
             "config.wsgi:application"],
            cwd=ROOT, env=environ, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            wait_until_ready(f"http://{address}", server, log)
            yield f"http://{address}"
        finally:
            server.terminate()
            server.wait()


def wait_until_ready(url: str, server: subprocess.Popen, log) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{url}/health/ready", timeout=5).close()  # noqa: S310
            return
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                log.seek(0)
                pytest.fail(f"the server does not start:\n{log.read()}")
            time.sleep(0.1)


@dataclass
class Browser:
    driver: webdriver.Chrome
    site: str
    width: int

    def resize(self) -> None:
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": self.width, "height": 960, "deviceScaleFactor": 1, "mobile": False},
        )

    def open(self, path: str) -> None:
        self.driver.get(f"{self.site}{path}")

    def wait(self, condition):
        try:
            return WebDriverWait(self.driver, WAIT_SECONDS).until(condition)
        except TimeoutException:
            self.screenshot("failure")
            pytest.fail(
                f"not there after {WAIT_SECONDS} s at {self.driver.current_url}: see "
                f"{SCREENSHOTS}/failure.png; the console said {self.complaints()}"
            )

    def complaints(self) -> list[str]:
        """Return what the console has said since the last call: errors and violations."""
        return [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["level"] in ("WARNING", "SEVERE")
        ]

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        script = "return document.documentElement.scrollWidth - window.innerWidth"
        return self.driver.execute_script(script)

    def screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(SCREENSHOTS / f"{name}.png"))


@pytest.fixture(scope="session")
def chromium(tmp_path_factory) -> Iterator[webdriver.Chrome]:
    programs = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    if missing := [name for name, path in programs.items() if path is None]:
        pytest.fail(
            f"{' and '.join(missing)} not found: install Debian's packages chromium and "
            "chromium-driver, or others of these names on the PATH"
        )
    options = webdriver.ChromeOptions()
    options.binary_location = programs["chromium"]
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(programs["chromedriver"]))
    yield driver
    driver.quit()


@pytest.fixture(params=[390, 1440])
def browser(request, chromium, site) -> Browser:
    """A browser without cookies, as wide as a phone or a desktop."""
    found = Browser(chromium, site, request.param)
    found.resize()
    # Cookies belong to a host, whatever its port.
    chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
    found.complaints()
    return found
