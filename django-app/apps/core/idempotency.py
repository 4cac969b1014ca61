"""A POST with an Idempotency-Key can be repeated without making a second thing.

The key is stored in the transaction that makes the thing, so both exist or neither. A
repetition gets the first answer again; one that comes while the first still runs waits for
it. A request that failed stores nothing: it may be corrected and sent with the same key.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta

import psycopg
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.models import IdempotencyKey
from apps.core.problems import Conflict, KeyReused
from apps.core.renderers import JSONRenderer
from apps.users.selectors import request_user

HEADER = "Idempotency-Key"
LIFETIME = timedelta(hours=24)
WAIT = "5s"  # for a request with the same key that is still running


def idempotent(request: Request, make: Callable[[], Response]) -> Response:
    """Return the answer of `make`, or of the same request that came before."""
    key = request.headers.get(HEADER)
    if key is None:
        return make()
    if not re.fullmatch(r"[\x21-\x7e]{1,255}", key):
        raise ValidationError({HEADER: "Must be 1 to 255 visible ASCII characters."})
    fingerprint = _fingerprint(request)
    with transaction.atomic():
        stored = _reserve(request, key, fingerprint)
        if stored is None:
            return _replay(request, key, fingerprint)
        response = make()
        stored.status = response.status_code
        stored.headers = {name: response[name] for name in ("ETag", "Location") if name in response}
        stored.body = JSONRenderer().render(response.data).decode()
        stored.save(update_fields=["status", "headers", "body"])
    return response


def prune() -> int:
    """Delete keys past their lifetime; return how many there were."""
    return IdempotencyKey.objects.filter(created_at__lte=timezone.now() - LIFETIME).delete()[0]


def _fingerprint(request: Request) -> str:
    body = json.dumps(request.data, sort_keys=True, default=str)
    return hashlib.sha256(f"{request.method} {request.path}\n{body}".encode()).hexdigest()


def _reserve(request: Request, key: str, fingerprint: str) -> IdempotencyKey | None:
    """Store the key, or return None when it is there already."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # The unique index makes the INSERT wait for another transaction's.
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [WAIT])
            stored = IdempotencyKey.objects.create(
                user=request_user(request), key=key, fingerprint=fingerprint,
                status=0, headers={}, body="",
            )  # fmt: skip
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
            return stored
    except IntegrityError:
        return None
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
            raise Conflict("A request with this Idempotency-Key is still running.") from None
        raise


def _replay(request: Request, key: str, fingerprint: str) -> Response:
    stored = IdempotencyKey.objects.get(user=request_user(request), key=key)
    if stored.fingerprint != fingerprint:
        raise KeyReused
    return Response(
        json.loads(stored.body),
        status=stored.status,
        headers=stored.headers | {"Idempotency-Replayed": "true"},
    )
