"""Prints log lines: the local AWS's own, and those of a CloudWatch log group."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from slipway_local import aws, server
from slipway_local.errors import Problem
from slipway_local.steps import say

#: Seconds between two reads of a followed group.
_POLL = 1.0


def server_logs(*, follow: bool, lines: int) -> None:
    """The output of the local AWS."""
    container = server.find()
    if container is None:
        raise Problem("the local AWS is not up", "start it with `python -m slipway_local up`")
    for chunk in container.logs(stream=True, follow=follow, tail=lines, timestamps=True):
        print(chunk.decode(errors="replace"), end="", flush=True)


def tail(group: str, *, follow: bool, minutes: int) -> None:
    """Events of a log group: `time stream message`, oldest first."""
    logs = aws.client("logs")
    pages = logs.get_paginator("describe_log_groups").paginate()
    known = sorted(found["logGroupName"] for page in pages for found in page["logGroups"])
    if group not in known:
        todo = f"use one of: {', '.join(known)}" if known else "deploy first"
        raise Problem(f"there is no log group {group!r}", todo)
    start, seen = int((time.time() - minutes * 60) * 1000), set()
    while True:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=start)
        events = [event for page in pages for event in page["events"] if event["eventId"] not in seen]
        for event in sorted(events, key=lambda e: e["timestamp"]):
            seen.add(event["eventId"])
            start = max(start, event["timestamp"])
            at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
            say(f"{at} {event['logStreamName']} {event['message'].rstrip()}")
        if not follow:
            return
        time.sleep(_POLL)
