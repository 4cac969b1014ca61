"""Who sends the requests: one user, and a new one for what ends a user, token or session."""

from __future__ import annotations

import itertools

import requests
import schemathesis

PASSWORD = "correct horse battery"
ENDING = {
    "users_sign_out", "users_session_end", "users_me_delete", "users_me_update",
}  # fmt: skip

numbers = itertools.count()
tokens: dict[str, str] = {}


def new_token(url: str) -> str:
    credentials = {"email": f"fuzz-{next(numbers)}@example.org", "password": PASSWORD}
    requests.post(f"{url}/api/v1/users/", json=credentials, timeout=10).raise_for_status()
    answer = requests.post(f"{url}/api/v1/users/token/", json=credentials, timeout=10)
    return answer.json()["token"]


@schemathesis.auth(refresh_interval=None)
class Token:
    def get(self, case, context):
        url = case.operation.base_url.rstrip("/")
        if case.operation.definition.raw["operationId"] in ENDING:
            return new_token(url)
        if url not in tokens:
            tokens[url] = new_token(url)
        return tokens[url]

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), "Authorization": f"Token {data}"}
