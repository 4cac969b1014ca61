"""ECS: what becomes of a deployment, as events on EventBridge.

A rule on them is how a rollback reaches the people on call. MiniStack's ECS publishes no events.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
"""

from __future__ import annotations

import json

from ministack.services import eventbridge

REQUIRED = {"services.eventbridge": {"_put_events": "data, allow_aws_source"}}

#: Key of a deployment's record: the last state that was published.
_PUBLISHED = "_published"


def install() -> None:
    """Nothing is wrapped: the scheduler publishes what it changed."""


def publish_changes(service: dict) -> None:
    """Publishes the state of every deployment that has another one than before."""
    for deployment in list(service.get("deployments") or []):
        state = deployment.get("rolloutState")
        if state and deployment.get(_PUBLISHED) != state:
            deployment[_PUBLISHED] = state
            _publish(service, deployment, state)


def _publish(service, deployment, state) -> None:
    detail = {
        "eventType": "ERROR" if state == "FAILED" else "INFO",
        "eventName": f"SERVICE_DEPLOYMENT_{state}",
        "deploymentId": deployment["id"],
        "updatedAt": deployment.get("updatedAt"),
        "reason": deployment.get("rolloutStateReason", ""),
    }
    entry = {
        "Source": "aws.ecs",
        "DetailType": "ECS Deployment State Change",
        "Detail": json.dumps(detail, default=str),
        "Resources": [service["serviceArn"]],
    }
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
