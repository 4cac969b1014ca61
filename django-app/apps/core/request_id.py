"""The id that ties together a request's log lines and the load balancer's access log."""

from __future__ import annotations

import logging
import re
import uuid
from contextvars import ContextVar

# X-Amzn-Trace-Id: "Root=1-67891233-abcdef012345678912345678", perhaps among other fields.
# A client may send its own, hence the strict form.
ROOT = re.compile(r"(?:^|;)\s*Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)")

current: ContextVar[str | None] = ContextVar("request_id", default=None)


def request_id(trace_header: str) -> str:
    """Return the trace's root id, or a random one when there is none."""
    match = ROOT.search(trace_header)
    return match[1] if match else uuid.uuid4().hex


class RequestIdFilter(logging.Filter):
    """Adds the current request's id to every record logged while it is served."""

    def filter(self, record: logging.LogRecord) -> bool:
        if (value := current.get()) is not None:
            record.request_id = value
        return True
