"""ALB: targets by address and port.

MiniStack takes the same address with another port for the same target.
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetDescription.html
"""

from __future__ import annotations

from ministack.core.concurrency import resource_lock
from ministack.services import alb

from slipway_aws import alb_records
from slipway_aws.alb_records import Key
from slipway_aws.alb_targets import MONITOR
from slipway_aws.query_protocol import request

REQUIRED = {
    "services.alb": {
        "_ACTION_MAP": "",
        "_tgs": "",
        "_targets": "",
        "_error": "code, message, status",
        "_empty": "action",
    }
}


def install() -> None:
    """Replaces the two actions."""
    alb._ACTION_MAP |= {"RegisterTargets": register_targets, "DeregisterTargets": deregister_targets}


def register_targets(params):
    """RegisterTargets."""
    return _change(params, "RegisterTargets", add)


def deregister_targets(params):
    """DeregisterTargets."""
    return _change(params, "DeregisterTargets", remove)


def add(key: Key) -> None:
    """Registers a target; one that is registered stays as it is."""
    with resource_lock("elbv2-targets", key.group):
        now = alb._targets.get(key.group, [])
        if not any(_same(target, key) for target in now):
            alb._targets[key.group] = [*now, {"Id": key.address, "Port": key.port}]


def remove(key: Key) -> bool:
    """Deregisters a target; False when it was not registered."""
    with resource_lock("elbv2-targets", key.group):
        now = alb._targets.get(key.group, [])
        alb._targets[key.group] = [target for target in now if not _same(target, key)]
        return len(alb._targets[key.group]) < len(now)


def _same(target: dict, key: Key) -> bool:
    group = alb._tgs.get(key.group) or {}
    return alb_records.key(key.group, target, group) == key


def _change(params, action, change):
    given = request("elbv2", action, params)
    arn = given.get("TargetGroupArn", "")
    if arn not in alb._tgs:
        return alb._error("TargetGroupNotFound", f"Target group '{arn}' not found.")
    for target in given.get("Targets") or []:
        change(alb_records.key(arn, target, alb._tgs[arn]))
    MONITOR.round()
    return alb._empty(action)
