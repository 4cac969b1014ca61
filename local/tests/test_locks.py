"""Locks that a killed Pulumi left behind."""

import json
import os
import socket
import subprocess
import sys

import pytest

from slipway_local import locks, names
from slipway_local.errors import Problem


@pytest.fixture
def state(extension, monkeypatch):
    """An S3 client on the state bucket, and a function that writes a lock."""
    monkeypatch.setattr(locks.aws, "client", extension.client)
    s3 = extension.client("s3")
    s3.create_bucket(Bucket=names.STATE_BUCKET)

    def lock(stack, pid, host=None):
        key = f".pulumi/locks/organization/slipway/{stack}/one.json"
        owner = {"pid": pid, "username": "someone", "hostname": host or socket.gethostname(), "timestamp": "today"}
        s3.put_object(Bucket=names.STATE_BUCKET, Key=key, Body=json.dumps(owner))
        return key

    def left():
        return [entry["Key"] for entry in s3.list_objects_v2(Bucket=names.STATE_BUCKET).get("Contents", [])]

    yield lock, left
    for key in left():
        s3.delete_object(Bucket=names.STATE_BUCKET, Key=key)
    s3.delete_bucket(Bucket=names.STATE_BUCKET)


def gone():
    """The ID of a process that has ended."""
    command = [sys.executable, "-c", "import os; print(os.getpid())"]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_a_dead_process_lock_is_removed_and_others_stay(state):
    lock, left = state
    lock("staging", gone())
    other = lock("prod", gone())
    locks.break_stale("staging")
    assert left() == [other]


@pytest.mark.parametrize("owner", [{"pid": os.getpid()}, {"pid": gone(), "host": "elsewhere"}])
def test_a_living_owner_is_named(state, owner):
    lock, left = state
    key = lock("staging", **owner)
    with pytest.raises(Problem) as problem:
        locks.break_stale("staging")
    assert str(owner["pid"]) in problem.value.what
    assert left() == [key]
