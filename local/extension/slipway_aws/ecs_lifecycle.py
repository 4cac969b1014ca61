"""ECS: the end of a task, step by step.

A service that stops a task deregisters it first (DEACTIVATING), waits until its target groups have drained it, and
then sends SIGTERM; the container's stopTimeout later, SIGKILL (STOPPING). StopTask and the loss of a Spot task send
SIGTERM at once, and the target is deregistered some seconds later, while it still gets requests. The containers stop in
the reverse of the order in which they started; nothing of the task stays behind, but its record does for an hour.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
https://github.com/aws/amazon-ecs-agent/issues/2316
"""

from __future__ import annotations

import time

from ministack.core.concurrency import resource_lock, spawn_background
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response, request_scope
from ministack.services import ecs, ecs_metadata

from slipway_aws import ecs_service_words, ecs_stop, ecs_targets

REQUIRED = {
    "services.ecs": {
        "_ACTION_MAP": "",
        "_mark_task_stopped": "task_arn, task, reason, stop_code, exit_code",
        "_cleanup_task_resources": "task, docker_client, extra_container",
        "_stop_task": "data",
        "_task_is_active": "task_arn, task",
        "_bump_task_version": "task",
        "_recount_cluster": "cluster_name",
        "_refresh_service_state": "cluster_name, group",
        "_record_service_task_failure": "task, digest_resolution_failed",
        "_resolve_cluster_name": "ref",
        "_resolve_task": "ref, cluster_name",
        "_cluster_name_from_arn": "arn",
        "_sanitize": "obj",
        "_get_docker": "",
        "_iso": "",
        "_services": "",
    },
    "services.ecs_metadata": {
        "set_task_status": "task_arn, known_status, desired_status",
        "set_all_container_status": "task_arn, known_status",
    },
}

#: Seconds from SIGTERM to deregistration when a task is stopped from outside its service: 502s for 3 to 5 seconds were
#: measured on AWS (amazon-ecs-agent#2316).
STOP_TASK_DEREGISTRATION = 3.0
#: stopCode of what the service decides.
SCHEDULER = "ServiceSchedulerInitiated"

_POLL = 0.1


def install() -> None:
    """Replaces the end of a task and StopTask."""
    cleanup = ecs._cleanup_task_resources

    def mark_task_stopped(task_arn, task, reason, stop_code, exit_code=None):
        if stop_code == "EssentialContainerExited":
            reason = ecs_service_words.ESSENTIAL_EXITED
        return stop(task, reason, stop_code)

    def cleanup_task_resources(task, docker_client, extra_container=None):
        if extra_container is not None or not task.get("_ending"):
            cleanup(task, docker_client, extra_container)

    def stop_by_service(data):
        return _stop(data, SCHEDULER)

    ecs._mark_task_stopped = mark_task_stopped
    ecs._cleanup_task_resources = cleanup_task_resources
    # MiniStack's own callers are its services; those of the API are users.
    ecs._stop_task = stop_by_service
    ecs._ACTION_MAP["StopTask"] = lambda data: _stop(data, "UserInitiated")


def _stop(data, code):
    cluster = ecs._resolve_cluster_name(data.get("cluster", "default"))
    if cluster is None:
        return error_response_json("ClusterNotFoundException", "Cluster not found.", 400)
    task = ecs._resolve_task(data.get("task", ""), cluster)
    if not task:
        return error_response_json("InvalidParameterException", "The referenced task was not found.", 400)
    stop(task, data.get("reason") or "Task stopped by user", code)
    with resource_lock("ecs-task", task["taskArn"]):
        return json_response({"task": ecs._sanitize(task)})


def stop(task: dict, reason: str, code: str) -> bool:
    """Begins the end of a task; False when it had begun."""
    arn = task["taskArn"]
    with resource_lock("ecs-task", arn):
        if not ecs._task_is_active(arn, task):
            return False
        ecs._bump_task_version(task)
        ran = task["lastStatus"] == "RUNNING"
        task |= {
            "desiredStatus": "STOPPED", "stoppingAt": ecs._iso(), "stoppedReason": reason, "stopCode": code,
            "_ending": True,
        }  # fmt: skip
        if ran:
            task["lastStatus"] = "DEACTIVATING"
    ecs_metadata.set_task_status(arn, desired_status="STOPPED")
    service = service_of(task)
    if service and ran and code == SCHEDULER:
        if ecs_targets.states(task):
            ecs_service_words.event(service, "has begun draining connections on 1 tasks.")
        ecs_service_words.event(service, f"has stopped 1 running tasks: {ecs_service_words.tasks([task])}.")
    _refresh(task)
    if code in ("EssentialContainerExited", "TaskFailedToStart"):
        ecs._record_service_task_failure(task)
    if ecs._get_docker() is None:
        _end(task, service, code)
    else:
        account, region = get_account_id(), get_region()
        spawn_background(_in_scope, account, region, task, service, code, thread_name=f"slipway-ecs-end-{short(arn)}")
    return True


def short(task_arn: str) -> str:
    """The first characters of a task's identifier."""
    return task_arn.rsplit("/", 1)[-1][:8]


def service_of(task: dict) -> dict | None:
    """The service that a task belongs to."""
    group, cluster = task.get("group") or "", ecs._cluster_name_from_arn(task.get("clusterArn", ""))
    return ecs._services.get(f"{cluster}/{group.removeprefix('service:')}") if group.startswith("service:") else None


def _in_scope(account, region, task, service, code):
    with request_scope(account, region):
        _end(task, service, code)


def _end(task, service, code):
    if code == SCHEDULER:
        ecs_targets.deregister(service, task)
        while ecs._get_docker() and not ecs_targets.drained(task):
            time.sleep(_POLL)
    elif code == "UserInitiated":
        spawn_background(_deregister_later, get_account_id(), get_region(), service, task,
                         thread_name=f"slipway-ecs-leave-{short(task['taskArn'])}")  # fmt: skip
    else:
        ecs_targets.deregister(service, task)
    _status(task, "STOPPING")
    ecs_stop.stop_containers(task)
    _status(task, "DEPROVISIONING")
    ecs_targets.deregister(service, task)
    ecs_stop.remove_containers(task)
    with resource_lock("ecs-task", task["taskArn"]):
        now = ecs._iso()
        task |= {"stoppedAt": now, "executionStoppedAt": task.get("executionStoppedAt") or now}
        for container in task.get("containers", []):
            container["lastStatus"] = "STOPPED"
    ecs_metadata.set_all_container_status(task["taskArn"], "STOPPED")
    _status(task, "STOPPED")


def _deregister_later(account, region, service, task):
    with request_scope(account, region):
        deadline = time.monotonic() + STOP_TASK_DEREGISTRATION
        while time.monotonic() < deadline and task["lastStatus"] in ("DEACTIVATING", "STOPPING"):
            time.sleep(_POLL)
        ecs_targets.deregister(service, task)


def _status(task, status):
    with resource_lock("ecs-task", task["taskArn"]):
        task["lastStatus"] = status
        ecs._bump_task_version(task)
    ecs_metadata.set_task_status(task["taskArn"], known_status=status)
    _refresh(task)


def _refresh(task):
    cluster = ecs._cluster_name_from_arn(task.get("clusterArn", ""))
    if cluster:
        ecs._recount_cluster(cluster)
        ecs._refresh_service_state(cluster, task.get("group", ""))
