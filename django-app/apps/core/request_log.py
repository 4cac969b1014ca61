"""One log line a request, without personal data: no query, headers, body or address."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject, empty

from apps.core import metrics, queries, request_id

logger = logging.getLogger("app.request")


class RequestLogMiddleware:
    """Logs method, path, status, times and user id; answers with X-Request-Id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        identifier = request_id.request_id(request.headers.get("X-Amzn-Trace-Id", ""))
        token = request_id.current.set(identifier)
        stats = queries.Stats()
        stats_token = queries.current.set(stats)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-Id"] = identifier
            duration_ms = round((time.perf_counter() - started) * 1000, 1)
            logger.info(
                "request",
                extra={
                    "method": request.method,
                    "path": request.path,
                    "status": response.status_code,
                    "duration_ms": duration_ms,
                    "queries": stats.count,
                    "queries_ms": round(stats.seconds * 1000, 1),
                    "user_id": user_id(request),
                    **metrics.embedded(
                        RequestDuration=(duration_ms, "Milliseconds"),
                        ServerErrors=(int(response.status_code >= 500), "Count"),
                    ),
                },
            )
            return response
        finally:
            queries.current.reset(stats_token)
            request_id.current.reset(token)


def user_id(request: HttpRequest) -> int | None:
    """Return who made the request if the view found out; never queries for it."""
    user = getattr(request, "user", None)
    if isinstance(user, SimpleLazyObject) and user._wrapped is empty:
        return None
    return getattr(user, "pk", None)
