"""The OpenAPI schema beyond what drf-spectacular finds by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from apps.core.problems import CONTENT_TYPE

Endpoint = tuple[str, str, str, Callable[..., Any]]

IF_MATCH = OpenApiParameter(
    "If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER,
    description="The ETag of the version that was read; another version answers 412.",
)  # fmt: skip
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="Any text, new for every request. Repeated with it within 24 hours, the request "
    "gets the first answer again and makes nothing.",
)
LOCATION = OpenApiParameter(
    "Location", OpenApiTypes.URI_REF, OpenApiParameter.HEADER,
    description="Where it is.", response=[201],
)  # fmt: skip

PROBLEM = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "What is wrong with which part of the request.",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {
                        "type": "string",
                        "description": "A path such as tags.0.name, the name of a query "
                        "parameter or header, or empty for the request as a whole.",
                    },
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
EXAMPLE = {
    "type": "about:blank",
    "title": "Bad Request",
    "status": 400,
    "detail": "The request is not valid.",
    "request_id": "1-67891233-abcdef012345678912345678",
    "errors": [{"field": "title", "code": "blank", "detail": "This field may not be blank."}],
}


def response_etag(status: int) -> OpenApiParameter:
    return OpenApiParameter(
        "ETag", OpenApiTypes.STR, OpenApiParameter.HEADER,
        description="The version, for If-Match.", response=[status],
    )  # fmt: skip


def one_class_an_operation(endpoints: list[Endpoint], **kwargs: Any) -> list[Endpoint]:
    """Give each method of a URL the view class that serves it (apps.core.api.operations)."""
    return [
        (path, regex, method, getattr(callback, "operations", {}).get(method, callback))
        for path, regex, method, callback in endpoints
    ]


def problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add the errors that an operation can answer with."""
    for name, schema in result["components"]["schemas"].items():
        if name.endswith("Request"):
            texts(schema)
    result["components"]["schemas"]["Problem"] = PROBLEM
    for path, operations in result["paths"].items():
        for operation in operations.values():
            for status, title in answers(path, operation).items():
                content: dict[str, Any] = {"schema": {"$ref": "#/components/schemas/Problem"}}
                if status == "400":
                    content["example"] = EXAMPLE
                operation["responses"].setdefault(
                    status, {"description": title, "content": {CONTENT_TYPE: content}}
                )
            operation["responses"] = dict(sorted(operation["responses"].items()))
    return result


# What exists once only.
UNIQUE = {
    "users_register",
    "tags_create",
    "tags_update",
    "ingredients_create",
    "ingredients_update",
}


def texts(schema: dict[str, Any]) -> None:
    """Say of each text of a request what PostgreSQL and the fields refuse: NUL, and blanks."""
    if schema.get("type") == "string" and not schema.keys() & {"pattern", "format", "enum"}:
        blank = not schema.get("minLength") or schema.get("writeOnly")
        schema["pattern"] = r"^[^\u0000]*$" if blank else r"^[^\u0000]*[^\s\u0000][^\u0000]*$"
    for inner in (*schema.get("properties", {}).values(), schema.get("items", {})):
        if inner:
            texts(inner)


def answers(path: str, operation: dict[str, Any]) -> dict[str, str]:
    headers = {item["name"] for item in operation.get("parameters", ())}
    body = "requestBody" in operation
    signed_in = any(operation.get("security", ()))
    found = {
        "400": (True, "The request is not valid"),
        "401": (signed_in, "No valid token or session"),
        "403": (signed_in, "The CSRF token of a session is missing"),
        "404": ("{" in path or "cursor" in headers, "There is none, or it is not the user's"),
        "406": (True, "No acceptable type of answer"),
        "409": (
            "Idempotency-Key" in headers or operation["operationId"] in UNIQUE,
            "It exists already, or the same request is still running",
        ),
        "412": ("If-Match" in headers, "It has changed since it was read"),
        "413": (body, "The request is too large"),
        "415": (body, "The type of the body is not known here"),
        "422": ("Idempotency-Key" in headers, "The key was used for another request"),
        "429": (True, "Too many requests; Retry-After says when to come back"),
    }
    return {status: title for status, (possible, title) in found.items() if possible}
