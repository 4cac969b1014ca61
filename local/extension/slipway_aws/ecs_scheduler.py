"""ECS: the service scheduler, which keeps every service at its desired tasks and rolls deployments out.

It looks at every service several times a second, and decides from what it sees alone: tasks, their containers' health
and their targets' health. MiniStack reacts to single events, and calls a deployment complete a second after its tasks
run, whatever their health.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
"""

from __future__ import annotations

import threading
import time
from datetime import datetime

from ministack.core.responses import request_scope
from ministack.services import ecs

from slipway_aws import ecs_deployments, ecs_events, ecs_lifecycle, ecs_plan, ecs_service_words, ecs_targets
from slipway_aws.alb_targets import HEALTHY, UNHEALTHY
from slipway_aws.ecs_deployments import TURN
from slipway_aws.ecs_service_words import event

REQUIRED = {
    "services.ecs": {
        "_services": "",
        "_tasks": "",
        "_task_defs": "",
        "_PRE_STOP_STATUSES": "",
        "_resolve_td_key": "ref",
        "_run_task": "data",
        "_get_docker": "",
        "_iso": "",
        "_sanitize": "obj",
        "_recount_cluster": "cluster_name",
        "_refresh_service_state": "cluster_name, group",
        "_reconcile_service_tasks": "cluster_name, svc_key",
        "_deployment_needs_first_task": "deployment, td, context",
        "_schedule_service_deployment_completion": "cluster_name, svc_key, account_id, region, healthy_task",
        "_delete_service": "data",
        "_ACTION_MAP": "",
    },
}

#: Seconds between two looks.
_TICK = 0.2
#: Seconds that a task without any health check has to run before it counts.
_STEADY = 1.0
#: Seconds that a stopped task can still be described.
#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html
_KEPT = 3600
#: Seconds to the next start after a task that did not start, doubled each time: ECS throttles a service whose tasks
#: repeatedly fail to start.
#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
_THROTTLE, _THROTTLE_MOST = 0.5, 60

_wake = threading.Event()


def install() -> None:
    """Takes the services out of MiniStack's hands."""
    delete = ecs._delete_service

    def delete_service(data):
        # Its tasks still drain: DRAINING until they stop, then INACTIVE.
        with TURN:
            response = delete(data)
            for service in list(ecs._services.values()):
                if service.get("status") == "INACTIVE" and not service.get("_slipway_gone"):
                    service["status"] = "DRAINING"
        wake()
        return response

    ecs._reconcile_service_tasks = lambda cluster_name, svc_key: wake()
    ecs._schedule_service_deployment_completion = lambda *_, **__: wake()
    ecs._refresh_service_state = lambda cluster_name, group: wake()
    ecs._delete_service = delete_service
    ecs._ACTION_MAP["DeleteService"] = delete_service


def start() -> None:
    """Runs until the process ends."""
    threading.Thread(target=_run, daemon=True, name="slipway-ecs-scheduler").start()


def wake() -> None:
    """Something changed: looks at once."""
    _wake.set()


def _run() -> None:
    while True:
        _wake.wait(_TICK)
        _wake.clear()
        for account, region, key, service in [(*scope, found) for scope, found in list(ecs._services._data.items())]:
            try:
                with request_scope(account, region), TURN:
                    look(key, service)
            except Exception:
                ecs.logger.exception("service %s", key)
        _forget()
        # A burst of changes is one look.
        time.sleep(_TICK / 4)


def look(key: str, service: dict) -> None:
    """One look at a service: registers, judges, starts, stops, counts."""
    cluster = key.split("/", 1)[0]
    mine = [t for t in list(ecs._tasks.values()) if _belongs(t, service) and t["lastStatus"] != "STOPPED"]
    present = [task for task in mine if task["desiredStatus"] != "STOPPED"]
    if service["status"] != "ACTIVE":
        if not mine and service["status"] == "DRAINING":
            service |= {"status": "INACTIVE", "_slipway_gone": True}
        _count(service, present)
        return
    for task in present:
        if task["lastStatus"] == "RUNNING":
            ecs_targets.register(service, task)
    deployment = ecs_deployments.primary(service)
    members = [_judge(service, task, deployment) for task in present]
    present = [task for task in present if task["desiredStatus"] != "STOPPED"]
    members = [member for member in members if member]
    if ecs_deployments.follow(service, members_of(members, present, deployment), mine):
        deployment = ecs_deployments.primary(service)
    ecs_events.publish_changes(service)
    _act(cluster, service, deployment, members, present)
    _count(service, [task for task in present if task["desiredStatus"] != "STOPPED"])
    ecs._recount_cluster(cluster)


def members_of(members, tasks, deployment) -> list[ecs_plan.Member]:
    """Those of one deployment."""
    arns = {task["taskArn"] for task in tasks if task.get("_deployment_id") == deployment["id"]}
    return [member for member in members if member.arn in arns]


def _belongs(task: dict, service: dict) -> bool:
    return (
        task.get("group") == f"service:{service['serviceName']}" and task.get("clusterArn") == service.get("clusterArn")
    )


