"""ECS: deployments of a service, from their first task to the last, with circuit breaker and rollback.

A deployment is complete once all its tasks are healthy and no other task is left. The circuit breaker trips when half
of the desired tasks, but at least 3 and at most 200, failed in a row; a healthy task resets the count. With rollback,
the last completed deployment becomes the primary one again.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
"""

from __future__ import annotations

import json
import threading
import time

from ministack.core.concurrency import resource_lock
from ministack.services import ecs

from slipway_aws import ecs_service_words as words
from slipway_aws.ecs_plan import Member

REQUIRED = {
    "services.ecs": {
        "_make_deployment": "task_definition, desired_count, status",
        "_create_service": "data",
        "_update_service": "data",
        "_record_service_task_failure": "task, digest_resolution_failed",
        "_record_service_task_healthy": "svc_key, task",
        "_complete_service_deployment": "cluster_name, svc_key, expected_deployment_id",
        "_circuit_breaker_threshold": "svc",
        "_ACTION_MAP": "",
        "_iso": "",
        "_services": "",
    },
}

#: Seconds that a rollback takes at least, so that who asks every second sees what failed. It is longer on AWS.
_ROLLBACK_SECONDS = 5

_REBALANCING = "availabilityZoneRebalancing"

#: Held by who changes services: the scheduler and calls of the API.
TURN = threading.RLock()


def install() -> None:
    """Takes the states of deployments out of MiniStack's hands."""
    make, update = ecs._make_deployment, _keeping(ecs._update_service)

    def make_deployment(task_definition, desired_count, status="PRIMARY"):
        made = make(task_definition, desired_count, status)
        return made | {"rolloutState": "IN_PROGRESS", "rolloutStateReason": words.in_progress(made)}

    def update_service(data):
        with TURN:
            before = {event["id"] for service in ecs._services.values() for event in service["events"]}
            response = update(data)
            for service in list(ecs._services.values()):
                # MiniStack says that tasks drain whatever was updated.
                service["events"] = [event for event in service["events"] if event["id"] in before]
                _explain(service)
        return response

    ecs._make_deployment = make_deployment
    ecs._update_service = update_service
    ecs._ACTION_MAP |= {"CreateService": _keeping(ecs._create_service), "UpdateService": update_service}
    ecs._record_service_task_failure = record_failure
    ecs._record_service_task_healthy = lambda svc_key, task: None
    ecs._complete_service_deployment = lambda cluster_name, svc_key, expected_deployment_id=None: None


def _keeping(call):
    """A call with the one setting of a service that MiniStack does not know, which is on where nobody says otherwise.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """

    def called(data):
        status, headers, body = call(data)
        answer = json.loads(body)
        if shown := answer.get("service"):
            kept = next(s for s in ecs._services.values() if s["serviceArn"] == shown["serviceArn"])
            for service in (kept, shown):
                service[_REBALANCING] = data.get(_REBALANCING) or kept.get(_REBALANCING, "ENABLED")
        return status, headers, json.dumps(answer).encode()

    return called


def _explain(service: dict) -> None:
    for deployment in service.get("deployments") or []:
        if deployment["rolloutState"] == "IN_PROGRESS" and not deployment["rolloutStateReason"]:
            deployment["rolloutStateReason"] = words.in_progress(deployment)


def primary(service: dict) -> dict:
    """The most recent deployment, or after a rollback the one that was completed last."""
    return next(deployment for deployment in service["deployments"] if deployment["status"] == "PRIMARY")


def record_failure(task: dict, digest_resolution_failed: bool = False) -> None:
    """A task did not start, or one of its essential containers ended by itself."""
    from slipway_aws import ecs_lifecycle, ecs_scheduler

    service = ecs_lifecycle.service_of(task)
    # An image that can't be resolved can't be pulled either, which counts.
    if service is None or digest_resolution_failed or service["status"] != "ACTIVE":
        return
    deployment = next((d for d in service["deployments"] if d["id"] == task.get("_deployment_id")), None)
    if deployment is None:
        return
    if task.get("startedAt") is None:
        ecs_scheduler.throttle(deployment)
    count_failure(service, deployment, words.NOT_STARTED)


