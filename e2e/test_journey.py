"""The main job, as a user does it. The tests build on each other, in this order."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import boto3
import documented
import psycopg
import pytest
import test_browser
import yaml
from api import Api, SmokeError
from app_check import check
from botocore.exceptions import ClientError
from conftest import ROOT, Slipway

from local import CONTAINER, where


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], check=True, text=True, stdout=subprocess.PIPE).stdout


def api(slipway) -> Api:
    """The stack's API through its load balancer."""
    url = slipway.outputs()["url"]
    return Api(url, *where(url))


def eventually(what: str, condition, seconds: float = 60):
    """Waits until condition() is true and returns its value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.5)
    return value


@pytest.fixture(scope="module")
def made(slipway):
    """A recipe with an image, made through the load balancer."""
    return check(api(slipway), keep=True)


@pytest.fixture(scope="module")
def database_password(aws, slipway):
    (instance,) = aws("rds").describe_db_instances()["DBInstances"]
    secret = aws("secretsmanager").get_secret_value(SecretId=instance["MasterUserSecret"]["SecretArn"])
    return json.loads(secret["SecretString"])


def test_up_from_nothing(slipway):
    output = slipway.make("up", "AUTH=true")
    assert "IAM enforced" in output
    assert "smoke check passed" in output
    assert "API docs" in output


def test_outputs_are_complete(slipway):
    assert set(slipway.outputs()) >= {
        "url", "apiDocsUrl", "logGroup", "databaseEndpoint", "mediaBucket", "clusterName", "serviceName",
    }  # fmt: skip


def test_preview_right_after_is_empty(slipway):
    assert slipway.changes() == {}


def test_preview_sees_what_stands_in_the_stacks_file(slipway):
    path = ROOT / "Pulumi.staging.yaml"
    before = path.read_text()
    try:
        path.write_text(before.replace("slipway:logRetentionDays: 30", "slipway:logRetentionDays: 60"))
        changed = slipway.changes()
    finally:
        path.write_text(before)
    assert any("LogGroup" in urn and op == "update" for urn, op in changed.items()), changed
    assert slipway.changes() == {}


def test_its_status_is_well(slipway):
    output = slipway.make("status")
    assert re.search(rf"^version +{slipway.outputs()['version']}$", output, re.MULTILINE)
    assert "needs a look" not in output


def test_the_containers_are_real(slipway):
    images = docker("ps", "--format", "{{.Image}} {{.Names}}")
    assert "postgres:17" in images
    assert any("-app" in line and "ecs" in line for line in images.splitlines()), images


def test_the_image_knows_nothing_of_the_local_aws(slipway):
    containers = docker(
        "ps", "--quiet", "--filter", "label=com.amazonaws.ecs.task-definition-family=slipway-staging-app"
    ).split()
    (image,) = set(docker("inspect", "--format", "{{.Image}}", *containers).split())
    found = subprocess.run(
        ["docker", "run", "--rm", "--entrypoint", "grep", image, "--recursive", "--ignore-case", "--extended-regexp",
         "--files-with-matches", "--exclude-dir=staticfiles", "--exclude-dir=__pycache__",
         "ministack|emulator|localhost|127[.]0[.]0[.]1|4566|4580", "/app"],
        text=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert (found.returncode, found.stdout) == (1, ""), found.stdout
    settings = docker("image", "inspect", image, "--format", "{{json .Config}}")
    assert "4566" not in settings
    assert "AWS_ENDPOINT" not in settings


def test_the_recipe_is_in_postgres(slipway, made, database_password):
    host, port = slipway.outputs()["databaseEndpoint"].split(":")
    with psycopg.connect(
        host=host, port=port, dbname="app", sslmode="require",
        user=database_password["username"], password=database_password["password"],
    ) as connection:  # fmt: skip
        row = connection.execute("SELECT title FROM recipes_recipe WHERE id = %s", [made.recipe]).fetchone()
    assert row == (made.title,)


def test_the_image_is_in_the_bucket(slipway, aws, made):
    bucket = slipway.outputs()["mediaBucket"]
    keys = [entry["Key"] for entry in aws("s3").list_objects_v2(Bucket=bucket)["Contents"]]
    assert any(key.startswith("media/") and key in made.image_url for key in keys), keys


def test_the_request_is_in_the_log(slipway, aws, made):
    group = slipway.outputs()["logGroup"]

    def logged():
        events = aws("logs").filter_log_events(logGroupName=group)["events"]
        return [e for e in events if f"/api/v1/recipes/{made.recipe}/" in e["message"]]

    entry = json.loads(eventually("the request in CloudWatch Logs", logged)[0]["message"])
    assert {"method", "path", "status", "duration_ms"} <= set(entry)


def test_the_task_role_allows_what_the_app_does_and_nothing_else(slipway, aws):
    """IAM is enforced: with the credentials that the app's code has, everything else is refused."""
    outputs = slipway.outputs()
    resources = {
        (r["type"], r["urn"].rsplit("::", 1)[-1]): r
        for r in json.loads(slipway.pulumi("stack", "export"))["deployment"]["resources"]
    }
    instance = resources["aws:rds/instance:Instance", "slipway-staging-database"]["outputs"]
    names = {
        "media_bucket": outputs["mediaBucket"],
        "state_bucket": "slipway-state",
        "database": instance["identifier"],
        "database_secret": instance["masterUserSecrets"][0]["secretArn"],
        "database_key": resources["aws:kms/key:Key", "slipway-staging-database"]["id"],
        "other_secret": resources["aws:secretsmanager/secret:Secret", "slipway-staging-secret-key"]["id"],
        "task_role": resources["aws:iam/role:Role", "slipway-staging-app-task"]["id"],
        "execution_role_arn": resources["aws:iam/role:Role", "slipway-staging-app-execution"]["outputs"]["arn"],
        "security_group": outputs["taskSecurityGroupId"],
        "cluster": outputs["clusterName"],
        "service": outputs["serviceName"],
        "log_group": outputs["logGroup"],
    }
    (container,) = docker(
        "ps", "--quiet", "--filter", "label=com.amazonaws.ecs.container-name=app",
        "--filter", "label=com.amazonaws.ecs.task-definition-family=slipway-staging-app",
    ).split()  # fmt: skip
    # What boto3 finds inside the container; the image itself describes no service that the app does not call.
    found = "import boto3, json; print(json.dumps(boto3.Session().get_credentials().get_frozen_credentials()._asdict()))"
    credentials = json.loads(docker("exec", container, "python", "-c", found))
    answers = json.loads(
        subprocess.run(
            [sys.executable, ROOT / "e2e/task_role_probe.py", json.dumps(names)],
            check=True, text=True, stdout=subprocess.PIPE,
            env={
                "AWS_ACCESS_KEY_ID": credentials["access_key"],
                "AWS_SECRET_ACCESS_KEY": credentials["secret_key"],
                "AWS_SESSION_TOKEN": credentials["token"],
                "AWS_ENDPOINT_URL": aws("sts").meta.endpoint_url,
                "AWS_REGION": "us-east-1",
                "AWS_DEFAULT_REGION": "us-east-1",
            },
        ).stdout  # fmt: skip
    )
    assert set(answers["allowed"].values()) == {"allowed"}, answers["allowed"]
    assert len(answers["forbidden"]) >= 12
    refused = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
    assert {name: code for name, code in answers["forbidden"].items() if code not in refused} == {}


