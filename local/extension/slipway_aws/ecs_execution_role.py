"""ECS: a task starts with what its execution role allows.

Where IAM is enforced, the role has to let ECS pull the image, read the secrets that the containers name and write
their logs; otherwise the task stops before it starts, as on AWS.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
"""

from __future__ import annotations

from ministack import app
from ministack.core.responses import get_account_id, get_region
from ministack.services import ecs

from slipway_aws import iam_roles, kms_permissions
from slipway_aws.settings import SETTINGS

REQUIRED = {
    "app": {"AUTH": ""},
    "services.ecs": {
        "_start_task_worker": "task, td, container_overrides, docker_client",
        "_SecretResolutionError": "",
    },
}

SERVICE = "ecs-tasks.amazonaws.com"
_PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_LOG = ("logs:CreateLogStream", "logs:PutLogEvents")


def install() -> None:
    """Wraps the start of a task."""
    start = ecs._start_task_worker

    def start_task_worker(task, td, container_overrides, docker_client):
        if app.AUTH:
            problem = refusal(td)
            if problem:
                raise ecs._SecretResolutionError(problem)
        start(task, td, container_overrides, docker_client)

    ecs._start_task_worker = start_task_worker


def refusal(definition: dict) -> str | None:
    """Why the roles of a task definition don't let its task start, or None."""
    wanted = [check for container in definition.get("containerDefinitions", []) for check in checks(container)]
    role = definition.get("executionRoleArn")
    if wanted and not role:
        return f"the task definition has no execution role, which {wanted[0][0]} needs"
    problem = iam_roles.refusal(role, SERVICE, wanted) if wanted else None
    if problem is None and definition.get("taskRoleArn"):
        # Of the task role alone the documents say that ECS tells for what it takes it.
        task = f"arn:aws:ecs:{get_region()}:{get_account_id()}:task/any"
        problem = iam_roles.refusal(definition["taskRoleArn"], SERVICE, [], task)
    return problem


def checks(container: dict) -> list[tuple[str, str, dict]]:
    """Actions and resources that the start of a container needs."""
    here, found = f"{get_region()}:{get_account_id()}", []
    registry, _, image = container.get("image", "").partition("/")
    if registry == SETTINGS.registry:
        repository = f"arn:aws:ecr:{here}:repository/{image.partition('@')[0].partition(':')[0]}"
        found += [("ecr:GetAuthorizationToken", "*", {}), *((action, repository, {}) for action in _PULL)]
    for secret in container.get("secrets") or []:
        found += _reading(secret.get("valueFrom", ""), here)
    log = container.get("logConfiguration") or {}
    if log.get("logDriver") == "awslogs":
        group = f"arn:aws:logs:{here}:log-group:{log['options']['awslogs-group']}"
        found += [(action, f"{group}:log-stream:*", {}) for action in _LOG]
    return found


def _reading(reference: str, here: str) -> list[tuple[str, str, dict]]:
    if ":secretsmanager:" not in reference:
        name = reference if reference.startswith("arn:") else f"arn:aws:ssm:{here}:parameter/{reference.lstrip('/')}"
        return [("ssm:GetParameters", name, {})]
    arn = ":".join(reference.split(":")[:7])
    action = "secretsmanager:GetSecretValue"
    return [(action, arn, {}), *kms_permissions.needed(action, arn)]
