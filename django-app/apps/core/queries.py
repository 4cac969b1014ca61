"""Counts and times the queries of a request, and logs the slow ones."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger("app.query")

MAX_SQL = 2000  # characters of a statement that are logged


@dataclass
class Stats:
    count: int = 0
    seconds: float = 0


current: ContextVar[Stats | None] = ContextVar("query_stats", default=None)


def install(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Receive connection_created: have every query of the connection measured."""
    if measure not in connection.execute_wrappers:
        connection.execute_wrappers.append(measure)


def measure(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    started = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        seconds = time.perf_counter() - started
        if (stats := current.get()) is not None:
            stats.count += 1
            stats.seconds += seconds
        if seconds * 1000 >= settings.SLOW_QUERY_MS:
            # The statement has placeholders where the values go, which may be personal data.
            logger.warning(
                "slow query",
                extra={"duration_ms": round(seconds * 1000, 1), "sql": str(sql)[:MAX_SQL]},
            )
