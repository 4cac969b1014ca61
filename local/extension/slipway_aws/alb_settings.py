"""ALB: load balancers, target groups and actions read back as they were made, and protected ones stay.

MiniStack deletes protected load balancers, puts every subnet into the first zone, and drops a target group's protocol
version and address type and an action's weighted target groups.
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Action.html
"""

from __future__ import annotations

from ministack.services import alb, ec2

from slipway_aws.query_protocol import decode, encode, request

REQUIRED = {
    "services.alb": {
        "_ACTION_MAP": "",
        "_lb_attrs": "",
        "_tgs": "",
        "_lb_xml": "lb",
        "_tg_xml": "tg",
        "_action_xml": "a",
        "_parse_actions": "params, prefix",
        "_error": "code, message, status",
        "_xml": "status, action, inner",
    },
    "services.ec2": {"_subnets": ""},
}

#: Zone identifier of Application Load Balancers in us-east-1.
#: https://docs.aws.amazon.com/general/latest/gr/elb.html
_ZONE = "Z35SXDOTRQ7X7K"


def install() -> None:
    """Wraps deletion, the creation of target groups and the reading of actions, replaces the descriptions."""
    create, parse = alb._ACTION_MAP["CreateTargetGroup"], alb._parse_actions
    delete = alb._ACTION_MAP["DeleteLoadBalancer"]

    def delete_load_balancer(params):
        arn = request("elbv2", "DeleteLoadBalancer", params).get("LoadBalancerArn", "")
        attributes = {entry["Key"]: entry["Value"] for entry in alb._lb_attrs.get(arn) or []}
        if attributes.get("deletion_protection.enabled") == "true":
            what = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
            return alb._error("OperationNotPermitted", what)
        return delete(params)

    def create_target_group(params):
        response = create(params)
        if response[0] != 200:
            return response
        given = request("elbv2", "CreateTargetGroup", params)
        group = next(g for g in alb._tgs.values() if g["TargetGroupName"] == given["Name"])
        group["IpAddressType"] = given.get("IpAddressType", "ipv4")
        if group["Protocol"] in ("HTTP", "HTTPS"):
            group["ProtocolVersion"] = given.get("ProtocolVersion", "HTTP1")
        return alb._xml(200, "CreateTargetGroup", f"<TargetGroups>{alb._tg_xml(group)}</TargetGroups>")

    def parse_actions(params, prefix="DefaultActions"):
        actions = parse(params, prefix)
        for number, action in enumerate(actions, 1):
            sent = decode("elbv2", "Action", params, f"{prefix}.member.{number}")
            action |= forward(action.get("TargetGroupArn"), sent.get("ForwardConfig"))
        return actions

    alb._ACTION_MAP |= {"CreateTargetGroup": create_target_group, "DeleteLoadBalancer": delete_load_balancer}
    alb._parse_actions = parse_actions
    alb._lb_xml = load_balancer_xml
    alb._tg_xml = lambda group: f"<member>{encode('elbv2', 'TargetGroup', group)}</member>"
    alb._action_xml = action_xml


def forward(arn: str | None, config: dict | None) -> dict:
    """Members of a forward action: it has its target group in both forms, whichever it was sent in.

    The one target group of the older form is the one with the greatest weight.
    """
    if arn and not config:
        config = {"TargetGroups": [{"TargetGroupArn": arn, "Weight": 1}]}
    if not config:
        return {}
    groups = config.get("TargetGroups") or []
    heaviest = max(groups, key=lambda group: group.get("Weight", 1))
    config = {"TargetGroupStickinessConfig": {"Enabled": False}, **config}
    return {"TargetGroupArn": heaviest["TargetGroupArn"], "ForwardConfig": config}


def load_balancer_xml(balancer):
    """A load balancer with the zones of its subnets."""
    zones = [
        {"ZoneName": (ec2._subnets.get(subnet) or {}).get("AvailabilityZone"), "SubnetId": subnet}
        for subnet in balancer.get("Subnets") or []
    ]
    described = {
        "IpAddressType": "ipv4",
        **balancer,
        "CanonicalHostedZoneId": _ZONE,
        "State": {"Code": balancer["State"]},
        "AvailabilityZones": zones,
    }
    return f"<member>{encode('elbv2', 'LoadBalancer', described)}</member>"


def action_xml(action):
    """An action; its client secret never leaves again."""
    described = dict(action)
    if "AuthenticateOidcConfig" in described:
        shown = {k: v for k, v in described["AuthenticateOidcConfig"].items() if k != "ClientSecret"}
        described["AuthenticateOidcConfig"] = shown
    return f"<member>{encode('elbv2', 'Action', described)}</member>"
