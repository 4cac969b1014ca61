"""Health and version, answered before host validation, redirects and logging.

/health/live   200 while the process serves; for the load balancer, so that a database
               outage does not replace every task.
/health/ready  200 when the database answers, else 503.
/version       what is deployed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.core import container
from apps.core.problems import ProblemResponse

logger = logging.getLogger("app.health")


class HealthMiddleware:
    """Must be the first middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.routes = {"/health/live": live, "/health/ready": ready, "/version": version}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.routes.get(request.path_info)
        if answer is None:
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            refusal = ProblemResponse(HTTPStatus.METHOD_NOT_ALLOWED)
            refusal["Allow"] = "GET, HEAD"
            return refusal
        response = answer()
        response["Cache-Control"] = "no-store"
        return response


def live() -> HttpResponse:
    return JsonResponse({"status": "ok"})


def ready() -> HttpResponse:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        logger.warning("database is not ready", extra={"error": type(error).__name__})
        return JsonResponse({"status": "unavailable", "database": "unreachable"}, status=503)
    return JsonResponse({"status": "ok", "database": "ok"})


def version() -> HttpResponse:
    return JsonResponse(
        {
            "version": settings.APP_VERSION,
            "commit": settings.APP_COMMIT,
            "environment": settings.APP_ENVIRONMENT,
            "image": container.image_digest(),
        }
    )
