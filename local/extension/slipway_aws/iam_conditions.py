"""IAM: condition keys that MiniStack does not know.

The row of a table (dynamodb:LeadingKeys) is read from the request. The other keys below can't be told here, nor can the
tags of what a request makes or of a resource that it does not name; a condition on them alone is passed over, so that
what is left of a statement decides. What they hold is judged by AWS's own data (tools/rolescheck), not here.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import json

from ministack.core import iam_actions, iam_evaluator

REQUIRED = {
    "core.iam_actions": {"dynamodb_service_context": "body"},
    "core.iam_evaluator": {
        "_conditions_met": "conditions, ctx",
        "_evaluate_single_condition": "operator, actual, expected_values",
        "_resolve_condition_key": "key, ctx",
    },
}

UNKNOWN = (
    "acm:domainnames", "application-autoscaling:service-namespace", "ec2:createaction", "ec2:launchtemplate", "ecs:cluster",
    "events:targetarn", "iam:awsservicename", "iam:passedtoservice", "kms:grantisforawsresource",
    "route53:changeresourcerecordsets", "sns:protocol",
)  # fmt: skip


def install() -> None:
    """Wraps the check of conditions, and a request's condition keys for DynamoDB."""
    met, dynamodb = iam_evaluator._conditions_met, iam_actions.dynamodb_service_context

    def conditions_met(conditions, ctx):
        known = {
            operator: {key: value for key, value in (keys or {}).items() if not _passed_over(key, ctx)}
            for operator, keys in (conditions or {}).items()
            if isinstance(keys, dict)
        }
        return met({operator: keys for operator, keys in known.items() if keys}, ctx)

    def dynamodb_service_context(body):
        found = dynamodb(body)
        given = _row(body)
        return {**found, "dynamodb:LeadingKeys": [given]} if given else found

    iam_evaluator._conditions_met = conditions_met
    iam_actions.dynamodb_service_context = dynamodb_service_context


def _passed_over(key: str, ctx) -> bool:
    name = key.lower()
    if iam_evaluator._resolve_condition_key(key, ctx) is not None:
        return False
    if name.startswith("aws:resourcetag/"):
        return not any(k.startswith("aws:resourcetag/") for k in ctx.service_context)
    return name.startswith(UNKNOWN)


def _row(body: bytes) -> str | None:
    """The value of the hash key that a request names, where there is one: the tables here have it under one name."""
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        return None
    item = data.get("Key") or data.get("Item") if isinstance(data, dict) else None
    stack = (item or {}).get("stack")
    return stack.get("S") if isinstance(stack, dict) else None
