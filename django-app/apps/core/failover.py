"""What becomes of a request whose database connection is lost while it is served.

A connection that died between requests is replaced unnoticed (CONN_HEALTH_CHECKS). When it
dies in the middle, which a failover or a restart does to every connection, the request is
served once more on a fresh one if that can do no harm, and else answered 503.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus

from django.db import Error, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from apps.core.problems import ProblemResponse

logger = logging.getLogger("app.database")

RETRY_AFTER = 5  # seconds; most restarts take less, and a failover a minute or two

# SQLSTATEs of a server that is going, coming, full, or since a failover only a standby.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
CONNECTION_EXCEPTION = "08"
UNAVAILABLE = {
    "57P01",  # admin_shutdown
    "57P02",  # crash_shutdown
    "57P03",  # cannot_connect_now
    "57P05",  # idle_session_timeout
    "25P03",  # idle_in_transaction_session_timeout
    "25006",  # read_only_sql_transaction
    "53300",  # too_many_connections
}

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def is_unavailable(error: BaseException | None) -> bool:
    """Tell whether the database was out of reach; what it refused or timed out is no such error."""
    if not isinstance(error, Error):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    if state is None:  # the server said nothing: libpq lost it or never reached it
        return isinstance(error, OperationalError | InterfaceError)
    return state.startswith(CONNECTION_EXCEPTION) or state in UNAVAILABLE


def may_repeat(request: HttpRequest) -> bool:
    """Tell whether the request can be served twice, whether or not it took effect before.

    RFC 9110, section 9.2.2, without what has a condition: repeated after it took effect, it
    would be refused. A POST is safe with a key that its first run has stored or has not.
    """
    if "If-Match" in request.headers:
        return False
    if request.method in SAFE_METHODS or request.method == "DELETE":
        return True
    repeatable = request.method == "PUT" or (
        request.method == "POST" and "Idempotency-Key" in request.headers
    )
    # The body is kept in memory meanwhile; an image is too large for that.
    return repeatable and request.content_type != "multipart/form-data"


class Unavailable(ProblemResponse):
    """503, and when to come back."""

    def __init__(self) -> None:
        super().__init__(
            HTTPStatus.SERVICE_UNAVAILABLE, "The database is not available at the moment."
        )
        self["Retry-After"] = str(RETRY_AFTER)
        self["Cache-Control"] = "no-store"


class FailoverMiddleware:
    """Must come before every middleware that uses the database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        repeatable = may_repeat(request)
        if repeatable and request.method not in SAFE_METHODS:
            try:
                _ = request.body  # read once, kept for the second time
            except UnreadablePostError:
                return ProblemResponse(HTTPStatus.BAD_REQUEST, "The request body ended early.")
        response = self.get_response(request)
        if not isinstance(response, Unavailable):
            return response
        connection.close()
        if not repeatable:
            return response
        logger.warning("request is repeated on a new database connection")
        response = self.get_response(request)
        if isinstance(response, Unavailable):
            connection.close()
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a view that found no database; None leaves the rest to Django."""
        if not is_unavailable(exception):
            return None
        logger.warning("database is unavailable", extra={"error": type(exception).__name__})
        return Unavailable()
