"""How many requests one client may make in a minute.

Counted by each process on its own: it protects the process and slows guessing down. A quota
over all processes is the business of the firewall in front.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module

WINDOW = 60  # seconds


class RequestThrottle(BaseThrottle):
    """Counts by user, or by address while nobody is signed in.

    One number for each minute and client. The framework's own throttle keeps the time of
    every request, 50 KB a client at our rate.
    """

    scope = "requests"

    def allow_request(self, request: Request, view: APIView) -> bool:
        key = f"rate:{self.scope}:{self.client(request)}:{int(time.time() // WINDOW)}"
        cache.add(key, 0, WINDOW)
        try:
            return cache.incr(key) <= settings.RATE_LIMITS[self.scope]
        except ValueError:  # the cache was full and has just dropped it
            return True

    def client(self, request: Request) -> str:
        user = request.user
        if user is not None and user.pk is not None:
            return f"user-{user.pk}"
        # Hashed, because a client may send anything as its address.
        return hashlib.sha256((self.get_ident(request) or "").encode()).hexdigest()

    def wait(self) -> float:
        return WINDOW - time.time() % WINDOW


class CredentialsThrottle(RequestThrottle):
    """For registering and signing in."""

    scope = "credentials"
