"""ECS: tasks, their roles and their schedules, and the events of a deployment, without an engine."""

import json

import pytest
from botocore.exceptions import ClientError
from conftest import wait_for
from ministack.services import eventbridge, iam
from slipway_aws import ecs_events, ecs_execution_role, events_ecs, iam_roles

TAGS = [{"key": "project", "value": "slipway"}]
HERE = "us-east-1:000000000000"


@pytest.fixture(scope="module")
def ecs(extension):
    client = extension.client("ecs")
    client.create_cluster(clusterName="tasks")
    client.register_task_definition(
        family="job", containerDefinitions=[{"name": "job", "image": "job", "memory": 64}], tags=TAGS
    )
    yield client


def task(ecs, arn):
    return ecs.describe_tasks(cluster="tasks", tasks=[arn], include=["TAGS"])["tasks"][0]


def test_a_task_alone_has_its_familys_group_and_the_tags_that_are_wished(ecs):
    run = {"cluster": "tasks", "taskDefinition": "job"}
    plain = task(ecs, ecs.run_task(**run)["tasks"][0]["taskArn"])
    assert (plain["group"], plain["tags"]) == ("family:job", [])
    own = {"key": "project", "value": "own"}
    made = ecs.run_task(**run, group="nightly", propagateTags="TASK_DEFINITION", enableECSManagedTags=True, tags=[own])
    got = task(ecs, made["tasks"][0]["taskArn"])
    assert (got["group"], got["tags"]) == ("nightly", [own, {"key": "aws:ecs:clusterName", "value": "tasks"}])


def test_a_services_tasks_have_its_tags(ecs):
    ecs.create_service(
        cluster="tasks", serviceName="web", taskDefinition="job", desiredCount=1, propagateTags="SERVICE",
        enableECSManagedTags=True, tags=[{"key": "a", "value": "b"}],
    )  # fmt: skip
    (arn,) = wait_for(lambda: ecs.list_tasks(cluster="tasks", serviceName="web")["taskArns"], "the service's task")
    assert {tag["key"]: tag["value"] for tag in task(ecs, arn)["tags"]} == {
        "a": "b", "aws:ecs:clusterName": "tasks", "aws:ecs:serviceName": "web",
    }  # fmt: skip
    ecs.delete_service(cluster="tasks", service="web", force=True)


def test_a_service_keeps_whether_its_tasks_are_spread_anew(ecs):
    def described():
        return ecs.describe_services(cluster="tasks", services=["spread"])["services"][0][setting]

    setting, of = "availabilityZoneRebalancing", {"cluster": "tasks", "service": "spread"}
    made = ecs.create_service(cluster="tasks", serviceName="spread", taskDefinition="job", desiredCount=0)
    assert (made["service"][setting], described()) == ("ENABLED", "ENABLED")
    for change, kept in (({setting: "DISABLED"}, "DISABLED"), ({"desiredCount": 0}, "DISABLED"), ({setting: "ENABLED"}, "ENABLED")):
        assert (ecs.update_service(**of, **change)["service"][setting], described()) == (kept, kept)
    ecs.delete_service(**of, force=True)


def test_a_command_runs_only_where_it_was_enabled(ecs):
    def execute(**settings):
        arn = ecs.run_task(cluster="tasks", taskDefinition="job", **settings)["tasks"][0]["taskArn"]
        return ecs.execute_command(cluster="tasks", task=arn, command="sh", interactive=True)

    assert execute(enableExecuteCommand=True)["session"]
    with pytest.raises(ClientError, match="execute command was not enabled"):
        execute()


def test_a_schedules_target_becomes_a_call():
    overrides = {"containerOverrides": [{"name": "job", "command": ["python", "manage.py", "clearsessions"]}]}
    target = {
        "Arn": "arn:cluster", "RoleArn": "arn:role", "Input": json.dumps(overrides),
        "EcsParameters": {
            "TaskDefinitionArn": "arn:definition", "TaskCount": 1, "LaunchType": "FARGATE", "Group": "nightly",
            "PropagateTags": "TASK_DEFINITION", "EnableECSManagedTags": True, "Tags": [{"Key": "a", "Value": "b"}],
            "NetworkConfiguration": {"awsvpcConfiguration": {"Subnets": ["subnet-1"], "AssignPublicIp": "DISABLED"}},
        },
    }  # fmt: skip
    assert events_ecs.run_task_call(target) == {
        "cluster": "arn:cluster", "taskDefinition": "arn:definition", "count": 1, "launchType": "FARGATE",
        "group": "nightly", "propagateTags": "TASK_DEFINITION", "enableECSManagedTags": True, "overrides": overrides,
        "tags": [{"key": "a", "value": "b"}],
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "DISABLED"}},
    }  # fmt: skip
    target["Input"] = '"no overrides"'
    assert "overrides" not in events_ecs.run_task_call(target)


def trust(service):
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": [service]}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def role():
    """Makes a role in this process and gives its ARN."""

    def make(name, service, *statements):
        policy = {"Version": "2012-10-17", "Statement": list(statements)}
        arn = f"arn:aws:iam::000000000000:role/{name}"
        iam._roles[name] = {
            "RoleName": name, "Arn": arn, "AssumeRolePolicyDocument": trust(service),
            "InlinePolicies": {"p": json.dumps(policy)}, "AttachedPolicies": [],
        }  # fmt: skip
        return arn

    yield make
    iam._roles.clear()


