"""Real containers with IAM enforced. Needs a Docker engine."""

import json

import pytest
from conftest import make_subnets, wait_for

pytestmark = pytest.mark.engine

IMAGE = "python:3.13-slim"


@pytest.fixture(scope="module")
def tasks(secured_aws):
    """Runs a task with a log and a secret to its end."""
    ecs, iam = secured_aws.client("ecs"), secured_aws.client("iam")
    secured_aws.client("logs").create_log_group(logGroupName="app")
    secret = secured_aws.client("secretsmanager").create_secret(Name="app", SecretString="value")["ARN"]
    subnets = make_subnets(secured_aws.client("ec2"), "10.3")
    ecs.create_cluster(clusterName="main")
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName="execution", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    options = {"awslogs-group": "app", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "app"}
    container = {
        "name": "app", "image": IMAGE, "command": ["sh", "-c", "echo $KEY"],
        "logConfiguration": {"logDriver": "awslogs", "options": options},
        "secrets": [{"name": "KEY", "valueFrom": secret}],
    }  # fmt: skip
    definition = ecs.register_task_definition(
        family="app", executionRoleArn=role, cpu="256", memory="512", networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"], containerDefinitions=[container],
    )["taskDefinition"]["taskDefinitionArn"]  # fmt: skip

    def run(*statements):
        policy = {"Version": "2012-10-17", "Statement": list(statements)}
        iam.put_role_policy(RoleName="execution", PolicyName="p", PolicyDocument=json.dumps(policy))
        network = {"awsvpcConfiguration": {"subnets": subnets}}
        call = {"cluster": "main", "taskDefinition": definition, "launchType": "FARGATE"}
        (task,) = ecs.run_task(**call, networkConfiguration=network)["tasks"]

        def stopped():
            (got,) = ecs.describe_tasks(cluster="main", tasks=[task["taskArn"]])["tasks"]
            return got if got["lastStatus"] == "STOPPED" else None

        return wait_for(stopped, "the end of a task")

    run.secret = secret
    return run


def test_a_task_starts_with_what_its_execution_role_allows(secured_aws, tasks):
    group = "arn:aws:logs:us-east-1:000000000000:log-group:app:*"
    write = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": group}
    read = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": tasks.secret}
    refused = tasks(write)
    assert "is not authorized to perform: secretsmanager:GetSecretValue" in refused["stoppedReason"]
    assert refused["stopCode"] == "TaskFailedToStart"
    assert tasks(write, read)["containers"][0]["exitCode"] == 0

    def messages():
        logs = secured_aws.client("logs").filter_log_events(logGroupName="app", logStreamNamePrefix="app/")
        return [event["message"] for event in logs["events"]]

    wait_for(lambda: messages() == ["value"], "the task's output")
