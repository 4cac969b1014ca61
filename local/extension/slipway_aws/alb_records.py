"""ALB: what MiniStack's records say about listeners, target groups and their attributes, in one place."""

from __future__ import annotations

from typing import NamedTuple

from ministack.services import alb

REQUIRED = {
    "services.alb": {
        "_lbs": "", "_lb_attrs": "", "_tgs": "", "_tg_attrs": "", "_listeners": "", "_listener_attrs": "", "_rules": "",
    },
}  # fmt: skip


class Key(NamedTuple):
    """A target within its group."""

    group: str
    address: str
    port: int


def install() -> None:
    """Nothing is wrapped."""


def everything(store) -> list[tuple[str, object]]:
    """Records of every account and region by their ARN, which is unique among them."""
    return [(scoped[-1], record) for scoped, record in list(store._data.items())]


def find(store, arn: str):
    """A record of any account and region, or None."""
    return next((record for found, record in everything(store) if found == arn), None)


def key(group_arn: str, target: dict, group: dict) -> Key:
    """Identifies a target; without a port of its own it has its group's."""
    return Key(group_arn, str(target["Id"]), int(target.get("Port") or group.get("Port") or 80))


def checked(group: dict) -> bool:
    """Whether a target group has health checks at all."""
    return group.get("TargetType") != "lambda" and group.get("HealthCheckEnabled", True)


def attribute(store, arn: str, name: str, default: str) -> str:
    """An attribute of a load balancer, listener or target group, or AWS's default."""
    return next((entry["Value"] for entry in find(store, arn) or [] if entry["Key"] == name), default)


def deregistration_delay(group_arn: str) -> float:
    """Seconds that requests in flight have; 300 by default."""
    return float(attribute(alb._tg_attrs, group_arn, "deregistration_delay.timeout_seconds", "300"))


def rules(listener_arn: str) -> list[dict]:
    """A listener's rules in the order in which they are tried, the default one last."""
    found = [rule for _, rule in everything(alb._rules) if rule.get("ListenerArn") == listener_arn]
    return sorted(found, key=lambda rule: (rule.get("IsDefault", False), _priority(rule)))


def _priority(rule: dict) -> int:
    return int(rule["Priority"]) if str(rule.get("Priority", "")).isdigit() else 0


def weights(action: dict) -> list[tuple[str, int]]:
    """Target groups of a forward action with their weights."""
    groups = (action.get("ForwardConfig") or {}).get("TargetGroups") or []
    if not groups and action.get("TargetGroupArn"):
        groups = [{"TargetGroupArn": action["TargetGroupArn"]}]
    return [(group["TargetGroupArn"], int(group.get("Weight", 1))) for group in groups]


def balancers(group_arn: str) -> list[str]:
    """ARNs of the load balancers whose listeners lead to a target group."""
    found = []
    for _, rule in everything(alb._rules):
        listener = find(alb._listeners, rule.get("ListenerArn", ""))
        if listener is None or find(alb._lbs, listener["LoadBalancerArn"]) is None:
            continue
        for action in rule.get("Actions") or []:
            if any(arn == group_arn for arn, _ in weights(action)):
                found.append(listener["LoadBalancerArn"])
    return found
