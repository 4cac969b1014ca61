"""ALB: DescribeTargetHealth with the state of each target.

A deregistered target is shown as draining until its delay has passed, even when deregistration was complete before.
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
"""

from __future__ import annotations

from ministack.services import alb

from slipway_aws import alb_records
from slipway_aws.alb_targets import MONITOR, UNUSED, Target
from slipway_aws.query_protocol import answer, request

REQUIRED = {
    "services.alb": {
        "_ACTION_MAP": "",
        "_tgs": "",
        "_error": "code, message, status",
        "_xml": "status, action, inner",
        "_describe_target_health": "params",
    }
}

#: AWS's words for a reason.
_DESCRIPTIONS = {
    "Elb.InitialHealthChecking": "Initial health checks in progress",
    "Target.FailedHealthChecks": "Health checks failed",
    "Target.ResponseCodeMismatch": "Health checks failed with an unexpected response code",
    "Target.Timeout": "Request timed out",
    "Target.DeregistrationInProgress": "Target deregistration is in progress",
    "Target.NotInUse": "Target group is not configured to receive traffic from the load balancer",
    "Target.NotRegistered": "Target is not registered to the target group",
}


def install() -> None:
    """Replaces the description."""
    alb._describe_target_health = describe_target_health
    alb._ACTION_MAP["DescribeTargetHealth"] = describe_target_health


def describe_target_health(params):
    """DescribeTargetHealth."""
    given = request("elbv2", "DescribeTargetHealth", params)
    arn = given.get("TargetGroupArn", "")
    if arn not in alb._tgs:
        return alb._error("TargetGroupNotFound", f"Target group '{arn}' not found.")
    group = alb._tgs[arn]
    MONITOR.round()
    found = MONITOR.of_group(arn)
    wanted = [alb_records.key(arn, target, group) for target in given.get("Targets") or []]
    if wanted:
        known = {target.key: target for target in reversed(found)}
        found = [known.get(key) or Target(key, UNUSED, "Target.NotRegistered") for key in wanted]
    members = {"TargetHealthDescriptions": [_description(target, group) for target in found]}
    return alb._xml(200, "DescribeTargetHealth", answer("elbv2", "DescribeTargetHealth", members))


def _description(target: Target, group: dict) -> dict:
    port = group.get("HealthCheckPort", "traffic-port")
    health = {"State": target.state}
    if target.reason:
        health |= {"Reason": target.reason, "Description": _DESCRIPTIONS.get(target.reason)}
    return {
        "Target": {"Id": target.key.address, "Port": target.key.port},
        "HealthCheckPort": str(target.key.port if port == "traffic-port" else port),
        "TargetHealth": health,
    }
