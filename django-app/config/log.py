"""Logging as one JSON object a line on standard output, for Django and gunicorn alike."""

from __future__ import annotations

import json
import logging
from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter as BaseFormatter

# Libraries that log every call at INFO, and credentials, SQL parameters or payloads at DEBUG.
CHATTY = ("boto3", "botocore", "s3transfer", "urllib3", "PIL", "django.db.backends")
# apps.core.worker logs what its base class would repeat every second.
WORKER = ("django_tasks_db",)


# CloudWatch Logs takes events of 262,144 bytes with 26 of its own; longer lines arrive in pieces,
# none of which is JSON.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
MAX_LINE_BYTES = 262_144 - 26 - 1  # the newline
# Characters of each text in a line that was too long, its begin and end: at first, at least.
CUT_TEXT, MIN_TEXT = 16_000, 64


class JsonFormatter(BaseFormatter):
    """Puts what apps.core.metrics.embedded() returns at the top of the line's object.

    The base class would leave out "_aws", as every name that starts with an underscore. A line
    that CloudWatch would take apart is cut: "cut" has the bytes that it was to have.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        size = len(line.encode())
        if size <= MAX_LINE_BYTES:
            return line
        fields: dict[str, Any] = json.loads(line)
        keep = CUT_TEXT
        while True:
            short = {name: shortened(value, keep) for name, value in fields.items()}
            line = json.dumps(short | {"cut": size})
            if len(line) <= MAX_LINE_BYTES:  # ASCII
                return line
            keep //= 2
            if keep < MIN_TEXT:  # so many fields that nothing of them fits
                known = {"timestamp", "level", "logger", "message", "request_id", "version"}
                fields = {name: value for name, value in fields.items() if name in known}

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        log_data |= log_data.pop("metrics", {})
        return super().process_log_record(log_data)


def shortened(value: Any, keep: int) -> Any:
    """Return a text's begin and end, of `keep` characters together, and other values as text."""
    if value is None or isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value)
    if len(text) <= keep:
        return value
    half = keep // 2
    return f"{text[:half]} ... {len(text) - 2 * half} characters cut ... {text[-half:]}"


def logging_config(*, level: str, version: str, environment: str) -> dict[str, Any]:
    """Return a logging.config.dictConfig. Every line carries the version and environment."""
    console = {"handlers": ["console"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": "apps.core.request_id.RequestIdFilter"}},
        "formatters": {
            "json": {
                "()": JsonFormatter,
                "fmt": ["levelname", "name", "message"],
                "rename_fields": {"levelname": "level", "name": "logger"},
                "static_fields": {"version": version, "environment": environment},
                # Django attaches the request, whose text holds the query string.
                "reserved_attrs": [*RESERVED_ATTRS, "request", "status_code", "server_time"],
                "timestamp": True,
            }
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "json",
                "filters": ["request_id"],
            }
        },
        "root": {"level": level, "handlers": ["console"]},
        "loggers": {
            "django": {"level": level, **console},
            # Below ERROR it repeats what the request log says: 404, 405 ...
            "django.request": {"level": "ERROR", **console},
            "gunicorn.error": {"level": level, **console},
            # Scanners that try the bare address are no error of ours; the request log has them.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            **{
                name: {"level": "ERROR" if level == "ERROR" else "WARNING"}
                for name in CHATTY + WORKER
            },
        },
    }
