"""Refuses large request bodies before any of them is read.

Django's DATA_UPLOAD_MAX_MEMORY_SIZE covers neither uploaded files nor the streams that
REST framework's parsers read. A WSGI request without Content-Length has no body.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from apps.core.problems import ProblemResponse


class BodyLimitMiddleware:
    """Answers 413 when Content-Length exceeds what settings allow for the type of body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        upload = request.content_type == "multipart/form-data"
        limit = settings.MAX_UPLOAD_BYTES if upload else settings.MAX_BODY_BYTES
        if content_length(request) > limit:
            detail = f"The request body exceeds {limit} bytes."
            return ProblemResponse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
        return self.get_response(request)


def content_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