def test_nobody_reads_the_key_by_the_api(slipway, aws):
    """Not even an administrator of the account; the tasks have it all the same.

    The root user, whom the tests are, may do everything in the local AWS.
    """
    iam, everything = aws("iam"), {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.create_user(UserName="administrator")
    iam.put_user_policy(
        UserName="administrator", PolicyName="all",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
    )  # fmt: skip
    key = iam.create_access_key(UserName="administrator")["AccessKey"]
    try:
        secrets = boto3.client(
            "secretsmanager", endpoint_url=iam.meta.endpoint_url, region_name="us-east-1",
            aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"],
        )  # fmt: skip
        arn = slipway.outputs()["secretKeyArn"]
        assert secrets.describe_secret(SecretId=arn)["ARN"] == arn
        with pytest.raises(ClientError, match="AccessDenied"):
            secrets.get_secret_value(SecretId=arn)
    finally:
        iam.delete_access_key(UserName="administrator", AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName="administrator", PolicyName="all")
        iam.delete_user(UserName="administrator")


def key_of_a_task() -> str:
    """DJANGO_SECRET_KEY of a running container of the app."""
    for container in docker("ps", "--quiet").split():
        for line in json.loads(docker("inspect", "--format", "{{json .Config.Env}}", container)):
            if line.startswith("DJANGO_SECRET_KEY="):
                return line.partition("=")[2]
    raise AssertionError("no task has a key")


def test_no_secret_in_plain_text(slipway, aws, made, database_password):
    key = key_of_a_task()
    places = {
        "state": slipway.pulumi("stack", "export"),
        "outputs": slipway.pulumi("stack", "output", "--json"),
        "terminal": "".join(slipway.printed),
        "app log": json.dumps(aws("logs").filter_log_events(logGroupName=slipway.outputs()["logGroup"])["events"]),
        "local AWS log": docker("logs", CONTAINER),
        "processes": subprocess.run(["ps", "axww", "-o", "args"], check=True, text=True, stdout=subprocess.PIPE).stdout,
    }
    for name, text in places.items():
        for what, value in {"database password": database_password["password"], "Django key": key}.items():
            assert value not in text, f"the {what} stands in the {name}"
    assert '"ciphertext"' in places["state"], "the state holds no encrypted value: the check looks at the wrong thing"


def test_rotating_the_key_ends_no_session(slipway, aws):
    site, arn = api(slipway), slipway.outputs()["secretKeyArn"]
    person = {"email": f"rotation-{uuid.uuid4()}@example.com", "password": "correct horse battery", "name": "R"}
    site.call("POST", "/api/v1/users/", 201, json=person)
    site.call("POST", "/api/v1/users/session/", 200, json=person)
    before, stop, visits, ended = key_of_a_task(), threading.Event(), [], []

    def visit():
        while not stop.wait(0.2):
            try:
                visits.append(site.call("GET", "/api/v1/users/me/", 200))
            except SmokeError as error:
                ended.append(error)

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        first = slipway.make("rotate-secret-key")
        assert "run this again after" in first
        # Nothing else has a session here, and the visitor's is signed anew by now.
        second = slipway.make("rotate-secret-key", "SLIPWAY_SIGNATURE_HOURS=0")
    finally:
        stop.set()
        visitor.join()
    assert "done: the new key is the only one" in second
    assert ended == []
    assert len(visits) > 20
    assert key_of_a_task() != before
    versions = aws("secretsmanager").describe_secret(SecretId=arn)["VersionIdsToStages"].values()
    assert [sorted(labels) for labels in versions if "AWSCURRENT" in labels] == [["AWSCURRENT", "LAST", "NEXT"]]


def test_up_again_changes_nothing(slipway):
    output = slipway.make("up", "AUTH=true")
    summary = output.split("Resources:")[-1].split("Duration")[0]
    assert re.fullmatch(r"\s*\d+ unchanged\s*", summary), summary


TestInABrowser = test_browser.TestInABrowser  # here, while the stack runs


@pytest.mark.parametrize("command", [c for c in documented.commands() if not documented.why_not(c)], ids=str)
def test_a_documented_command_runs(slipway, command):
    assert slipway.shell(command.line) == 0


def test_every_reason_not_to_run_a_documented_command_is_needed():
    commands = documented.commands()
    unused = [p for p in documented.NOT_HERE if not any(re.fullmatch(p, c.line) for c in commands)]
    assert not unused


def test_without_credentials_the_way_to_aws_ends_with_what_to_do():
    """TARGET=aws, as far as it goes without an account."""
    nobody = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))} | {
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    }  # fmt: skip
    done = subprocess.run(
        ["make", "up", "TARGET=aws"], cwd=ROOT, env=nobody, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode != 0
    assert "MISSING  PULUMI_BACKEND_URL" in done.stdout
    assert "MISSING  credentials" in done.stdout
    assert done.stdout.count("-> ") >= done.stdout.count("MISSING")
    assert "==>" not in done.stdout, "something was built or changed"


def test_a_third_zone_replaces_nothing(slipway, tmp_path):
    text = yaml.safe_load((ROOT / ".slipway/Pulumi.staging.yaml").read_text())
    assert text["config"]["slipway:zones"] == ["a", "b"]
    text["config"]["slipway:zones"] = ["a", "b", "c"]
    wider = tmp_path / "Pulumi.staging.yaml"
    wider.write_text(yaml.safe_dump(text))
    changed = slipway.changes("--config-file", wider)
    assert any("Subnet" in urn and op == "create" for urn, op in changed.items()), changed
    assert set(changed.values()) == {"create", "update"}, changed


def test_a_changed_line_changes_only_what_runs_the_image(slipway, changed_line):
    before = slipway.outputs()["version"]
    changed = {tuple(urn.split("$")[-1].split("::")): op for urn, op in slipway.changes().items()}
    assert changed == {
        ("slipway:service:Image", "slipway-staging-app"): "update",
        ("aws:ecs/taskDefinition:TaskDefinition", "slipway-staging-app"): "replace",
        ("aws:ecs/taskDefinition:TaskDefinition", "slipway-staging-app-command"): "replace",
        ("aws:ecs/taskDefinition:TaskDefinition", "slipway-staging-app-worker-jobs"): "replace",
        ("aws:ecs/service:Service", "slipway-staging-app"): "update",
        ("aws:ecs/service:Service", "slipway-staging-app-worker-jobs"): "update",
        ("aws:scheduler/schedule:Schedule", "slipway-staging-app-schedule-prune"): "update",
    }, changed
    slipway.make("up", "AUTH=true")
    after = slipway.outputs()["version"]
    assert after != before
    served = api(slipway).call("GET", "/version", 200).json()["version"]
    assert served == after


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("slipway:zones", ["a"], "slipway:zones: 1 given, must be 2 to 4 letters such as [a, b]"),
        ("slipway:zones", 2, "must be of type 'array<string>'"),
        ("slipway:zones", ["a", "z"], '"z" is no zone of us-east-1, which has a, b, c'),
        ("slipway:zones", ["b", "a"], "b is at place 1, where the environment's subnets are in a, which can't change"),
        ("slipway:vpcCidr", "10.50.0.0/16", "the environment's VPC has 10.10.0.0/16"),
        ("slipway:nat", "none", "interfaceEndpoints: ecr.api, ecr.dkr, logs, secretsmanager, ssmmessages"),
        ("slipway:nat", None, "nat"),
        ("slipway:vpcCidr", "10.20.128.0/17", "overlaps 10.20.0.0/16 of stack prod"),
        ("slipway:vpcCidr", "10.99.0.0/24", "must be /16 to /20"),
        ("slipway:zonez", 3, "slipway:zonez: is not a key of this project"),
    ],
)
def test_bad_configuration_is_refused_before_anything_changes(slipway, tmp_path, key, value, complaint):
    text = yaml.safe_load((ROOT / ".slipway/Pulumi.staging.yaml").read_text())
    text["config"][key] = value
    if value is None:
        del text["config"][key]
    bad = tmp_path / "Pulumi.staging.yaml"
    bad.write_text(yaml.safe_dump(text))
    before = slipway.pulumi("stack", "export")
    result = subprocess.run(
        [ROOT / "scripts/with-aws", "pulumi", "up", "--yes", "--non-interactive",
         "--stack", "staging", "--config-file", bad],
        cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert result.returncode != 0
    assert complaint in result.stdout, result.stdout
    assert slipway.pulumi("stack", "export") == before


def test_unknown_stack_is_refused(slipway):
    output = Slipway(stack="nowhere").make("up", check=False)
    assert "unknown stack nowhere" in output
    assert "prod review staging" in output


def test_bootstrap_does_not_take_over_what_it_has_not_made(slipway):
    output = slipway.make("bootstrap", "AUTH=true", check=False)
    assert "bootstrap has not made it: nothing was changed" in output
    assert "make stop, then make bootstrap" in output


def test_destroy_leaves_nothing_in_aws(slipway, aws):
    slipway.pulumi("destroy", "--yes")
    left = {
        "VPCs": [v["VpcId"] for v in aws("ec2").describe_vpcs()["Vpcs"] if not v["IsDefault"]],
        "databases": aws("rds").describe_db_instances()["DBInstances"],
        "load balancers": aws("elbv2").describe_load_balancers()["LoadBalancers"],
        "clusters": [
            c["clusterName"]
            for c in aws("ecs").describe_clusters(clusters=aws("ecs").list_clusters()["clusterArns"])["clusters"]
            if c["status"] != "INACTIVE"
        ],
        # Those of the images are the account's, made by bootstrap, as the state's bucket is.
        "repositories": {r["repositoryName"] for r in aws("ecr").describe_repositories()["repositories"]}
        - {"slipway", "slipway-guest"},
        "buckets": [b["Name"] for b in aws("s3").list_buckets()["Buckets"] if b["Name"] != "slipway-state"],
        "secrets": aws("secretsmanager").list_secrets()["SecretList"],
        "log groups": aws("logs").describe_log_groups()["logGroups"],
        "roles": [r["RoleName"] for r in aws("iam").list_roles()["Roles"] if r["RoleName"].startswith("slipway-staging-")],
    }
    assert not {what: found for what, found in left.items() if found}
    # A task may still be within its stop time-out.
    eventually(
        "the end of all tasks and databases", lambda: not docker("ps", "--quiet", "--filter", "label=ministack"), 90
    )


def test_down_leaves_nothing_on_the_machine(slipway):
    output = slipway.make("down")
    if "Docker engine: stopped" in output:
        # It was started by `make up`: with it gone, so is all that ran in it. A process that has
        # ended but that nobody has asked about yet (state Z) counts as gone.
        lines = subprocess.run(["ps", "axo", "stat,comm"], check=True, text=True, stdout=subprocess.PIPE).stdout
        alive = {line.split()[1] for line in lines.splitlines() if not line.startswith("Z")}
        assert not {"dockerd", "containerd", "docker-proxy"} & alive
        return
    assert docker("ps", "--all", "--quiet", "--filter", "label=slipway.local") == ""
    assert docker("ps", "--all", "--quiet", "--filter", "label=ministack") == ""
    assert docker("network", "ls", "--quiet", "--filter", "label=slipway.local") == ""
