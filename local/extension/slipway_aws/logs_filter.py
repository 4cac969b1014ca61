"""CloudWatch Logs: events of the streams that a prefix names.

MiniStack ignores the prefix and returns the events of every stream.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from __future__ import annotations

from ministack.core.responses import error_response_json, json_response
from ministack.services import cloudwatch_logs as logs

REQUIRED = {
    "services.cloudwatch_logs": {
        "_filter_log_events": "data",
        "_resolve_log_group_name": "data",
        "_log_groups": "",
    }
}


def install() -> None:
    """Wraps FilterLogEvents."""
    search = logs._filter_log_events

    def filter_log_events(data):
        prefix = data.get("logStreamNamePrefix")
        group = logs._log_groups.get(logs._resolve_log_group_name(data))
        if not prefix or group is None:
            return search(data)
        if data.get("logStreamNames"):
            what = "logStreamNames and logStreamNamePrefix can't be used together"
            return error_response_json("InvalidParameterException", what, 400)
        names = [name for name in group["streams"] if name.startswith(prefix)]
        if not names:
            return json_response({"events": [], "searchedLogStreams": []})
        return search({**data, "logStreamNames": names})

    logs._filter_log_events = filter_log_events
