"""Errors as problem details, application/problem+json (RFC 9457), everywhere.

{"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "...",
 "request_id": "...", "errors": [{"field": "tags.0.name", "code": "blank", "detail": "..."}]}

`errors` is there when parts of the request are to blame: of the body by their path, of the
query or the headers by their name, and "" for the request as a whole.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import JsonResponse
from rest_framework import exceptions

from apps.core import request_id

CONTENT_TYPE = "application/problem+json"


class Conflict(exceptions.APIException):
    status_code = HTTPStatus.CONFLICT
    default_detail = "Another request is in the way; try again."
    default_code = "conflict"


class PreconditionFailed(exceptions.APIException):
    status_code = HTTPStatus.PRECONDITION_FAILED
    default_detail = "This has changed since you read it; read it again."
    default_code = "precondition_failed"


class KeyReused(exceptions.APIException):
    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_detail = "This Idempotency-Key was used for another request."
    default_code = "idempotency_key_reused"


class ProblemResponse(JsonResponse):
    """A problem answered outside of the API's views."""

    def __init__(self, status: int, detail: str = "") -> None:
        super().__init__(problem(status, detail), status=status, content_type=CONTENT_TYPE)


def problem(
    status: int, detail: str = "", errors: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    title = HTTPStatus(status).phrase
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail or f"{title}.",
    }
    if (identifier := request_id.current.get()) is not None:
        body["request_id"] = identifier
    if errors:
        body["errors"] = errors
    return body
