"""The states of a deployment, its circuit breaker and its health checks, without an engine."""

import time

import pytest
from ministack.services import ecs
from slipway_aws import ecs_deployments, ecs_lifecycle, ecs_scheduler, ecs_targets
from slipway_aws.alb_records import Key
from slipway_aws.alb_targets import HEALTHY, INITIAL, UNHEALTHY
from slipway_aws.ecs_plan import Member


def deployment(identifier, state="IN_PROGRESS", status="PRIMARY", **settings):
    return {
        "id": identifier, "status": status, "rolloutState": state, "taskDefinition": f"app:{identifier}",
        "failedTasks": 0, "desiredCount": 2, "rolloutStateReason": "", **settings,
    }  # fmt: skip


def service(*deployments, enable=True, rollback=True, desired=2, **settings):
    breaker = {"enable": enable, "rollback": rollback}
    return {
        "serviceName": "web", "serviceArn": "arn:web", "clusterArn": "arn:aws:ecs:us-east-1:0:cluster/main",
        "status": "ACTIVE", "desiredCount": desired, "events": [], "deployments": list(deployments),
        "taskDefinition": "", "deploymentConfiguration": {"deploymentCircuitBreaker": breaker}, **settings,
    }  # fmt: skip


def task(identifier, of="new", **settings):
    return {"taskArn": f"arn:task/{identifier}", "_deployment_id": of, "lastStatus": "RUNNING", **settings}


HEALTHY_TWO = [Member("a", True), Member("b", True)]


def test_a_deployment_is_complete_when_its_tasks_are_healthy_and_no_other_is_left():
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html: rolloutState"""
    made = service(deployment("new"), deployment("old", "COMPLETED", "ACTIVE"))
    alive = [task("a"), task("b"), task("c", "old")]
    ecs_deployments.follow(made, [Member("a", True), Member("b", False)], alive[:2])
    assert made["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    ecs_deployments.follow(made, HEALTHY_TWO, alive)
    assert made["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    ecs_deployments.follow(made, HEALTHY_TWO, alive[:2])
    (only,) = made["deployments"]
    assert (only["rolloutState"], only["rolloutStateReason"]) == ("COMPLETED", "ECS deployment new completed.")
    assert [event["message"] for event in made["events"]] == [
        "(service web) has reached a steady state.", "(service web) (deployment new) deployment completed.",
    ]  # fmt: skip


def test_the_circuit_breaker_rolls_back_to_what_was_completed_last(monkeypatch):
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html"""
    new = deployment("new")
    old = deployment("old", "COMPLETED", "ACTIVE", _slipway_completed=True)
    made = service(new, old)
    for failures in range(3):
        assert ecs_deployments.follow(made, [], [task("c", "old")]) is False, failures
        ecs_deployments.count_failure(made, new, "tasks failed to start")
    assert ecs_deployments.follow(made, [], [task("c", "old")]) is True
    assert [(d["id"], d["status"], d["rolloutState"]) for d in made["deployments"]] == [
        ("old", "PRIMARY", "IN_PROGRESS"), ("new", "ACTIVE", "FAILED"),
    ]  # fmt: skip
    assert new["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."
    assert old["rolloutStateReason"] == "ECS deployment circuit breaker: rolling back to deploymentId old."
    assert (made["taskDefinition"], new["failedTasks"]) == ("app:old", 3)
    ecs_deployments.follow(made, HEALTHY_TWO, [task("c", "old"), task("d", "old")])
    assert new in made["deployments"], "whoever polls can't see what failed"
    monkeypatch.setattr(ecs_deployments, "_ROLLBACK_SECONDS", 0)
    ecs_deployments.follow(made, HEALTHY_TWO, [task("c", "old"), task("d", "old")])
    assert [(d["id"], d["rolloutState"]) for d in made["deployments"]] == [("old", "COMPLETED")]


def test_without_rollback_a_failed_deployment_stays_primary():
    made = service(deployment("new", failedTasks=3), deployment("old", "COMPLETED", "ACTIVE"), rollback=False)
    ecs_deployments.follow(made, [], [task("c", "old")])
    assert (made["deployments"][0]["id"], made["deployments"][0]["rolloutState"]) == ("new", "FAILED")


@pytest.mark.parametrize(("desired", "failures"), [(1, 3), (6, 3), (10, 5), (1000, 200)])
def test_the_threshold_is_half_of_the_desired_tasks_within_3_and_200(desired, failures):
    """As above: Failure threshold."""
    for count, state in ((failures - 1, "IN_PROGRESS"), (failures, "FAILED")):
        made = service(deployment("new", failedTasks=count), desired=desired)
        ecs_deployments.follow(made, [], [])
        assert made["deployments"][0]["rolloutState"] == state


def test_a_healthy_task_resets_the_count_once():
    """resetOnHealthyTask: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentCircuitBreaker.html"""
    made = service(deployment("new", failedTasks=2))
    one = task("a", "new")
    ecs_deployments.count_healthy(made, one)
    assert made["deployments"][0]["failedTasks"] == 0
    ecs_deployments.count_failure(made, made["deployments"][0], "x")
    ecs_deployments.count_healthy(made, one)
    assert made["deployments"][0]["failedTasks"] == 1


KEY = Key("arn:group", "10.0.0.1", 8000)


@pytest.mark.parametrize(
    ("container", "target", "healthy", "reason"),
    [
        ("HEALTHY", HEALTHY, True, None),
        ("UNKNOWN", HEALTHY, False, None),
        ("HEALTHY", INITIAL, False, None),
        ("UNHEALTHY", HEALTHY, False, "Task failed container health checks"),
        ("HEALTHY", UNHEALTHY, False, "Task failed ELB health checks in (target-group arn:group)"),
    ],
)
def test_a_task_is_healthy_when_its_containers_and_its_targets_are(monkeypatch, container, target, healthy, reason):
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html"""
    monkeypatch.setattr(ecs, "_get_docker", lambda: object())
    monkeypatch.setattr(ecs_targets, "states", lambda task: [(KEY, target, "Target.Timeout")])
    one = task("a", healthStatus=container, _slipway_checked=True, startedAt="2026-01-01T00:00:00Z")
    found, problem = ecs_scheduler.health(one)
    assert (found, problem and problem[0]) == (healthy, reason)


@pytest.mark.parametrize(
    ("age", "rollout", "stopped", "failures"),
    [(20, "IN_PROGRESS", False, 0), (40, "IN_PROGRESS", True, 1), (40, "COMPLETED", False, 0)],
)
def test_failed_checks_count_after_the_grace_period(monkeypatch, age, rollout, stopped, failures):
    """healthCheckGracePeriodSeconds; a complete deployment's task is replaced before it stops (ecs_plan).

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html
    """
    ended = []
    monkeypatch.setattr(ecs_lifecycle, "stop", lambda task, reason, code: ended.append(reason))
    started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - age))
    one = task("a", healthStatus="UNHEALTHY", startedAt=started)
    made = service(deployment("new", rollout), healthCheckGracePeriodSeconds=30)
    member = ecs_scheduler._judge(made, one, made["deployments"][0])
    assert bool(ended) is stopped
    assert made["deployments"][0]["failedTasks"] == failures
    assert (member is None) is stopped
    if member:
        assert member.failed is (age > 30)
