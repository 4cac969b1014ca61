"""ECS: the end of a task.

SIGTERM, the container's stopTimeout, SIGKILL; its last log lines reach CloudWatch Logs before it is removed, and
nothing of the task stays behind. MiniStack allows 5 seconds whatever the definition says and leaves the other
containers of a task running when an essential one exits.
"""

from __future__ import annotations

import threading

from docker.errors import APIError, NotFound
from ministack.core.concurrency import spawn_background
from ministack.services import ecs

from slipway_aws.ecs_containers import DEFAULT_STOP_TIMEOUT, LABEL_STOP_TIMEOUT, LABEL_TASK

REQUIRED = {
    "services.ecs": {
        "_remove_docker_container": "docker_client, container_or_id",
        "_cleanup_task_resources": "task, docker_client, extra_container",
        "_get_docker": "",
    }
}

#: Seconds for the rest of a stopped container's output to reach its log stream.
_LOG_DRAIN = 10


def install() -> None:
    """Replaces the removal of a container and moves a task's clean-up off the caller's thread."""
    cleanup = ecs._cleanup_task_resources

    def remove_docker_container(docker_client, container_or_id):
        if not docker_client or container_or_id is None:
            return
        try:
            container = container_or_id
            if isinstance(container_or_id, str):
                container = docker_client.containers.get(container_or_id)
            _stop(container)
            _drain_logs(container)
            container.remove(v=True, force=True)
        except NotFound:
            pass

    def cleanup_task_resources(task, docker_client, extra_container=None):
        client = docker_client or ecs._get_docker()

        def work():
            cleanup(task, client, extra_container)
            if client:
                _remove_volumes(client, task["taskArn"])

        spawn_background(work, thread_name=f"slipway-ecs-stop-{_short(task['taskArn'])}")

    ecs._remove_docker_container = remove_docker_container
    ecs._cleanup_task_resources = cleanup_task_resources


def _stop(container) -> None:
    seconds = int(container.labels.get(LABEL_STOP_TIMEOUT) or DEFAULT_STOP_TIMEOUT)
    client = container.client.api
    # The call lasts as long as the container takes; the client's own timeout is shorter.
    url = client._url("/containers/{0}/stop", container.id)
    client._raise_for_status(client.post(url, params={"t": seconds}, timeout=seconds + 30))


def _drain_logs(container) -> None:
    arn = container.labels.get(LABEL_TASK, "")
    name = f"ministack-ecs-awslogs-{_short(arn)}-{container.labels.get('com.amazonaws.ecs.container-name')}"
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(_LOG_DRAIN)


def _remove_volumes(client, task_arn: str) -> None:
    for volume in client.volumes.list(filters={"label": f"{LABEL_TASK}={task_arn}"}):
        try:
            volume.remove()
        except APIError:
            # Still in use: a second clean-up of the same task removes it.
            continue


def _short(task_arn: str) -> str:
    return task_arn.rsplit("/", 1)[-1][:8]
