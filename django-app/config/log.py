"""Logging as one JSON object a line on standard output, for Django and gunicorn alike."""

from __future__ import annotations

from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter as BaseFormatter

# Libraries that log every call at INFO, and credentials, SQL parameters or payloads at DEBUG.
CHATTY = ("boto3", "botocore", "s3transfer", "urllib3", "PIL", "django.db.backends")
# apps.core.worker logs what its base class would repeat every second.
WORKER = ("django_tasks_db",)


class JsonFormatter(BaseFormatter):
    """Puts what apps.core.metrics.embedded() returns at the top of the line's object.

    The base class would leave out "_aws", as every name that starts with an underscore.
    """

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        log_data |= log_data.pop("metrics", {})
        return super().process_log_record(log_data)


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
