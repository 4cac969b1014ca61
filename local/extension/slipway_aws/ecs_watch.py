"""ECS: notices the exit of a container and its health without polling the engine.

MiniStack inspects every container of every task ten times a second, which keeps one of two cores busy.
"""

from __future__ import annotations

import time

from docker.errors import APIError, NotFound
from ministack.core.concurrency import resource_lock, spawn_background
from ministack.core.responses import request_scope
from ministack.services import ecs
from requests.exceptions import RequestException

REQUIRED = {
    "services.ecs": {
        "_watch_task_lifecycle": "task, docker_client, account_id, region",
        "_maybe_mark_stopped": "task, docker_client",
        "_mark_task_stopped": "task_arn, task, reason, stop_code, exit_code",
        "_task_is_active": "task_arn, task",
    }
}

#: Seconds between two reads of a container's health; ECS's shortest check interval is 5.
_HEALTH_INTERVAL = 1.0
#: Seconds before an engine that broke the connection is asked again.
_RECONNECT = 1.0


def install() -> None:
    """Replaces the watcher of a running task."""
    ecs._watch_task_lifecycle = watch_task_lifecycle


def watch_task_lifecycle(task, docker_client, account_id, region):
    """Blocks one thread per container until it exits, and one for health checks if there are any."""
    short = task["taskArn"].rsplit("/", 1)[-1][:8]
    for index, docker_id in enumerate(list(task.get("_docker_ids") or [])):
        spawn_background(
            _until_exit, task, docker_client, account_id, region, index, docker_id,
            thread_name=f"slipway-ecs-exit-{short}",
        )  # fmt: skip
    spawn_background(_health, task, docker_client, account_id, region, thread_name=f"slipway-ecs-health-{short}")


def _until_exit(task, docker_client, account_id, region, index, docker_id):
    while ecs_active(account_id, region, task["taskArn"], task):
        try:
            docker_client.api.wait(docker_id, timeout=None)
            break
        except NotFound:
            # Somebody removed it.
            if _essential(task, index):
                with request_scope(account_id, region):
                    ecs._mark_task_stopped(task["taskArn"], task, "", "EssentialContainerExited")
            return
        except (APIError, RequestException):
            # The engine restarts: the container may live on under it.
            time.sleep(_RECONNECT)
    with request_scope(account_id, region):
        ecs._maybe_mark_stopped(task, docker_client)


def _health(task, docker_client, account_id, region):
    arn = task["taskArn"]
    while ecs_active(account_id, region, arn, task):
        found = []
        for index, docker_id in enumerate(list(task.get("_docker_ids") or [])):
            try:
                health = docker_client.api.inspect_container(docker_id)["State"].get("Health")
            except NotFound:
                return
            if health is None:
                continue
            status = {"healthy": "HEALTHY", "unhealthy": "UNHEALTHY"}.get(health["Status"], "UNKNOWN")
            found.append((status, _essential(task, index)))
            with resource_lock("ecs-task", arn):
                task["containers"][index]["healthStatus"] = status
        if not found:
            return
        _record(task, [status for status, essential in found if essential])
        time.sleep(_HEALTH_INTERVAL)


def ecs_active(account_id, region, arn, task) -> bool:
    """Whether the task still runs, asked from a thread without a request."""
    with request_scope(account_id, region):
        return ecs._task_is_active(arn, task)


def _essential(task, index) -> bool:
    return (task.get("_container_essentials") or [])[index : index + 1] != [False]


def _record(task, essential):
    """The task is as healthy as its essential containers; the scheduler replaces an unhealthy one of a service."""
    if essential:
        unhealthy = "UNHEALTHY" in essential
        task["healthStatus"] = "UNHEALTHY" if unhealthy else "UNKNOWN" if "UNKNOWN" in essential else "HEALTHY"
