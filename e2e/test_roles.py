"""The roles that bootstrap makes: what the deploy role needs, what the preview role can't, whose tokens are refused.

IAM is enforced. What needs containers runs on the local AWS, everything else on its control planes alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import planes
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from conftest import ROOT, Slipway

sys.path.append(str(ROOT / "local"))

from slipway_local.oidc import Job  # noqa: E402

ACCOUNT = "000000000000"
PROJECT = "example/recipes"
REFUSED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}


def role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/slipway/pipeline/slipway-pipeline-{name}"


@dataclass
class Account:
    """An account that was bootstrapped, at an endpoint."""

    endpoint: str

    def client(self, service: str, credentials: dict | None = None):
        found = credentials or {"AccessKeyId": "test", "SecretAccessKey": "test"}
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name="us-east-1",
            aws_access_key_id=found["AccessKeyId"], aws_secret_access_key=found["SecretAccessKey"],
            aws_session_token=found.get("SessionToken"), config=Config(s3={"addressing_style": "path"}),
        )  # fmt: skip

    def token(self, **changes) -> str:
        payload = json.dumps(Job(**{"project": PROJECT} | changes).payload()).encode()
        request = urllib.request.Request(self.endpoint + "/_slipway/oidc/token", payload, method="POST")
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.read().decode()

    def assume(self, name: str, **changes) -> dict:
        """Credentials of a role for a job's token."""
        return self.client("sts").assume_role_with_web_identity(
            RoleArn=role(name), RoleSessionName="job", WebIdentityToken=self.token(**changes)
        )["Credentials"]

    def calls(self, *, forget: bool = False) -> list[dict]:
        """What was asked for since it was forgotten last."""
        request = urllib.request.Request(self.endpoint + "/_slipway/iam/calls", method="DELETE" if forget else "GET")
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)


@pytest.fixture(scope="module")
def account(tmp_path_factory) -> Iterator[Account]:
    """The control planes, bootstrapped as `make bootstrap` does it."""
    directory = tmp_path_factory.mktemp("account")
    files = [ROOT / ".slipway" / name for name in ("local.env", "bootstrap", "bootstrap-state")]
    kept = [(file, directory / file.name) for file in files if file.exists()]
    for file, aside in kept:
        file.rename(aside)
    try:
        with planes.serve(directory / "aws.log", auth=True) as port:
            environment = os.environ | {"SLIPWAY_LOCAL_PORT": str(port), "PYTHONPATH": str(ROOT / "local")}
            local = [planes.PYTHON, "-m", "slipway_local"]
            subprocess.run([*local, "environment"], cwd=ROOT, env=environment, check=True)
            for arguments in (["up"], ["up", "--expect-no-changes"]):
                subprocess.run([ROOT / "scripts/bootstrap", *arguments], cwd=ROOT, env=environment, check=True)
            yield Account(f"http://127.0.0.1:{port}")
    finally:
        for file in files:
            subprocess.run(["rm", "-rf", file], check=True)
        for file, aside in kept:
            aside.rename(file)


def test_bootstrap_keeps_its_own_state_in_its_bucket(account):
    s3 = account.client("s3")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket="slipway-state")["Contents"]]
    assert ".pulumi/stacks/slipway-bootstrap/account.json" in keys
    assert s3.get_bucket_versioning(Bucket="slipway-state")["Status"] == "Enabled"
    text = s3.get_object(Bucket="slipway-state", Key=".pulumi/stacks/slipway-bootstrap/account.json")["Body"].read()
    resources = json.loads(text)["checkpoint"]["latest"]["resources"]
    unprotected = [r["urn"] for r in resources if r["type"].startswith("aws:") and not r.get("protect")]
    assert unprotected == []
    assert len(resources) > 50


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("staging-deploy", {"environment": "staging"}),
        ("staging-drift", {}),
        ("staging-watch", {"environment": "staging"}),
        ("staging-preview", {"ref": "a-feature", "protected": False}),
        ("prod-deploy", {"ref": "v1.2.3", "ref_type": "tag", "environment": "prod"}),
        ("review-deploy", {"ref": "a-feature", "protected": False}),
    ],
)
def test_a_job_of_the_project_gets_its_role(account, name, changes):
    credentials = account.assume(name, **changes)
    assert f":assumed-role/slipway-pipeline-{name}/" in account.client("sts", credentials).get_caller_identity()["Arn"]


@pytest.mark.parametrize(
    "changes",
    [
        {"project": "example/other"},
        {"project": "elsewhere/recipes"},
        {"project": "example/recipes-fork"},
        {"ref": "a-feature"},
        {"ref": "main2"},
        {"ref": "v1.2.3", "ref_type": "tag"},
        {"audience": "https://elsewhere.example.com"},
        {"issuer": "https://gitlab.elsewhere.com"},
        {"lifetime": -1},
        {"environment": ""},
        {"environment": "prod"},
        {"protected": False},
    ],
    ids=str,
)
def test_tokens_of_others_are_refused(account, changes):
    with pytest.raises(ClientError) as refused:
        account.assume("staging-deploy", **{"environment": "staging"} | changes)
    assert refused.value.response["Error"]["Code"] in {"AccessDenied", "InvalidIdentityToken", "ExpiredTokenException"}


