"""ECS: the containers of a task that ends.

SIGTERM, the container's stopTimeout, SIGKILL; its exit code is recorded, and its last log lines reach CloudWatch Logs
before it is removed. MiniStack allows 5 seconds whatever the definition says.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_timeout
"""

from __future__ import annotations

import threading
import time

from docker.errors import APIError, NotFound
from ministack.core.concurrency import resource_lock
from ministack.services import ecs, ecs_metadata
from requests.exceptions import RequestException

from slipway_aws.ecs_containers import DEFAULT_STOP_TIMEOUT, LABEL_STOP_TIMEOUT, LABEL_TASK

REQUIRED = {
    "services.ecs": {"_remove_docker_container": "docker_client, container_or_id", "_get_docker": ""},
    "services.ecs_metadata": {"unregister_token": "token"},
}

#: Seconds for the rest of a stopped container's output to reach its log stream.
_LOG_DRAIN = 10
#: Seconds that an engine has for a container that it could not stop or remove, and between two tries.
_KILL_SECONDS, _KILL_POLL = 60, 0.5
#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
_OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"


def install() -> None:
    """Replaces the removal of one container."""

    def remove_docker_container(docker_client, container_or_id):
        container = _get(docker_client, container_or_id)
        if container:
            _stop(container)
            _remove(container)

    ecs._remove_docker_container = remove_docker_container


def stop_containers(task: dict) -> None:
    """Stops a task's containers, those that started last first, and records how each ended."""
    client = ecs._get_docker()
    for index, identifier in reversed(list(enumerate(task.get("_docker_ids") or []))):
        container = _get(client, identifier)
        if container:
            _stop(container)
            _record(task, index, container)


def remove_containers(task: dict) -> None:
    """Removes what is left of a task: containers, volumes, credentials and metadata."""
    client = ecs._get_docker()
    with resource_lock("ecs-task", task["taskArn"]):
        identifiers, task["_docker_ids"] = list(task.get("_docker_ids") or []), []
        tokens, task["_metadata_tokens"] = list(task.get("_metadata_tokens") or []), []
    for token in tokens:
        ecs_metadata.unregister_token(token)
    for container in filter(None, (_get(client, identifier) for identifier in identifiers)):
        _remove(container)
    for volume in client.volumes.list(filters={"label": f"{LABEL_TASK}={task['taskArn']}"}) if client else ():
        try:
            volume.remove()
        except APIError:
            # Its container was removed by somebody else and is not gone yet.
            continue


def _get(client, container_or_id):
    if not client or container_or_id is None or not isinstance(container_or_id, str):
        return container_or_id if client else None
    try:
        return client.containers.get(container_or_id)
    except NotFound:
        return None


def _stop(container) -> None:
    seconds = int(container.labels.get(LABEL_STOP_TIMEOUT) or DEFAULT_STOP_TIMEOUT)
    client = container.client.api
    # The call lasts as long as the container takes; the client's own timeout is shorter.
    url = client._url("/containers/{0}/stop", container.id)
    try:
        client._raise_for_status(client.post(url, params={"t": seconds}, timeout=seconds + 30))
    except NotFound:
        pass
    except (APIError, RequestException) as problem:
        # A busy engine misses the exit that it waits for.
        ecs.logger.warning("stopping %s: %s", container.name, problem)
        _kill(container)


def _kill(container) -> None:
    """Kills a container until the engine says that it ended."""
    deadline = time.monotonic() + _KILL_SECONDS
    while time.monotonic() < deadline:
        try:
            container.reload()
            if container.status != "running":
                return
            container.kill()
        except NotFound:
            return
        except (APIError, RequestException):
            pass
        time.sleep(_KILL_POLL)


def _record(task: dict, index: int, container) -> None:
    try:
        container.reload()
    except (APIError, RequestException):
        return
    state = container.attrs["State"]
    with resource_lock("ecs-task", task["taskArn"]):
        record = task["containers"][index]
        record |= {"lastStatus": "STOPPED", "exitCode": state["ExitCode"]}
        if state.get("OOMKilled"):
            record["reason"] = _OUT_OF_MEMORY


def _remove(container) -> None:
    _drain_logs(container)
    deadline = time.monotonic() + _KILL_SECONDS
    while time.monotonic() < deadline:
        try:
            container.remove(v=True, force=True)
            return
        except NotFound:
            return
        except (APIError, RequestException) as problem:
            ecs.logger.warning("removing %s: %s", container.name, problem)
            time.sleep(_KILL_POLL)


def _drain_logs(container) -> None:
    arn = container.labels.get(LABEL_TASK, "")
    short = arn.rsplit("/", 1)[-1][:8]
    name = f"ministack-ecs-awslogs-{short}-{container.labels.get('com.amazonaws.ecs.container-name')}"
    for thread in threading.enumerate():
        if thread.name == name:
            _join(thread)


def _join(thread: threading.Thread) -> None:
    """Waits for a thread that may be about to begin: a container that ends at once is quicker than what reads its log."""
    deadline = time.monotonic() + _LOG_DRAIN
    while time.monotonic() < deadline:
        try:
            thread.join(_LOG_DRAIN)
            return
        except RuntimeError:
            time.sleep(_KILL_POLL)
