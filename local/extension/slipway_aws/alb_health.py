"""ALB: traffic for healthy targets only.

MiniStack forwards to a target from the moment it is registered. Here a target serves once it is healthy (alb_checks);
when every target is unhealthy all of them get traffic (fail open).
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from __future__ import annotations

import itertools

from ministack.services import alb

from slipway_aws.alb_checks import HEALTHY, MONITOR, UNHEALTHY, Target, checked, key

REQUIRED = {
    "services.alb": {
        "_ACTION_MAP": "",
        "_tgs": "",
        "_targets": "",
        "_p": "params, key, default",
        "_error": "code, message, status",
        "_xml": "status, action, inner",
        "_parse_targets_param": "params, prefix",
        "_forward_to_tg": "tg_arn, method, path, headers, body, query_params, raw_query_string, raw_path",
        "_proxy_http_target": "target, tg, method, path, headers, body, query_params, raw_query_string",
        "_describe_target_health": "params",
    }
}

_UNAVAILABLE = b"<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n</html>\r\n"


def choose(targets: list[dict], states: list[str]) -> list[dict]:
    """The targets that may get a request."""
    healthy = [target for target, state in zip(targets, states, strict=True) if state == HEALTHY]
    if healthy:
        return healthy
    return targets if UNHEALTHY in states else []


def install() -> None:
    """Wraps forwarding and DescribeTargetHealth."""
    forward = alb._forward_to_tg
    turn = itertools.count()

    async def forward_to_tg(
        tg_arn, method, path, headers, body, query_params, raw_query_string=None, raw_path=None
    ):
        group, targets = alb._tgs.get(tg_arn), list(alb._targets.get(tg_arn, []))
        if not (group and targets and checked(group)):
            return await forward(tg_arn, method, path, headers, body, query_params, raw_query_string, raw_path)
        eligible = choose(targets, [MONITOR.get(tg_arn, target, group).state for target in targets])
        if not eligible:
            return 503, {"Content-Type": "text/html"}, _UNAVAILABLE
        target = eligible[next(turn) % len(eligible)]
        return await alb._proxy_http_target(
            target, group, method, raw_path or path, headers, body, query_params, raw_query_string
        )

    alb._forward_to_tg = forward_to_tg
    alb._describe_target_health = describe_target_health
    alb._ACTION_MAP["DescribeTargetHealth"] = describe_target_health


def describe_target_health(params):
    """DescribeTargetHealth with the checks' results."""
    arn = alb._p(params, "TargetGroupArn")
    if arn not in alb._tgs:
        return alb._error("TargetGroupNotFound", f"Target group '{arn}' not found.")
    group, wanted = alb._tgs[arn], {target["Id"] for target in alb._parse_targets_param(params)}
    found = [target for target in alb._targets.get(arn, []) if not wanted or target["Id"] in wanted]
    members = "".join(_member(arn, target, group) for target in found)
    return alb._xml(200, "DescribeTargetHealth", f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>")


def _member(arn: str, target: dict, group: dict) -> str:
    _, name, port = key(arn, target, group)
    health = MONITOR.get(arn, target, group) if checked(group) else Target(HEALTHY, "")
    reason = f"<Reason>{health.reason}</Reason>" if health.reason else ""
    return (
        f"<member><Target><Id>{name}</Id><Port>{port}</Port></Target>"
        f"<HealthCheckPort>{port}</HealthCheckPort>"
        f"<TargetHealth><State>{health.state}</State>{reason}</TargetHealth></member>"
    )