def test_the_job_of_one_environment_gets_no_role_of_another(account):
    with pytest.raises(ClientError, match="AccessDenied"):
        account.assume("prod-deploy", ref="a-feature", environment="prod")


ATTEMPTS: dict[str, Callable] = {
    "write the state": lambda c: c("s3").put_object(Bucket="slipway-state", Key=".pulumi/stacks/slipway/staging.json", Body=b"{}"),
    "delete the state": lambda c: c("s3").delete_object(Bucket="slipway-state", Key=".pulumi/stacks/slipway/staging.json"),
    "take the lease": lambda c: c("dynamodb").put_item(TableName="slipway-leases", Item={"stack": {"S": "slipway/staging"}}),
    "encrypt as the state does": lambda c: c("kms").encrypt(KeyId="alias/slipway-pulumi", Plaintext=b"x"),
    "make a VPC": lambda c: c("ec2").create_vpc(CidrBlock="10.99.0.0/16"),
    "make a bucket": lambda c: c("s3").create_bucket(Bucket="slipway-staging-mine"),
    "make a role": lambda c: c("iam").create_role(RoleName="slipway-staging-mine", AssumeRolePolicyDocument="{}"),
    "change its own role": lambda c: c("iam").put_role_policy(RoleName="slipway-pipeline-staging-preview", PolicyName="p", PolicyDocument="{}"),
    "update a service": lambda c: c("ecs").update_service(cluster="slipway-staging-app", service="slipway-staging-app", desiredCount=0),
    "delete the database": lambda c: c("rds").delete_db_instance(DBInstanceIdentifier="slipway-staging-database", SkipFinalSnapshot=True),
    "read a secret": lambda c: c("secretsmanager").get_secret_value(SecretId="slipway-staging-secret"),
    "delete logs": lambda c: c("logs").delete_log_group(logGroupName="/slipway/staging/app"),
    "silence an alarm": lambda c: c("cloudwatch").delete_alarms(AlarmNames=["slipway-staging-alarms-tasks"]),
    "make a key": lambda c: c("kms").create_key(),
}  # fmt: skip


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_preview_role_changes_nothing(account, attempt):
    credentials = account.assume("staging-preview", ref="a-feature")
    with pytest.raises(ClientError) as refused:
        ATTEMPTS[attempt](lambda service: account.client(service, credentials))
    assert refused.value.response["Error"]["Code"] in REFUSED


ESCAPES: dict[str, Callable] = {
    "a role without the boundary": lambda c: c("iam").create_role(Path="/slipway/staging/", RoleName="slipway-staging-mine", AssumeRolePolicyDocument=TRUST),
    "a role of another path": lambda c: c("iam").create_role(
        Path="/slipway/prod/", RoleName="slipway-staging-mine", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=BOUNDARY
    ),
    "the lease of prod": lambda c: c("dynamodb").put_item(TableName="slipway-leases", Item={"stack": {"S": "slipway/prod"}}),
    "the state's key without the stack's name": lambda c: c("kms").encrypt(KeyId="alias/slipway-pulumi", Plaintext=b"x"),
    "the state's key with prod's name": lambda c: c("kms").encrypt(KeyId="alias/slipway-pulumi", Plaintext=b"x", EncryptionContext={"stack": "prod"}),
    "deregistering a task definition": lambda c: c("ecs").deregister_task_definition(taskDefinition="slipway-staging-app:1"),
    "taking the boundary away": lambda c: c("iam").delete_role_permissions_boundary(RoleName="slipway-staging-mine"),
    "changing the boundary": lambda c: c("iam").create_policy_version(PolicyArn=BOUNDARY, PolicyDocument="{}", SetAsDefault=True),
    "changing its own role": lambda c: c("iam").put_role_policy(RoleName="slipway-pipeline-staging-deploy", PolicyName="p", PolicyDocument="{}"),
    "the state of prod": lambda c: c("s3").put_object(Bucket="slipway-state", Key=".pulumi/stacks/slipway/prod.json", Body=b"{}"),
    "the state of bootstrap": lambda c: c("s3").get_object(Bucket="slipway-state", Key=".pulumi/stacks/slipway-bootstrap/account.json"),
    "a bucket of prod": lambda c: c("s3").delete_bucket(Bucket="slipway-prod-media"),
    "the database of prod": lambda c: c("rds").delete_db_instance(DBInstanceIdentifier="slipway-prod-database", SkipFinalSnapshot=True),
    "a secret of prod": lambda c: c("secretsmanager").get_secret_value(SecretId="slipway-prod-secret"),
    "a user": lambda c: c("iam").create_user(UserName="mine"),
}  # fmt: skip
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/slipway/pipeline/slipway-pipeline-staging-boundary"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})


