"""The landing page, and errors outside the API's own views."""

from __future__ import annotations

import sys
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from apps.core import failover
from apps.core.problems import ProblemResponse


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """Tell a visitor what this is and where to go next."""
    context = {
        "version": settings.APP_VERSION,
        "environment": settings.APP_ENVIRONMENT,
        "commit": settings.APP_COMMIT[:12],
        "base": f"{request.scheme}://{request.get_host()}",
    }
    return render(request, "core/landing.html", context)


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Send a browser to the icon; it asks here for pages that name none, such as the admin's."""
    return redirect(static("core/icon.svg"))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return ProblemResponse(HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return ProblemResponse(HTTPStatus.FORBIDDEN)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return ProblemResponse(HTTPStatus.FORBIDDEN, reason)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return ProblemResponse(HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    # Django calls this while it handles the error; a view's own goes to FailoverMiddleware.
    if failover.is_unavailable(sys.exception()):
        return failover.Unavailable()
    return ProblemResponse(HTTPStatus.INTERNAL_SERVER_ERROR)
