"""ECS: the words of service events and of the states of a deployment.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
"""

from __future__ import annotations

from ministack.services import ecs

REQUIRED = {"services.ecs": {"new_uuid": "", "_iso": ""}}

#: Events that DescribeServices shows.
_EVENTS = 100

#: Of stopped tasks.
ESSENTIAL_EXITED = "Essential container in task exited"
CONTAINER_UNHEALTHY = "Task failed container health checks"


def install() -> None:
    """Nothing is wrapped."""


def event(service: dict, text: str) -> None:
    """Adds an event, newest first."""
    message = f"(service {service['serviceName']}) {text}"
    entry = {"id": ecs.new_uuid(), "createdAt": ecs._iso(), "message": message}
    service["events"] = [entry, *(service.get("events") or [])][:_EVENTS]


def tasks(found: list[dict]) -> str:
    """Their identifiers, as events list them."""
    return " ".join(f"(task {task['taskArn'].rpartition('/')[2]})" for task in found)


def in_progress(deployment: dict) -> str:
    return f"ECS deployment {deployment['id']} in progress."


def completed(deployment: dict) -> str:
    return f"ECS deployment {deployment['id']} completed."


def rolling_back(to: dict) -> str:
    return f"ECS deployment circuit breaker: rolling back to deploymentId {to['id']}."


#: What the tasks of a failed deployment did.
NOT_STARTED = "tasks failed to start"
UNHEALTHY = "tasks failed health checks"


def elb_unhealthy(group_arn: str) -> str:
    return f"Task failed ELB health checks in (target-group {group_arn})"