@pytest.mark.parametrize("escape", ESCAPES)
def test_the_deploy_role_stays_in_its_environment(account, escape):
    credentials = account.assume("staging-deploy", environment="staging")
    with pytest.raises(ClientError) as refused:
        ESCAPES[escape](lambda service: account.client(service, credentials))
    assert refused.value.response["Error"]["Code"] in REFUSED


def test_a_role_within_the_boundary_can_be_made(account):
    iam = account.client("iam", account.assume("staging-deploy", environment="staging"))
    iam.create_role(Path="/slipway/staging/", RoleName="slipway-staging-mine", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=BOUNDARY)
    iam.delete_role(RoleName="slipway-staging-mine")


# --- on the local AWS: the whole up and destroy ---------------------------------


@pytest.fixture(scope="module")
def deployed(slipway: Slipway) -> Iterator[Account]:
    """The local AWS with IAM enforced, bootstrapped, with an empty stack."""
    slipway.make("stop")
    slipway.make("bootstrap", "AUTH=true")
    slipway.make("state")
    found = Account("http://127.0.0.1:4566")
    found.calls(forget=True)
    yield found
    slipway.make("stop")


def as_deploy_role(account: Account, directory: Path, *command: str | Path) -> None:
    """Runs a command as a job of the main branch does: with a token, and no key."""
    token = directory / "token"
    token.write_text(account.token(environment="staging"))
    environment = os.environ | {
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
        "AWS_ROLE_ARN": role("staging-deploy"),
        "AWS_ROLE_SESSION_NAME": "job",
    }
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def test_up_under_the_deploy_role(deployed, slipway, tmp_path):
    as_deploy_role(deployed, tmp_path, "scripts/pulumi", "staging", "up", "--yes", "--skip-preview")
    slipway.make("smoke")


def test_destroy_under_the_deploy_role(deployed, tmp_path):
    as_deploy_role(deployed, tmp_path, "scripts/pulumi", "staging", "destroy", "--yes", "--skip-preview")


#: Statements that no request of staging's needs here, each with the reason. That AWS asks for them is held by its own
#: data: `make roles-check` finds a request for each that fails without it.
NOT_ASKED = {
    **dict.fromkeys(("ReadDNSChanges", "LookUpZones"), "staging has no domain"),
    **dict.fromkeys(("ReadFirewall", "ReadFirewallBefore", "ReadCDN"), "staging has neither firewall nor CDN, nor had it before"),
    **dict.fromkeys(("EndpointNames",), "staging has no interface endpoint"),
    **dict.fromkeys(("Snapshots", "RestoreSnapshots", "OtherSnapshots"), "staging is made empty and leaves no snapshot"),
    **dict.fromkeys(("ReadHistory", "ShareState", "EncryptState", "StateKey"), "the stack is made, and its state shared, by others here"),
    **dict.fromkeys(
        ("TagLoadBalancing", "TagGroup", "TagRoles", "TagNewKeys", "TagWhatIsMade", "Tag", "Untag", "TagApp", "TagNewScaling",
         "TagScaling", "TagDatabase", "TagSecrets"),
        "the local AWS asks for no right to set the tags of what a request makes",
    ),
    **dict.fromkeys(
        ("MakeInVPC", "MakeWithin", "SecurityGroupInVPC", "MakeRules", "DefaultGroup", "RunOwnTemplate", "RunFromTemplate", "DefaultOptions"),
        "the local AWS asks about one resource of a request, AWS about each",
    ),
    **dict.fromkeys(
        ("Images", "MakeScaling", "ReadCertificatesAndKeys", "LookUpParameters"),
        "another statement, or a key's own policy, allows it too, where conditions are passed over",
    ),
    "RotateMasterSecret": "RDS asks for it when the password is turned by hand",
    "Subscriptions": "staging's alarms are sent to nobody",
    "ServiceLinkedRoles": "AWS asks when it makes its own roles, once for an account",
}  # fmt: skip


def test_every_statement_of_the_deploy_role_is_needed(deployed):
    """Without any one of them a request of `up` or `destroy` would have been refused: the one in the table."""
    asked = [c for c in deployed.calls() if "/slipway-pipeline-staging-deploy/" in c["principal"]]
    assert len(asked) > 300
    iam = deployed.client("iam")
    sids = []
    for attached in iam.list_attached_role_policies(RoleName="slipway-pipeline-staging-deploy")["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"]
        sids += [s["Sid"] for s in document["Statement"]]
    breaks = {}
    for call in asked:
        if call["allowed"] and len(call["statements"]) == 1:
            breaks.setdefault(call["statements"][0], f"{call['action']} on {call['resource']}")
    for sid in sids:
        print(f"  {sid:24} {breaks.get(sid, NOT_ASKED.get(sid, 'NOTHING'))}")
    refused = sorted({f"{c['action']} on {c['resource']}" for c in asked if not c["allowed"]})
    print("\n".join(f"  refused: {line}" for line in refused))
    assert set(sids) - set(breaks) == set(NOT_ASKED)
