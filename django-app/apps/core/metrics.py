"""Metrics inside log lines, in CloudWatch's embedded metric format.

CloudWatch Logs extracts them from any line of a log group; no agent, call or permission
is needed. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings


def embedded(**measures: tuple[float, str]) -> dict[str, Any]:
    """Return the `extra` that makes a log line carry these measures: name=(value, unit).

    The one dimension is the environment: each combination of values is a metric to pay for.
    """
    directive = {
        "Namespace": settings.METRICS_NAMESPACE,
        "Dimensions": [["Environment"]],
        "Metrics": [{"Name": name, "Unit": unit} for name, (_, unit) in measures.items()],
    }
    return {
        "metrics": {
            "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
            "Environment": settings.APP_ENVIRONMENT,
            **{name: value for name, (value, _) in measures.items()},
        }
    }
