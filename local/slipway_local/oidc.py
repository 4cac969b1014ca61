"""Tokens as GitLab gives them to jobs, signed by the issuer of the local AWS."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from slipway_local import aws, names
from slipway_local.errors import Problem

_PATH = "/_slipway/oidc/token"


@dataclass(frozen=True)
class Job:
    """The job that a token is for: https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload"""

    #: Path of the project, such as "group/recipes".
    project: str
    ref: str = "main"
    #: "branch" or "tag".
    ref_type: str = "branch"
    protected: bool = True
    #: Name of the GitLab environment, empty for none.
    environment: str = ""
    issuer: str = "https://gitlab.com"
    audience: str = "https://gitlab.com"
    #: Seconds; a token of GitLab's lives as long as its job may run, an hour by default.
    lifetime: int = 3600
    #: More claims, or others.
    claims: dict[str, str] = field(default_factory=dict)

    def payload(self) -> dict[str, object]:
        """The token's claims."""
        now = int(time.time())
        found: dict[str, object] = {
            "iss": self.issuer,
            "sub": self._subject(),
            "aud": self.audience,
            "exp": now + self.lifetime,
            "nbf": now - 5,
            "iat": now,
            "jti": str(uuid.uuid4()),
            "namespace_path": self.project.rpartition("/")[0],
            "project_path": self.project,
            "ref": self.ref,
            "ref_type": self.ref_type,
            "ref_protected": str(self.protected).lower(),
        }
        if self.environment:
            found |= {"environment": self.environment, "environment_protected": self._environment_protected()}
        return found | self.claims

    def _environment_protected(self) -> str:
        return str(self.protected).lower() if self.environment else ""

    def _subject(self) -> str:
        """The subject by the components that docs/pipeline.md has the project set; a claim that is missing is empty."""
        values = {
            "project_path": self.project,
            "ref_type": self.ref_type,
            "ref": self.ref,
            "environment": self.environment,
            "environment_protected": self._environment_protected(),
        }
        return ":".join(f"{name}:{value}" for name, value in values.items())


def token(job: Job) -> str:
    """A signed token. Raises Problem when the local AWS does not sign one."""
    request = urllib.request.Request(names.ENDPOINT + _PATH, json.dumps(job.payload()).encode(), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.read().decode()
    except (OSError, urllib.error.URLError) as error:
        raise Problem(f"the local AWS issues no token ({error})", "start it with `make up AUTH=true`") from error


def assume(role: str, session: str, text: str) -> dict[str, str]:
    """The variables with a role's credentials for a token. Raises Problem when the role does not trust it."""
    try:
        found = aws.client("sts").assume_role_with_web_identity(
            RoleArn=role, RoleSessionName=session, WebIdentityToken=text
        )["Credentials"]
    except ClientError as error:
        raise Problem(
            f"{role} is not given for this token ({error.response['Error']['Message']})",
            "compare the token's project, ref and audience with bootstrap/Pulumi.account.yaml",
        ) from error
    return {
        "AWS_ACCESS_KEY_ID": found["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": found["SecretAccessKey"],
        "AWS_SESSION_TOKEN": found["SessionToken"],
    }
