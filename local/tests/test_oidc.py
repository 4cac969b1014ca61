"""Web identities: what STS takes for a job of GitLab's, and what it refuses."""

import json
import time
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError
from slipway_local.oidc import Job

ACCOUNT = "000000000000"
HOST = "gitlab.example.com"
AUDIENCE = "https://sts.example.com"


def sign(server, payload):
    request = urllib.request.Request(server.url + "/_slipway/oidc/token", json.dumps(payload).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.read().decode()


def job(**changes):
    return Job(**{"project": "g/app", "issuer": f"https://{HOST}", "audience": AUDIENCE} | changes).payload()


@pytest.fixture(scope="module")
def role(secured):
    iam = secured.client("iam")
    provider = iam.create_open_id_connect_provider(Url=f"https://{HOST}", ClientIDList=[AUDIENCE])
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": provider["OpenIDConnectProviderArn"]},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{HOST}:aud": AUDIENCE,
                f"{HOST}:sub": "project_path:g/app:ref_type:branch:ref:main:environment::environment_protected:",
            }
        },
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    return iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=document)["Role"]["Arn"]


def assume(server, role, token):
    return server.client("sts").assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="job", WebIdentityToken=token
    )


def test_the_job_of_the_trusted_branch_gets_the_role(secured, role):
    credentials = assume(secured, role, sign(secured, job()))["Credentials"]
    arn = secured.client("sts", credentials).get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/job"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"project": "g/other"}, "AccessDenied"),
        ({"project": "h/app"}, "AccessDenied"),
        ({"ref": "feature"}, "AccessDenied"),
        ({"ref_type": "tag"}, "AccessDenied"),
        ({"audience": "https://other.example.com"}, "InvalidIdentityToken"),
        ({"issuer": "https://gitlab.elsewhere.com"}, "InvalidIdentityToken"),
        ({"lifetime": -1}, "ExpiredTokenException"),
    ],
)
def test_other_jobs_do_not(secured, role, changes, code):
    with pytest.raises(ClientError) as refused:
        assume(secured, role, sign(secured, job(**changes)))
    assert refused.value.response["Error"]["Code"] == code


def test_a_token_that_was_changed_is_refused(secured, role):
    head, _, signature = sign(secured, job(ref="feature")).split(".")
    claims = sign(secured, job()).split(".")[1]
    with pytest.raises(ClientError, match="InvalidIdentityToken"):
        assume(secured, role, f"{head}.{claims}.{signature}")


def test_what_is_no_token_is_refused(secured, role):
    with pytest.raises(ClientError, match="InvalidIdentityToken"):
        assume(secured, role, "no-token")


def test_claims_have_to_be_an_object(secured):
    with pytest.raises(urllib.error.HTTPError, match="400"):
        sign(secured, ["no", "object"])


def test_the_payload_is_a_jobs():
    payload = Job(project="group/sub/app", environment="prod", claims={"job_id": "7"}).payload()
    assert payload["sub"] == "project_path:group/sub/app:ref_type:branch:ref:main:environment:prod:environment_protected:true"
    assert payload["namespace_path"] == "group/sub"
    assert payload["environment_protected"] == "true"
    assert payload["job_id"] == "7"
    assert payload["exp"] > time.time()
