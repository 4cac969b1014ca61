"""EventBridge: schedules and rules that run ECS tasks.

MiniStack fires schedules and rules at their time, but knows no ECS target. Where IAM is enforced, the target's role has
to allow the task.
https://docs.aws.amazon.com/scheduler/latest/APIReference/API_EcsParameters.html
"""

from __future__ import annotations

import json

from ministack import app
from ministack.services import ecs, eventbridge

from slipway_aws import ecs_execution_role, iam_roles

REQUIRED = {
    "app": {"AUTH": ""},
    "services.ecs": {
        "_run_task": "data",
        "_task_defs": "",
        "_resolve_td_key": "ref",
    },
    "services.eventbridge": {
        "_invoke_target": "target, event, rule, view",
        "logger": "",
    },
}

#: Members of EcsParameters and of a call of RunTask.
_SAME = {
    "TaskDefinitionArn": "taskDefinition", "TaskCount": "count", "LaunchType": "launchType",
    "PlatformVersion": "platformVersion", "Group": "group", "PropagateTags": "propagateTags",
    "EnableECSManagedTags": "enableECSManagedTags", "EnableExecuteCommand": "enableExecuteCommand",
    "CapacityProviderStrategy": "capacityProviderStrategy",
}  # fmt: skip


def install() -> None:
    """Wraps the call of a target."""
    invoke = eventbridge._invoke_target

    def invoke_target(target, event, rule, view=None):
        if not target.get("EcsParameters"):
            return invoke(target, event, rule, view)
        call = run_task_call(target)
        service = "scheduler.amazonaws.com" if event.get("Source") == "aws.scheduler" else "events.amazonaws.com"
        problem = refusal(target, call, service, source_of(rule.get("Arn", ""))) if app.AUTH else None
        if problem is None:
            status, _, body = ecs._run_task(call)
            failures = [] if status != 200 else json.loads(body).get("failures")
            problem = body.decode() if status != 200 else failures and str(failures)
        if problem:
            eventbridge.logger.warning("%s can't run its task: %s", rule.get("Arn"), problem)
        return None

    eventbridge._invoke_target = invoke_target


def run_task_call(target: dict) -> dict:
    """The call of RunTask that a target asks for."""
    parameters = target["EcsParameters"]
    call = {name: parameters[member] for member, name in _SAME.items() if member in parameters}
    call["cluster"] = target["Arn"]
    # A schedule's network members are those of ECS, a rule's start with capitals.
    network = (parameters.get("NetworkConfiguration") or {}).get("awsvpcConfiguration")
    if network:
        lower = {name[0].lower() + name[1:]: value for name, value in network.items()}
        call["networkConfiguration"] = {"awsvpcConfiguration": lower}
    tags = [{name.lower(): value for name, value in tag.items()} for tag in parameters.get("Tags") or []]
    if tags:
        call["tags"] = tags
    try:
        overrides = json.loads(target.get("Input") or "{}")
    except ValueError:
        overrides = {}
    if isinstance(overrides, dict) and overrides.get("containerOverrides"):
        call["overrides"] = overrides
    return call


def source_of(arn: str) -> str:
    """What EventBridge takes a target's role for: a rule, or the group of a schedule.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    """
    begin, is_schedule, rest = arn.partition(":schedule/")
    return f"{begin}:schedule-group/{rest.partition('/')[0]}" if is_schedule else arn


def refusal(target: dict, call: dict, service: str, source: str) -> str | None:
    """Why the target's role does not allow the task, or None."""
    definition = ecs._task_defs.get(ecs._resolve_td_key(call["taskDefinition"]))
    if definition is None:
        return f"{call['taskDefinition']} does not exist"
    checks = [("ecs:RunTask", definition["taskDefinitionArn"], {"ecs:cluster": target["Arn"]})]
    checks += [
        ("iam:PassRole", definition[member], {"iam:passedtoservice": ecs_execution_role.SERVICE})
        for member in ("executionRoleArn", "taskRoleArn")
        if definition.get(member)
    ]
    return iam_roles.refusal(target.get("RoleArn", ""), service, checks, source)
