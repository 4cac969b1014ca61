"""Smoke check: does the deployed API serve, store and read back?

Creates a user and a recipe with an image through the load balancer, reads both
back, and removes them. Exits non-zero with the first thing that is wrong.

    python -m smoke --url http://HOST [--local]
"""

from __future__ import annotations

import argparse
import base64
import secrets
import sys
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

import local

# The smallest PNG: one red pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)
# Seconds to wait for the first answer: DNS and the load balancer's first checks.
READY_DEADLINE = 120


class SmokeError(Exception):
    """Something does not work; the message says what."""


class Named(HTTPAdapter):
    """Asks for and expects the certificate of a name, wherever it connects to."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__()

    def init_poolmanager(self, *arguments: object, **options: object) -> None:
        super().init_poolmanager(*arguments, server_hostname=self.name, assert_hostname=self.name, **options)


@dataclass
class Api:
    """The API behind a load balancer, reached by its name, or at an address and port of the local AWS."""

    url: str
    connect: str = ""
    #: File with the certificate authority that signs the URL's certificate; the machine's own by default.
    ca: str = ""

    def __post_init__(self) -> None:
        self.session = requests.Session()
        self.base = self.url.rstrip("/")
        if self.connect:
            parts = urlsplit(self.url)
            self.base = f"{parts.scheme}://{self.connect}"
            self.session.headers["Host"] = parts.netloc
            self.session.mount("https://", Named(parts.hostname))

    def call(self, method: str, path: str, expect: int, **options: object) -> requests.Response:
        # The session's own setting would yield to REQUESTS_CA_BUNDLE.
        response = self.session.request(
            method, self.base + path, timeout=30, allow_redirects=False, verify=self.ca or True, **options
        )
        if response.status_code != expect:
            raise SmokeError(
                f"{method} {path} answered {response.status_code}, expected {expect}: {response.text[:500]}"
            )
        return response

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_DEADLINE
        while True:
            try:
                self.call("GET", "/health/ready", 200)
                return
            except (SmokeError, requests.RequestException) as error:
                if time.monotonic() > deadline:
                    raise SmokeError(f"not ready within {READY_DEADLINE} s: {error}") from error
                time.sleep(0.5)


@dataclass
class Outcome:
    """What the check created, for further inspection."""

    version: str
    title: str
    recipe: int
    image_url: str


def check(api: Api, keep: bool = False) -> Outcome:
    """Runs the whole check; `keep` leaves the recipe where it is."""
    api.wait_until_ready()
    version = api.call("GET", "/version", 200).json()["version"]
    api.call("GET", "/api/docs/", 200)

    email = f"smoke-{secrets.token_hex(8)}@example.com"
    password = secrets.token_urlsafe(24)
    api.call("POST", "/api/v1/users/", 201, json={"email": email, "password": password, "name": "Smoke"})
    token = api.call("POST", "/api/v1/users/token/", 200, json={"email": email, "password": password}).json()["token"]
    login = {"headers": {"Authorization": f"Token {token}"}}

    title = f"Smoke soup {secrets.token_hex(4)}"
    recipe = api.call(
        "POST", "/api/v1/recipes/", 201,
        json={
            "title": title, "description": "Made by the smoke check", "time_minutes": 5, "price": "1.50",
            "tags": [{"name": "smoke"}], "ingredients": [{"name": "water"}],
        },
        **login,
    ).json()  # fmt: skip
    path = f"/api/v1/recipes/{recipe['id']}/"
    api.call("PUT", path + "image/", 200, files={"image": ("pixel.png", PIXEL, "image/png")}, **login)

    found = api.call("GET", path, 200, **login).json()
    if found["title"] != title:
        raise SmokeError(f"the recipe came back as {found['title']!r}, not {title!r}")
    image = requests.get(found["image"], timeout=30)
    if image.status_code != 200 or not image.content.startswith(b"\x89PNG"):
        raise SmokeError(f"the image at its signed URL answered {image.status_code}: {image.text[:300]}")
    if not keep:
        api.call("DELETE", path, 204, **login)
    return Outcome(version, title, recipe["id"], found["image"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", required=True, help="the stack's url output")
    parser.add_argument("--local", action="store_true", help="connect to the load balancers of the local AWS")
    arguments = parser.parse_args()
    try:
        outcome = check(Api(arguments.url, *(local.where(arguments.url) if arguments.local else ())))
    except (SmokeError, requests.RequestException, KeyError) as error:
        print(f"smoke check failed: {error}\nSee 'make logs' for the app's side.", file=sys.stderr)
        return 1
    print(f"smoke check passed: version {outcome.version} stored a recipe with an image and read both back")
    return 0


if __name__ == "__main__":
    sys.exit(main())
