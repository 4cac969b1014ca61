"""ECS: a task's group and tags, and whether a command may run in it.

MiniStack leaves the group of a task that stands alone empty, propagates no tags, and lets commands run in tasks that
were not started for it.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
"""

from __future__ import annotations

from ministack.core.responses import error_response_json
from ministack.services import ecs

REQUIRED = {
    "services.ecs": {
        "_ACTION_MAP": "",
        "_services": "",
        "_tags": "",
        "_task_defs": "",
        "_run_task": "data",
        "_execute_command": "data",
        "_resolve_td_key": "ref",
        "_resolve_cluster_name": "ref",
        "_resolve_task": "ref, cluster_name",
    }
}

_NOT_ENABLED = (
    "The execute command failed because execute command was not enabled when the task was run or the execute command "
    "agent isn't running. Wait and try again or run a new task with execute command enabled and try again."
)


def install() -> None:
    """Wraps the start of tasks and of commands in them."""
    run, execute = ecs._run_task, ecs._execute_command

    def run_task(data):
        return run(complete(data))

    def execute_command(data):
        cluster = ecs._resolve_cluster_name(data.get("cluster", "default"))
        task = ecs._resolve_task(data.get("task", ""), cluster) if cluster else None
        if task and not task.get("enableExecuteCommand"):
            return error_response_json("InvalidParameterException", _NOT_ENABLED, 400)
        return execute(data)

    ecs._run_task = run_task
    ecs._execute_command = execute_command
    ecs._ACTION_MAP |= {"RunTask": run_task, "ExecuteCommand": execute_command}


def complete(data: dict) -> dict:
    """The request with the group and the tags that ECS gives a task."""
    definition = ecs._task_defs.get(ecs._resolve_td_key(data.get("taskDefinition", "")))
    cluster = ecs._resolve_cluster_name(data.get("cluster", "default"))
    if definition is None or cluster is None:
        return data
    group = data.get("group") or f"family:{definition['family']}"
    service = ecs._services.get(f"{cluster}/{group.removeprefix('service:')}") if group.startswith("service:") else None
    wish = service or data
    tags = list(data.get("tags") or [])
    if wish.get("enableECSManagedTags"):
        tags.append({"key": "aws:ecs:clusterName", "value": cluster})
        if service:
            tags.append({"key": "aws:ecs:serviceName", "value": service["serviceName"]})
    source = {
        "TASK_DEFINITION": definition["taskDefinitionArn"],
        "SERVICE": service and service["serviceArn"],
    }.get(wish.get("propagateTags"))
    given = {tag["key"] for tag in tags}
    tags += [tag for tag in ecs._tags.get(source) or [] if tag["key"] not in given]
    return {**data, "group": group, "tags": tags}
