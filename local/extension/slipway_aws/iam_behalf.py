"""IAM: what AWS asks for beside the operation's own action.

A request that gives a role to a service needs iam:PassRole on it, and a database whose password RDS manages is made with
the caller's rights on its secret.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html#rds-secrets-manager-permissions
"""

from __future__ import annotations

import re

from ministack.core import iam_actions, iam_evaluator

REQUIRED = {
    "core.iam_actions": {"request_tag_context": "service, iam_action, body, params"},
    "core.iam_evaluator": {"enforce": "access_key_id, iam_action, service, region, resource_arn, service_context"},
}

#: Operations that give roles to services.
_PASSING = {
    "autoscaling:CreateAutoScalingGroup", "ec2:CreateFlowLogs", "ecs:RegisterTaskDefinition", "ecs:RunTask", "rds:CreateDBInstance",
    "rds:ModifyDBInstance", "scheduler:CreateSchedule", "scheduler:UpdateSchedule",
}  # fmt: skip
_ROLE = re.compile(rb"arn:aws:iam::\d{12}:role/[\w+=,.@/-]+")
_SECRET = {"secretsmanager:CreateSecret", "secretsmanager:TagResource"}
_KEY = "slipway:behalf"


def install() -> None:
    """Wraps the reading of a request, and its check."""
    context, enforce = iam_actions.request_tag_context, iam_evaluator.enforce

    def request_tag_context(service, iam_action, body, params):
        found = context(service, iam_action, body, params)
        given = body + b" " + " ".join(f"{k}={v}" for k, v in params.items()).encode()
        wanted = {("iam:PassRole", arn.decode()) for arn in _ROLE.findall(given)} if iam_action in _PASSING else set()
        if iam_action == "rds:CreateDBInstance" and iam_actions._query_param(params, "ManageMasterUserPassword") == "true":
            wanted |= {(action, "secret:rds!db-new") for action in _SECRET}
        return {**found, _KEY: sorted(wanted)} if wanted else found

    def enforce_all(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        keys = dict(service_context or {})
        wanted = keys.pop(_KEY, [])
        denied = enforce(access_key_id, iam_action, service, region, resource_arn, keys)
        for action, resource in wanted:
            if resource.startswith("secret:"):
                resource = f"arn:aws:secretsmanager:{region}:{resource_arn.split(':')[4]}:{resource}"
            denied = denied or enforce(access_key_id, action, service, region, resource, {})
        return denied

    iam_actions.request_tag_context = request_tag_context
    iam_evaluator.enforce = enforce_all
