"""What proves that the app in django-app/ serves, stores and reads back.

Another app is checked otherwise: this file is all that the smoke check knows about it.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass

import requests
from api import Api, SmokeError

# The smallest PNG: one red pixel.
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC")


@dataclass
class Outcome:
    """What the check created, for further inspection."""

    version: str
    title: str
    recipe: int
    image_url: str

    def __str__(self) -> str:
        return f"version {self.version} stored a recipe with an image and read both back"


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
