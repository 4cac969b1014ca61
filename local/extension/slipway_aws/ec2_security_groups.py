"""EC2: rules of security groups with every source that AWS knows.

MiniStack reads no prefix lists, and keeps ports that go with the protocol "all" and mean nothing there: the rule that
lets everything out, which a new group has, could then not be revoked.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
"""

from __future__ import annotations

from ministack.core.responses import get_account_id
from ministack.services import ec2

from slipway_aws.query_protocol import encode, request

REQUIRED = {
    "services.ec2": {
        "_parse_ip_permissions": "params, prefix",
        "_parse_legacy_ip_permission": "params",
        "_sg_rule_xml": "sg_id, rule, is_egress",
        "_sg_rule_id": "sg_id, is_egress, rule",
        "_sg_rule_arn": "rule_id",
        "_sg_rule_description": "rule",
        "_tags": "",
    }
}

_ALL = "-1"
#: Members of a permission, and what their entries become in a rule.
_SOURCES = {
    "IpRanges": lambda source: {"CidrIpv4": source["CidrIp"]},
    "Ipv6Ranges": lambda source: {"CidrIpv6": source["CidrIpv6"]},
    "PrefixListIds": lambda source: {"PrefixListId": source["PrefixListId"]},
    "UserIdGroupPairs": lambda source: {"ReferencedGroupInfo": {"UserId": get_account_id(), **source}},
}


def install() -> None:
    """Replaces the reading of permissions and the writing of rules."""
    ec2._parse_ip_permissions = parse_ip_permissions
    ec2._sg_rule_xml = sg_rule_xml


def parse_ip_permissions(params, prefix):
    """The permissions of a request."""
    given = request("ec2", "AuthorizeSecurityGroupIngress", params).get("IpPermissions")
    if not given:
        return ec2._parse_legacy_ip_permission(params)
    rules = []
    for permission in given:
        rule = {**dict.fromkeys(_SOURCES, ()), **permission}
        rule |= {name: list(rule[name]) for name in _SOURCES}
        if rule.get("IpProtocol") == _ALL:
            rule.pop("FromPort", None)
            rule.pop("ToPort", None)
        rules.append(rule)
    return rules


def sg_rule_xml(sg_id, rule, is_egress=False):
    """One item for each source of a permission, or one without a source."""
    identifier = ec2._sg_rule_id(sg_id, is_egress, rule)
    common = {
        "SecurityGroupRuleId": identifier,
        "GroupId": sg_id,
        "GroupOwnerId": get_account_id(),
        "IsEgress": is_egress,
        "IpProtocol": rule.get("IpProtocol", _ALL),
        "FromPort": rule.get("FromPort", -1),
        "ToPort": rule.get("ToPort", -1),
        "Description": ec2._sg_rule_description(rule) or None,
        "SecurityGroupRuleArn": ec2._sg_rule_arn(identifier),
        "Tags": ec2._tags.get(identifier) or [],
    }
    sources = [make(source) for name, make in _SOURCES.items() for source in rule.get(name) or []]
    return "".join(
        f"<item>{encode('ec2', 'SecurityGroupRule', common | source)}</item>" for source in sources or [{}]
    )
