"""The app behind its load balancer, as a client sees it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

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
