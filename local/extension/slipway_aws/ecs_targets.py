"""ECS: the tasks of a service in its target groups.

A task is registered when it runs. Who deregisters it, and when, depends on how it ends: see ecs_lifecycle.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-load-balancing.html
"""

from __future__ import annotations

from ministack.services import alb, ecs

from slipway_aws import alb_records, alb_registration
from slipway_aws.alb_records import Key
from slipway_aws.alb_targets import MONITOR
from slipway_aws.ecs_service_words import event

REQUIRED = {
    "services.ecs": {"_sync_service_targets": "cluster_name, svc", "_task_ip": "task"},
    "services.alb": {"_tgs": ""},
}

#: Key of a task's record: its registered targets.
_TARGETS = "_slipway_targets"


def install() -> None:
    """Takes the registration out of MiniStack's hands."""
    ecs._sync_service_targets = lambda cluster_name, svc: None


def register(service: dict, task: dict) -> None:
    """Registers a running task where it is not yet."""
    address = ecs._task_ip(task)
    if task.get(_TARGETS) is not None or not address:
        return
    task[_TARGETS] = []
    for balancer in service.get("loadBalancers") or []:
        arn = balancer.get("targetGroupArn")
        if arn not in alb._tgs:
            continue
        key = Key(arn, address, int(balancer.get("containerPort") or 80))
        alb_registration.add(key)
        task[_TARGETS].append(key)
        event(service, f"registered 1 targets in (target-group {arn})")
    if task[_TARGETS]:
        MONITOR.round()


def deregister(service: dict | None, task: dict) -> None:
    """Takes a task out of its target groups; `drained` says when that is complete."""
    for key in task.get(_TARGETS) or []:
        if alb_registration.remove(key) and service:
            event(service, f"deregistered 1 targets in (target-group {key.group})")
    if task.get(_TARGETS):
        MONITOR.round()


def drained(task: dict) -> bool:
    """Whether nothing is in flight any more, or the deregistration delay is over."""
    return all(MONITOR.drained(key) for key in task.get(_TARGETS) or [])


def states(task: dict) -> list[tuple[Key, str, str]]:
    """Target, state and reason in every group that checks."""
    found = []
    for key in task.get(_TARGETS) or []:
        group, target = alb_records.find(alb._tgs, key.group), MONITOR.state(key)
        if group is not None and target is not None and alb_records.checked(group):
            found.append((key, target.state, target.reason))
    return found
