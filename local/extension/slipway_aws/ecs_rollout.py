"""ECS: a deployment counts a task as healthy once its load balancer does.

MiniStack completes a deployment, and stops the old tasks, one second after the new ones run.
"""

from __future__ import annotations

import time

from ministack.services import alb, ecs

from slipway_aws.alb_records import checked, key
from slipway_aws.alb_targets import HEALTHY, MONITOR

REQUIRED = {
    "services.ecs": {"_record_service_task_healthy": "svc_key, task", "_task_ip": "task", "_services": ""},
    "services.alb": {"_tgs": ""},
}

_POLL = 0.2


def install() -> None:
    """Delays the record of a healthy task; it is made on a thread of its own."""
    record = ecs._record_service_task_healthy

    def record_service_task_healthy(svc_key, task):
        while not _serves(svc_key, task):
            if not ecs._task_is_active(task["taskArn"], task):
                return
            time.sleep(_POLL)
        record(svc_key, task)

    ecs._record_service_task_healthy = record_service_task_healthy


def _serves(svc_key, task) -> bool:
    service = ecs._services.get(svc_key) or {}
    address = ecs._task_ip(task)
    for balancer in service.get("loadBalancers") or []:
        arn = balancer.get("targetGroupArn")
        group = alb._tgs.get(arn)
        if group is None or not checked(group):
            continue
        target = {"Id": address, "Port": balancer.get("containerPort")}
        found = MONITOR.state(key(arn, target, group))
        if found is None or found.state != HEALTHY:
            return False
    return True