def _judge(service: dict, task: dict, primary: dict) -> ecs_plan.Member | None:
    """A task's health; one of a deployment in progress that fails its checks is stopped and counts as failed."""
    healthy, problem = health(task)
    if problem and _age(task) < int(service.get("healthCheckGracePeriodSeconds") or 0):
        # Until then a load balancer's and a container's checks are ignored.
        problem = None
    if problem and not task.get("_slipway_failed"):
        task["_slipway_failed"] = True
        event(service, problem[1])
    rolling = task.get("_deployment_id") == primary["id"] and primary["rolloutState"] == "IN_PROGRESS"
    if problem and rolling:
        ecs_lifecycle.stop(task, problem[0], ecs_lifecycle.SCHEDULER)
        ecs_deployments.count_failure(service, primary, ecs_service_words.UNHEALTHY)
        return None
    if healthy:
        task["_slipway_failed"] = False
        ecs_deployments.count_healthy(service, task)
    return ecs_plan.Member(task["taskArn"], healthy, bool(problem))


def health(task: dict) -> tuple[bool, tuple[str, str] | None]:
    """Whether a task is healthy; and when it fails a check, its stoppedReason and the service's event."""
    if task["lastStatus"] != "RUNNING":
        return False, None
    short = f"(task {task['taskArn'].rpartition('/')[2]})"
    if task.get("healthStatus") == "UNHEALTHY":
        return False, (ecs_service_words.CONTAINER_UNHEALTHY, f"{short} failed container health checks.")
    states = ecs_targets.states(task)
    for key, state, reason in states:
        if state == UNHEALTHY:
            what = f"{short} (port {key.port}) is unhealthy in (target-group {key.group}) due to (reason {reason})"
            return False, (ecs_service_words.elb_unhealthy(key.group), what)
    if ecs._get_docker() is None:
        return True, None
    if any(state != HEALTHY for _, state, _ in states):
        return False, None
    checked = task.get("_slipway_checked")
    if checked:
        return task.get("healthStatus") == "HEALTHY", None
    return bool(states) or _age(task) >= _STEADY, None


def _age(task: dict) -> float:
    started = task.get("startedAt")
    return time.time() - datetime.fromisoformat(started.replace("Z", "+00:00")).timestamp() if started else 0.0


def _act(cluster, service, primary, members, present) -> None:
    new = members_of(members, present, primary)
    # After a rollback the failed deployment's tasks are the old ones.
    old = [member for member in members if member not in new]
    numbers = ecs_plan.limits(service["desiredCount"], service.get("deploymentConfiguration") or {})
    starts, stops = ecs_plan.plan(numbers, new, old)
    by_arn = {task["taskArn"]: task for task in present}
    for arn in stops:
        failed = by_arn[arn].get("_slipway_failed") and health(by_arn[arn])[1]
        reason = failed[0] if failed else f"Scaling activity initiated by (deployment {primary['id']})"
        ecs_lifecycle.stop(by_arn[arn], reason, ecs_lifecycle.SCHEDULER)
    if primary["rolloutState"] == "FAILED":
        return
    definition = ecs._task_defs.get(ecs._resolve_td_key(primary["taskDefinition"]))
    if starts and definition and time.monotonic() >= primary.get("_slipway_next_start", 0):
        if ecs._get_docker() and ecs._deployment_needs_first_task(primary, definition, service):
            # The first task settles which images the others use.
            starts = 0 if new else 1
        _start(cluster, service, primary, starts)


def _start(cluster, service, primary, count) -> None:
    if count <= 0:
        return
    before = set(ecs._tasks)
    ecs._run_task({
        "cluster": cluster, "taskDefinition": primary["taskDefinition"], "count": count,
        "group": f"service:{service['serviceName']}", "startedBy": primary["id"], "_deploymentId": primary["id"],
        "launchType": service.get("launchType"), "capacityProviderStrategy": service.get("capacityProviderStrategy"),
        "platformVersion": service.get("platformVersion", ""),
        "networkConfiguration": service.get("networkConfiguration", {}),
        "enableExecuteCommand": service.get("enableExecuteCommand", False),
    })  # fmt: skip
    started = [task for arn, task in list(ecs._tasks.items()) if arn not in before and _belongs(task, service)]
    if started:
        definition = ecs._task_defs.get(ecs._resolve_td_key(primary["taskDefinition"]))
        checked = any(d.get("healthCheck") and d.get("essential", True) for d in definition["containerDefinitions"])
        for task in started:
            task["_slipway_checked"] = checked
        event(service, f"has started {len(started)} tasks: {ecs_service_words.tasks(started)}.")


def throttle(deployment: dict) -> None:
    """Puts the next start off after a task that did not start."""
    wait = min(deployment.get("_slipway_wait", 0) * 2 or _THROTTLE, _THROTTLE_MOST)
    deployment |= {"_slipway_wait": wait, "_slipway_next_start": time.monotonic() + wait}


def _count(service: dict, present: list[dict]) -> None:
    """Running and pending tasks of the service and of each deployment."""
    for deployment in service.get("deployments") or []:
        mine = [task for task in present if task.get("_deployment_id") == deployment["id"]]
        running = sum(task["lastStatus"] == "RUNNING" for task in mine)
        deployment |= {"runningCount": running, "pendingCount": len(mine) - running}
        if deployment["status"] != "PRIMARY" and deployment["rolloutState"] != "FAILED":
            deployment["desiredCount"] = len(mine)
    running = sum(task["lastStatus"] == "RUNNING" for task in present)
    service |= {"runningCount": running, "pendingCount": len(present) - running}


def _forget() -> None:
    """Drops the records of tasks that stopped an hour ago."""
    now = time.time()
    for scoped, task in list(ecs._tasks._data.items()):
        stopped = task.get("stoppedAt")
        if task.get("lastStatus") == "STOPPED" and stopped:
            if now - datetime.fromisoformat(stopped.replace("Z", "+00:00")).timestamp() > _KEPT:
                ecs._tasks._data.pop(scoped, None)
