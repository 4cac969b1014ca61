"""A PostgreSQL advisory lock, held by at most one session of a database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

POLL_SECONDS = 1.0


class LockHeld(Exception):
    """Another session kept the lock for the whole waiting time."""


@contextmanager
def advisory_lock(
    connection: BaseDatabaseWrapper,
    key: int,
    *,
    wait: float,
    waiting: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Hold the lock `key` (64 bits); wait up to `wait` seconds for it, else raise LockHeld.

    Polls instead of blocking in pg_advisory_lock(): a blocked statement keeps a snapshot
    open, on which the holder's CREATE INDEX CONCURRENTLY would wait for ever. `waiting`
    is called once when the lock is taken. The lock ends with the session at the latest.
    """
    deadline = time.monotonic() + wait
    announced = False
    with connection.cursor() as cursor:
        while not _try_lock(cursor, key):
            if time.monotonic() >= deadline:
                raise LockHeld
            if not announced:
                waiting()
                announced = True
            time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        # A broken session has lost the lock already; the error that broke it matters more.
        with suppress(Error), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def _try_lock(cursor: CursorWrapper, key: int) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
    return bool(cursor.fetchone()[0])


def holder(connection: BaseDatabaseWrapper, key: int) -> str:
    """Describe the session that holds the lock, for a message."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT format('by pid %%s from %%s, connected for %%s s', pid,
                          coalesce(host(client_addr), 'a socket'),
                          round(extract(epoch FROM clock_timestamp() - backend_start)))
            FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE locktype = 'advisory' AND granted AND objsubid = 1
              AND classid::bigint = (%s::bigint >> 32)
              AND objid::bigint = (%s::bigint & 4294967295)
            LIMIT 1
            """,
            [key, key],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else "by a session that has just ended"
