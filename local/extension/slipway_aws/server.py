"""The HTTP server in front of MiniStack's ASGI application."""

from __future__ import annotations

import asyncio
import logging
import resource
import signal

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config
from ministack import app

from slipway_aws.settings import SETTINGS

#: Seconds an idle connection is kept; Go's HTTP client keeps its own for 90.
KEEP_ALIVE = 120


def serve() -> None:
    """Serves on every port of the settings until SIGTERM or SIGINT."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    logging.getLogger("hypercorn.access").addFilter(lambda record: "/_ministack/health" not in record.getMessage())
    asyncio.run(_serve())


async def _serve() -> None:
    config = Config()
    config.bind = [f"{SETTINGS.bind}:{port}" for port in SETTINGS.ports]
    config.keep_alive_timeout = KEEP_ALIVE
    config.loglevel = app.LOG_LEVEL
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await hypercorn_serve(app.app, config, shutdown_trigger=stop.wait)
