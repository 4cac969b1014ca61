"""The OIDC provider of GitLab and the roles of its jobs, in the local AWS.

Run by `make ci-local`: python roles.py GROUP/PROJECT. Trust is as in an account: a token counts from one project, for one
audience, and for the refs that may do what the role does. What the roles may do is coarse here.
"""

from __future__ import annotations

import json
import sys

import boto3

ISSUER = "gitlab.com"
AUDIENCE = f"https://{ISSUER}"

# By role, the refs whose jobs may take it.
TRUSTED = {
    "slipway-staging-preview": ["ref_type:branch:ref:*"],
    "slipway-prod-preview": ["ref_type:branch:ref:*"],
    "slipway-staging-deploy": ["ref_type:branch:ref:main"],
    "slipway-prod-deploy": ["ref_type:branch:ref:main", "ref_type:tag:ref:v*"],
    "slipway-review-deploy": ["ref_type:branch:ref:*"],
}
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
READ = {
    "Effect": "Allow",
    "Action": [
        f"{service}:{verb}*"
        for service in ("application-autoscaling", "autoscaling", "budgets", "cloudwatch", "ec2", "ecr", "ecs")
        + ("elasticloadbalancing", "events", "iam", "kms", "logs", "rds", "route53", "s3", "scheduler")
        + ("secretsmanager", "sns", "ssm", "acm", "wafv2")
        for verb in ("Describe", "Get", "List")
    ]
    + ["ecr:BatchGet*", "kms:Decrypt", "sts:GetCallerIdentity"],
    "Resource": "*",
}
NO_SECRETS = {"Effect": "Deny", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}


def trust(project: str, provider: str, refs: list[str]) -> dict:
    subjects = [f"project_path:{project}:{ref}" for ref in refs]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": provider},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {f"{ISSUER}:aud": AUDIENCE},
                    "StringLike": {f"{ISSUER}:sub": subjects},
                },
            }
        ],
    }


def main(project: str) -> None:
    iam = boto3.client("iam")
    providers = [each["Arn"] for each in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    found = [arn for arn in providers if arn.endswith(f"/{ISSUER}")]
    provider = (
        found[0]
        if found
        else iam.create_open_id_connect_provider(Url=AUDIENCE, ClientIDList=[AUDIENCE])["OpenIDConnectProviderArn"]
    )
    present = {role["RoleName"] for page in iam.get_paginator("list_roles").paginate() for role in page["Roles"]}
    for name, refs in TRUSTED.items():
        document = json.dumps(trust(project, provider, refs))
        if name in present:
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=document)
        else:
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
        statements = [READ, NO_SECRETS] if name.endswith("-preview") else [ALL]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy)
        print(f"  ok role {name} for {', '.join(refs)}")


if __name__ == "__main__":
    main(sys.argv[1])