def test_a_role_allows_what_its_policy_says_to_whom_it_trusts(role):
    run = {"Effect": "Allow", "Action": "ecs:RunTask", "Resource": "arn:task",
           "Condition": {"ArnEquals": {"ecs:cluster": "arn:cluster"}}}  # fmt: skip
    arn = role("runner", "scheduler.amazonaws.com", run)
    check = [("ecs:RunTask", "arn:task", {"ecs:cluster": "arn:cluster"})]
    assert iam_roles.refusal(arn, "scheduler.amazonaws.com", check) is None
    assert "does not trust events" in iam_roles.refusal(arn, "events.amazonaws.com", check)
    other = [("ecs:RunTask", "arn:task", {"ecs:cluster": "arn:other"})]
    problem = iam_roles.refusal(arn, "scheduler.amazonaws.com", other)
    assert problem == f"User: {arn} is not authorized to perform: ecs:RunTask on resource: arn:task"
    assert "does not exist" in iam_roles.refusal("arn:aws:iam::000000000000:role/none", "x", [])


def test_a_trust_that_asks_for_the_source_is_told_it(role):
    arn = role("runner", "scheduler.amazonaws.com")
    group = f"arn:aws:scheduler:{HERE}:schedule-group/app"
    document = json.loads(iam._roles["runner"]["AssumeRolePolicyDocument"])
    document["Statement"][0]["Condition"] = {
        "StringEquals": {"aws:SourceAccount": "000000000000"}, "ArnLike": {"aws:SourceArn": group}
    }  # fmt: skip
    iam._roles["runner"]["AssumeRolePolicyDocument"] = json.dumps(document)
    for schedule, trusted in {"schedule/app/prune": True, "schedule/other/prune": False}.items():
        source = events_ecs.source_of(f"arn:aws:scheduler:{HERE}:{schedule}")
        assert (iam_roles.refusal(arn, "scheduler.amazonaws.com", [], source) is None) == trusted
    assert "does not trust" in iam_roles.refusal(arn, "scheduler.amazonaws.com", [])


def test_what_the_start_of_a_container_needs():
    container = {
        "image": "127.0.0.1:4566/slipway/app:tag",
        "secrets": [
            {"name": "A", "valueFrom": f"arn:aws:secretsmanager:{HERE}:secret:db-abcdef:password::"},
            {"name": "B", "valueFrom": "/slipway/b"},
        ],
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/slipway/app"}},
    }
    repository = f"arn:aws:ecr:{HERE}:repository/slipway/app"
    log = f"arn:aws:logs:{HERE}:log-group:/slipway/app:log-stream:*"
    assert [(action, resource) for action, resource, _ in ecs_execution_role.checks(container)] == [
        ("ecr:GetAuthorizationToken", "*"),
        ("ecr:BatchCheckLayerAvailability", repository),
        ("ecr:BatchGetImage", repository),
        ("ecr:GetDownloadUrlForLayer", repository),
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:db-abcdef"),
        ("ssm:GetParameters", f"arn:aws:ssm:{HERE}:parameter/slipway/b"),
        ("logs:CreateLogStream", log),
        ("logs:PutLogEvents", log),
    ]
    assert ecs_execution_role.checks({"image": "elsewhere/app"}) == []


def test_a_task_does_not_start_without_its_roles(role):
    log = {"logDriver": "awslogs", "options": {"awslogs-group": "app"}}
    definition = {"containerDefinitions": [{"image": "app", "logConfiguration": log}]}
    assert "no execution role" in ecs_execution_role.refusal(definition)
    statement = {"Effect": "Allow", "Action": "logs:*", "Resource": f"arn:aws:logs:{HERE}:log-group:app:*"}
    definition["executionRoleArn"] = role("execution", "ecs-tasks.amazonaws.com", statement)
    assert ecs_execution_role.refusal(definition) is None
    definition["taskRoleArn"] = role("task", "ec2.amazonaws.com")
    assert "does not trust ecs-tasks" in ecs_execution_role.refusal(definition)
    definition["executionRoleArn"] = role("execution", "ecs-tasks.amazonaws.com")
    assert "logs:CreateLogStream" in ecs_execution_role.refusal(definition)


def test_a_deployments_states_are_published_once(monkeypatch):
    published = []
    monkeypatch.setattr(
        eventbridge, "_put_events", lambda data, allow_aws_source: published.append(data["Entries"][0])
    )
    deployment = {"id": "ecs-svc/1", "rolloutState": "IN_PROGRESS", "rolloutStateReason": ""}
    service = {"serviceArn": "arn:service", "deployments": [deployment]}
    ecs_events.publish_changes(service)
    ecs_events.publish_changes(service)
    deployment |= {"rolloutState": "FAILED", "rolloutStateReason": "circuit breaker"}
    ecs_events.publish_changes(service)
    details = [json.loads(entry["Detail"]) for entry in published]
    assert [(d["eventName"], d["eventType"]) for d in details] == [
        ("SERVICE_DEPLOYMENT_IN_PROGRESS", "INFO"), ("SERVICE_DEPLOYMENT_FAILED", "ERROR"),
    ]  # fmt: skip
    assert (details[1]["reason"], published[1]["Resources"]) == ("circuit breaker", ["arn:service"])
    assert {entry["DetailType"] for entry in published} == {"ECS Deployment State Change"}
