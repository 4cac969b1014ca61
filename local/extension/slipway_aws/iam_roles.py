"""IAM: what a role allows, where AWS acts with the role itself, and a session's role in conditions.

MiniStack runs schedules and starts tasks whatever their roles allow, and has the ARN of the session where AWS has that
of the role in aws:PrincipalArn.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
"""

from __future__ import annotations

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam

REQUIRED = {
    "core.iam_evaluator": {
        "EvalContext": "",
        "evaluate": "ctx, policies, limits",
        "evaluate_resource_policy": "doc, ctx, service, named_only, direct_only",
        "combine_resource_policy": "identity, ctx, policy, owner_account, required, limits",
        "_gather_role_policies": "role_name, account_id",
        "_permissions_boundary": "store, name, account_id",
        "_resolve_condition_key": "key, ctx",
        "_resource_policy": "service, resource_arn",
        "_role_name_from_assumed_arn": "assumed_arn",
        "_POLICY_REQUIRED": "",
    },
    "services.iam": {"_roles": ""},
}


def install() -> None:
    """Wraps the look-up of a condition's key."""
    resolve = iam_evaluator._resolve_condition_key

    def resolve_condition_key(key, ctx):
        found = resolve(key, ctx)
        if key.lower() != "aws:principalarn" or ":assumed-role/" not in str(found):
            return found
        role = iam._roles.get(iam_evaluator._role_name_from_assumed_arn(found))
        return role["Arn"] if role else found

    iam_evaluator._resolve_condition_key = resolve_condition_key


def refusal(role_arn: str, service: str, checks: list[tuple[str, str, dict]], source: str = "") -> str | None:
    """Why a role does not allow these actions on these resources to an AWS service that takes it, or None.

    `source` is the ARN of what the service takes the role for, where AWS's documents say that it tells. They say so
    together with the account.
    """
    name, account = role_arn.rpartition("/")[2], get_account_id()
    role = iam._roles.get(name)
    if role is None:
        return f"{role_arn} does not exist"

    def context(action, resource, keys):
        return iam_evaluator.EvalContext(
            principal_arn=role["Arn"], principal_type="AssumedRole", principal_account=account, action=action,
            resource_arn=resource, region=get_region(), secure_transport=True, service_context=keys,
        )  # fmt: skip

    told = {"aws:sourceaccount": account, "aws:sourcearn": source} if source else {}
    taken = context("sts:AssumeRole", role["Arn"], told)
    trust = role.get("AssumeRolePolicyDocument")
    if iam_evaluator.evaluate_resource_policy(trust, taken, service=service).decision != "Allow":
        return f"{role_arn} does not trust {service}"
    policies = iam_evaluator._gather_role_policies(name, account)
    limits = iam_evaluator._permissions_boundary(iam._roles, name, account)
    for action, resource, keys in checks:
        asked = context(action, resource, keys)
        found = iam_evaluator.evaluate(asked, policies, *limits)
        owner = action.partition(":")[0]
        own = iam_evaluator._resource_policy(owner, resource)
        if own is not None:
            required = owner in iam_evaluator._POLICY_REQUIRED
            found = iam_evaluator.combine_resource_policy(found, asked, *own, required=required, limits=limits)
        if found.decision != "Allow":
            return f"User: {role_arn} is not authorized to perform: {action} on resource: {resource}"
    return None