def count_failure(service: dict, deployment: dict, what: str) -> None:
    """One more failed task of a deployment in progress."""
    with resource_lock("slipway-deployment", deployment["id"]):
        if deployment["rolloutState"] == "IN_PROGRESS" and deployment["status"] == "PRIMARY":
            deployment["failedTasks"] = int(deployment.get("failedTasks") or 0) + 1
            deployment |= {"updatedAt": ecs._iso(), "_slipway_problem": what}


def count_healthy(service: dict, task: dict) -> None:
    """A task reached health; the first time, the count of failures starts again."""
    if task.get("_slipway_counted"):
        return
    task["_slipway_counted"] = True
    deployment = next((d for d in service["deployments"] if d["id"] == task.get("_deployment_id")), None)
    if deployment and _breaker(service).get("resetOnHealthyTask", True):
        deployment |= {"failedTasks": 0, "_slipway_wait": 0}


def follow(service: dict, new: list[Member], alive: list[dict]) -> bool:
    """Completes, fails or rolls back the primary deployment; True when another one became primary."""
    deployment = primary(service)
    others = [task for task in alive if task.get("_deployment_id") != deployment["id"]]
    healthy = sum(member.healthy for member in new)
    changed = False
    if deployment["rolloutState"] == "IN_PROGRESS":
        visible = time.monotonic() - deployment.get("_slipway_rolled_back", -_ROLLBACK_SECONDS) >= _ROLLBACK_SECONDS
        if healthy == len(new) == service["desiredCount"] and not others and visible:
            _complete(service, deployment)
        elif _tripped(service, deployment):
            changed = _fail(service, deployment)
    _drop_replaced(service, alive)
    _steady(service, new, alive)
    return changed


def _breaker(service: dict) -> dict:
    return (service.get("deploymentConfiguration") or {}).get("deploymentCircuitBreaker") or {}


def _tripped(service: dict, deployment: dict) -> bool:
    # A deployment that is rolled back to has served before.
    return (
        bool(_breaker(service).get("enable"))
        and not deployment.get("_slipway_rollback")
        and int(deployment.get("failedTasks") or 0) >= ecs._circuit_breaker_threshold(service)
    )


def _complete(service: dict, deployment: dict) -> None:
    deployment |= {
        "rolloutState": "COMPLETED", "rolloutStateReason": words.completed(deployment), "updatedAt": ecs._iso(),
        "_slipway_completed": True, "_slipway_rollback": False,
    }  # fmt: skip
    words.event(service, f"(deployment {deployment['id']}) deployment completed.")


def _fail(service: dict, deployment: dict) -> bool:
    what = deployment.get("_slipway_problem", words.NOT_STARTED)
    deployment |= {
        "rolloutState": "FAILED", "rolloutStateReason": f"ECS deployment circuit breaker: {what}.",
        "desiredCount": 0, "updatedAt": ecs._iso(),
    }  # fmt: skip
    words.event(service, f"(deployment {deployment['id']}) deployment failed: {what}.")
    back = next((d for d in service["deployments"] if d is not deployment and d.get("_slipway_completed")), None)
    if not _breaker(service).get("rollback") or back is None:
        return False
    deployment["status"] = "ACTIVE"
    back |= {
        "status": "PRIMARY", "desiredCount": service["desiredCount"], "rolloutState": "IN_PROGRESS", "failedTasks": 0,
        "rolloutStateReason": words.rolling_back(back), "updatedAt": ecs._iso(), "_slipway_rollback": True,
        "_slipway_rolled_back": time.monotonic(),
    }  # fmt: skip
    service["taskDefinition"] = back["taskDefinition"]
    service["deployments"].sort(key=lambda found: found["status"] != "PRIMARY")
    words.event(service, f"rolling back to deployment {back['id']}.")
    return True


def _drop_replaced(service: dict, alive: list[dict]) -> None:
    """A deployment that was completely replaced is not described any more."""
    used = {task.get("_deployment_id") for task in alive}
    if primary(service)["rolloutState"] == "COMPLETED":
        service["deployments"] = [d for d in service["deployments"] if d["status"] == "PRIMARY" or d["id"] in used]


def _steady(service: dict, new: list[Member], alive: list[dict]) -> None:
    desired = service["desiredCount"]
    steady = (
        len(service["deployments"]) == 1
        and primary(service)["rolloutState"] == "COMPLETED"
        and len(alive) == len(new) == sum(member.healthy for member in new) == desired
    )
    if steady and not service.get("_slipway_steady"):
        words.event(service, "has reached a steady state.")
    service["_slipway_steady"] = steady
