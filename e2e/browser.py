"""A headless Chromium that looks at the stack."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from local import shown, where

SCREENSHOTS = Path(__file__).resolve().parent.parent / ".slipway/screenshots"
WAIT_SECONDS = 30
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    "--window-size=1440,960",
)  # fmt: skip


@dataclass
class Browser:
    """A browser on one site; whatever it waits for and does not see ends the test with a screenshot."""

    driver: webdriver.Chrome
    site: str

    def open(self, path: str) -> None:
        self.driver.get(self.site + path)

    def wait(self, what: str, condition: Callable):
        """Waits until condition(driver) is true and returns its value."""
        try:
            return WebDriverWait(
                self.driver, WAIT_SECONDS, ignored_exceptions=[StaleElementReferenceException]
            ).until(condition)  # fmt: skip
        except TimeoutException:
            self.screenshot("failure")
            raise AssertionError(
                f"{what}: not there after {WAIT_SECONDS} s at {self.driver.current_url}: see "
                f"{SCREENSHOTS}/e2e-failure.png; the console said {self.complaints()}"
            ) from None

    def find(self, selector: str):
        """The first element that fits a CSS selector and is shown, as soon as there is one."""
        return self.wait(
            selector,
            lambda driver: next((e for e in driver.find_elements(By.CSS_SELECTOR, selector) if e.is_displayed()), None),
        )

    def show(self, selector: str):
        """The same element, scrolled to."""
        element = self.find(selector)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        return element

    def click(self, selector: str) -> None:
        self.show(selector).click()

    def type(self, selector: str, text: str) -> None:
        element = self.find(selector)
        element.clear()
        element.send_keys(text)

    def complaints(self) -> list[str]:
        """What the console has said since the last call: errors and violations of the policy."""
        return [e["message"] for e in self.driver.get_log("browser") if e["level"] in ("WARNING", "SEVERE")]

    def screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(SCREENSHOTS / f"e2e-{name}.png"))


def reach(url: str) -> tuple[str, ...]:
    """The flags with which Chromium finds and trusts a stack's domain; every *.localhost it finds by itself."""
    parts = urlsplit(url)
    if parts.scheme != "https":
        return ()
    address, authority = where(url)
    public = ["openssl", "x509", "-in", authority, "-noout", "-pubkey"]
    pem = subprocess.run(public, check=True, text=True, stdout=subprocess.PIPE).stdout
    key = base64.b64decode("".join(line for line in pem.splitlines() if not line.startswith("-")))
    return (
        f"--host-resolver-rules=MAP {parts.hostname}:443 {address}",
        f"--ignore-certificate-errors-spki-list={base64.b64encode(hashlib.sha256(key).digest()).decode()}",
    )


@contextmanager
def chromium(url: str, profile: Path) -> Iterator[Browser]:
    """A browser with a new profile, on the stack with this URL."""
    programs = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    missing = " and ".join(name for name, path in programs.items() if path is None)
    assert not missing, f"{missing} not found: run scripts/chromium"
    options = webdriver.ChromeOptions()
    options.binary_location = programs["chromium"]
    for flag in (*FLAGS, *reach(url), f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(programs["chromedriver"]))
    try:
        yield Browser(driver, shown(url))
    finally:
        driver.quit()
