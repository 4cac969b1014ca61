"""Opens a shell in a running task, as ECS Exec does on AWS: there is no Session Manager here."""

from __future__ import annotations

import os
import shlex
import shutil
import sys

from slipway_local import aws
from slipway_local.docker_client import client
from slipway_local.errors import Problem


def shell(cluster: str, service: str, *, container: str, command: str) -> None:
    """Replaces this process by COMMAND in CONTAINER of the newest task of SERVICE."""
    docker = shutil.which("docker")
    if docker is None:
        raise Problem("there is no docker command", "install Docker's command line (Debian: docker-cli)")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Problem("a shell needs a terminal for its input and output", "to run one command, use `make manage`")
    ecs = aws.client("ecs")
    arns = ecs.list_tasks(cluster=cluster, serviceName=service, desiredStatus="RUNNING")["taskArns"]
    tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
    started = sorted((task for task in tasks if "startedAt" in task), key=lambda task: task["startedAt"], reverse=True)
    for task in started:
        labels = [
            f"com.amazonaws.ecs.task-arn={task['taskArn']}",
            f"com.amazonaws.ecs.container-name={container}",
        ]
        found = client().containers.list(filters={"label": labels, "status": "running"})
        if found:
            task_id = task["taskArn"].rsplit("/", 1)[-1]
            print(f"==> {command} in container {container} of task {task_id}", file=sys.stderr)
            os.execv(docker, [docker, "exec", "--interactive", "--tty", found[0].id, *shlex.split(command)])
    raise Problem(f"service {service} has no running task with a container {container!r}", "deploy first")
