"""ECS: what becomes of a deployment, as events on EventBridge.

A rule on them is how a rollback reaches the people on call. MiniStack's ECS publishes no events.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
"""

from __future__ import annotations

import json

from ministack.services import ecs, eventbridge

REQUIRED = {
    "services.ecs": {
        "_services": "",
        "_complete_service_deployment": "cluster_name, svc_key, expected_deployment_id",
        "_record_service_task_failure": "task, digest_resolution_failed",
        "_update_service": "data",
        "_ACTION_MAP": "",
    },
    "services.eventbridge": {"_put_events": "data, allow_aws_source"},
}

#: Key of a deployment's record: the last state that was published.
_PUBLISHED = "_published"


def install() -> None:
    """Wraps what changes the state of a deployment."""
    complete, fail, update = ecs._complete_service_deployment, ecs._record_service_task_failure, ecs._update_service

    def complete_service_deployment(cluster_name, svc_key, expected_deployment_id=None):
        complete(cluster_name, svc_key, expected_deployment_id)
        publish_changes()

    def record_service_task_failure(task, digest_resolution_failed=False):
        fail(task, digest_resolution_failed)
        publish_changes()

    def update_service(data):
        response = update(data)
        publish_changes()
        return response

    ecs._complete_service_deployment = complete_service_deployment
    ecs._record_service_task_failure = record_service_task_failure
    ecs._update_service = update_service
    ecs._ACTION_MAP["UpdateService"] = update_service


def publish_changes() -> None:
    """Publishes the state of every deployment that has another one than before."""
    for service in list(ecs._services.values()):
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
