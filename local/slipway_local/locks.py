"""Locks that a killed Pulumi left behind in the local state.

Pulumi's S3 backend locks a stack with an object that holds the process ID and host of its owner, and never expires it.
The local state is used on this machine only, so a lock whose process is gone is nobody's.
"""

from __future__ import annotations

import json
import os
import socket

from slipway_local import aws, names
from slipway_local.errors import Problem
from slipway_local.steps import step


def break_stale(stack: str) -> None:
    """Removes the stack's locks whose owner is gone. Raises Problem, naming the owner, when one is alive."""
    s3 = aws.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=names.STATE_BUCKET, Prefix=".pulumi/locks/")
    for entry in (entry for page in pages for entry in page.get("Contents", [])):
        key = entry["Key"]
        if key.split("/")[-2] != stack:
            continue
        owner = json.loads(s3.get_object(Bucket=names.STATE_BUCKET, Key=key)["Body"].read())
        if is_alive(owner):
            raise Problem(
                f"stack {stack} is being changed by process {owner['pid']} ({owner.get('username')}) since "
                f"{owner.get('timestamp')}",
                "wait until it has ended, or end it, and repeat",
            )
        with step("stale lock") as progress:
            s3.delete_object(Bucket=names.STATE_BUCKET, Key=key)
            progress.outcome = f"removed: its process {owner['pid']} is gone"


def is_alive(owner: dict) -> bool:
    """Whether the process that wrote a lock still runs; one on another machine is taken to."""
    if owner.get("hostname") not in (None, "", socket.gethostname()):
        return True
    try:
        os.kill(int(owner["pid"]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
