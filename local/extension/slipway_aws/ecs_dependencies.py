"""ECS: `dependsOn`, the order in which the containers of a task start.

MiniStack starts all containers of a task at once. A migration that must succeed before the app serves needs the
order and the conditions START, COMPLETE, SUCCESS and HEALTHY.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
"""

from __future__ import annotations

import graphlib
import time
from contextvars import ContextVar
from dataclasses import dataclass, field

from ministack.core.concurrency import resource_lock
from ministack.core.responses import error_response_json
from ministack.services import ecs

REQUIRED = {
    "services.ecs": {
        "_ACTION_MAP": "",
        "_register_task_definition": "data",
        "_start_task_worker": "task, td, container_overrides, docker_client",
        "_run_docker_container": "docker_client, cdef, run_kwargs, refresh_image, allow_cached, cache_image, "
        "fallback_image, auth_config",
        "_fail_task_start": "task, docker_client, reason",
        "_task_is_active": "task_arn, task",
    }
}

CONDITIONS = ("START", "COMPLETE", "SUCCESS", "HEALTHY")

#: Seconds between two looks at a container that another one waits for.
_POLL = 0.2


class DependencyFailed(Exception):
    """A container that another one waits for can no longer meet its condition."""


class _Stopped(Exception):
    """The task was stopped while it waited; whoever stopped it cleans up."""


@dataclass
class _Start:
    """One task while it starts: its record and the containers that run so far."""

    task: dict
    containers: dict = field(default_factory=dict)


_starting: ContextVar[_Start | None] = ContextVar("slipway_starting_task", default=None)


def install() -> None:
    """Wraps registering a task definition, starting a task and starting one container of it."""
    register, start, run = ecs._register_task_definition, ecs._start_task_worker, ecs._run_docker_container

    def register_task_definition(data):
        problem = find_problem(data.get("containerDefinitions") or [])
        return error_response_json("ClientException", problem, 400) if problem else register(data)

    def start_task_worker(task, td, container_overrides, docker_client):
        td = {**td, "containerDefinitions": in_order(td.get("containerDefinitions", []))}
        _follow_order(task, td["containerDefinitions"])
        token = _starting.set(_Start(task))
        try:
            start(task, td, container_overrides, docker_client)
        except DependencyFailed as failure:
            ecs._fail_task_start(task, docker_client, str(failure))
        except _Stopped:
            pass
        finally:
            _starting.reset(token)

    def run_docker_container(docker_client, cdef, run_kwargs, **options):
        current = _starting.get()
        if current is None:
            return run(docker_client, cdef, run_kwargs, **options)
        for dependency in cdef.get("dependsOn") or []:
            _wait(current, cdef["name"], dependency)
        container = run(docker_client, cdef, run_kwargs, **options)
        current.containers[cdef["name"]] = (container, cdef)
        return container

    ecs._register_task_definition = register_task_definition
    ecs._ACTION_MAP["RegisterTaskDefinition"] = register_task_definition
    ecs._start_task_worker = start_task_worker
    ecs._run_docker_container = run_docker_container


def find_problem(definitions: list[dict]) -> str | None:
    """What ECS refuses about the dependencies of a task definition, or None."""
    by_name = {d.get("name"): d for d in definitions}
    for definition in definitions:
        for dependency in definition.get("dependsOn") or []:
            target, condition = by_name.get(dependency.get("containerName")), dependency.get("condition")
            where = f"container '{definition.get('name')}' dependsOn '{dependency.get('containerName')}'"
            if target is None:
                return f"{where}: no such container in the task definition."
            if condition not in CONDITIONS:
                return f"{where}: condition '{condition}' is not one of {', '.join(CONDITIONS)}."
            if condition in ("COMPLETE", "SUCCESS") and target.get("essential", True):
                return f"{where}: an essential container can't be awaited with condition {condition}."
            if condition == "HEALTHY" and not target.get("healthCheck"):
                return f"{where}: condition HEALTHY needs a health check on that container."
    try:
        in_order(definitions)
    except graphlib.CycleError as error:
        return "the dependencies between containers form a cycle: " + " -> ".join(error.args[1])
    return None


def in_order(definitions: list[dict]) -> list[dict]:
    """The definitions with every container after those that it waits for, otherwise as given."""
    names = [d["name"] for d in definitions]
    graph = {d["name"]: [x["containerName"] for x in d.get("dependsOn") or []] for d in definitions}
    sorter = graphlib.TopologicalSorter(graph)
    sorter.prepare()
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=names.index)
        order += ready
        sorter.done(*ready)
    by_name = {d["name"]: d for d in definitions}
    return [by_name[name] for name in order]


def _follow_order(task: dict, definitions: list[dict]) -> None:
    """MiniStack pairs the task's records with its containers by index."""
    with resource_lock("ecs-task", task["taskArn"]):
        records = {record["name"]: record for record in task["containers"]}
        task["containers"] = [records[d["name"]] for d in definitions]
        task["_container_essentials"] = [bool(d.get("essential", True)) for d in definitions]


def _wait(current: _Start, name: str, dependency: dict) -> None:
    """Returns when the condition holds; raises DependencyFailed when it never can."""
    task, condition = current.task, dependency["condition"]
    container, definition = current.containers[dependency["containerName"]]
    limit = definition.get("startTimeout")
    deadline = time.monotonic() + limit if limit else None
    while True:
        if not ecs._task_is_active(task["taskArn"], task):
            raise _Stopped
        container.reload()
        state = container.attrs["State"]
        exited = state["Status"] in ("exited", "dead")
        if exited:
            _record_exit(task, definition["name"], state["ExitCode"])
        if _holds(condition, state, exited):
            return
        reason = _impossible(condition, state, exited)
        if reason is None and deadline and time.monotonic() > deadline:
            reason = f"did not reach {condition} within its startTimeout of {limit} seconds"
        if reason:
            raise DependencyFailed(
                f"Task failed to start: container '{definition['name']}' {reason}, "
                f"and container '{name}' depends on its {condition}"
            )
        time.sleep(_POLL)


def _holds(condition: str, state: dict, exited: bool) -> bool:
    if condition == "START":
        return exited or state["Status"] == "running"
    if condition == "COMPLETE":
        return exited
    if condition == "SUCCESS":
        return exited and state["ExitCode"] == 0
    return (state.get("Health") or {}).get("Status") == "healthy"


def _impossible(condition: str, state: dict, exited: bool) -> str | None:
    if exited and condition in ("SUCCESS", "HEALTHY"):
        return f"exited with code {state['ExitCode']}"
    if condition == "HEALTHY" and (state.get("Health") or {}).get("Status") == "unhealthy":
        return "is unhealthy"
    return None


def _record_exit(task: dict, name: str, code: int) -> None:
    with resource_lock("ecs-task", task["taskArn"]):
        for record in task["containers"]:
            if record["name"] == name:
                record["lastStatus"], record["exitCode"] = "STOPPED", code
