"""EC2: VPC endpoints with all that they were created with.

MiniStack keeps the route tables and subnets of an endpoint, not its policy, security groups or private DNS. An
endpoint changes no traffic here: tasks reach this server without it.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html
"""

from __future__ import annotations

import re

from ministack.core.responses import now_iso
from ministack.services import ec2

from slipway_aws.ec2_select import member, select
from slipway_aws.query_protocol import encode, request

REQUIRED = {
    "services.ec2": {
        "_ACTION_MAP": "",
        "_vpc_endpoints": "",
        "_security_groups": "",
        "_tags": "",
        "_vpce_fields_xml": "ep, tag",
        "_error": "code, message, status",
        "_xml": "status, root_tag, inner",
    }
}

_ANYTHING = (
    '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
)
_FILTERS = {
    "vpc-endpoint-id": member("VpcEndpointId"),
    "vpc-endpoint-type": member("VpcEndpointType"),
    "vpc-endpoint-state": member("State"),
    "vpc-id": member("VpcId"),
    "service-name": member("ServiceName"),
}
#: Lists that ModifyVpcEndpoint adds to and removes from.
_LISTS = ("RouteTableIds", "SubnetIds", "SecurityGroupIds")


def install() -> None:
    """Wraps creation, replaces description and modification."""
    create = ec2._ACTION_MAP["CreateVpcEndpoint"]

    def create_vpc_endpoint(params):
        response = create(params)
        if response[0] != 200:
            return response
        endpoint = ec2._vpc_endpoints[_created(response)]
        given = request("ec2", "CreateVpcEndpoint", params)
        interface = endpoint["VpcEndpointType"] == "Interface"
        endpoint |= {
            "PolicyDocument": given.get("PolicyDocument") or _ANYTHING,
            "SecurityGroupIds": given.get("SecurityGroupIds") or [],
            # The default of the API: an interface endpoint answers for the service's own name.
            "PrivateDnsEnabled": interface and given.get("PrivateDnsEnabled", True),
            "IpAddressType": given.get("IpAddressType") or "ipv4",
            "DnsOptions": given.get("DnsOptions") or {"DnsRecordIpType": "ipv4" if interface else "service-defined"},
            "CreationTimestamp": now_iso(),
        }
        inner = ec2._vpce_fields_xml(endpoint, tag="vpcEndpoint")
        return ec2._xml(200, "CreateVpcEndpointResponse", inner)

    ec2._vpce_fields_xml = fields_xml
    ec2._ACTION_MAP |= {
        "CreateVpcEndpoint": create_vpc_endpoint,
        "DescribeVpcEndpoints": describe,
        "ModifyVpcEndpoint": modify,
    }


def _created(response) -> str:
    return re.search(r"<vpcEndpointId>([^<]+)<", response[2].decode())[1]


def describe(params):
    """DescribeVpcEndpoints."""
    wanted = request("ec2", "DescribeVpcEndpoints", params).get("VpcEndpointIds")
    try:
        found = select(ec2._vpc_endpoints, wanted, params, _FILTERS)
    except KeyError as unknown:
        return _unknown(unknown.args[0])
    items = "".join(map(ec2._vpce_fields_xml, found))
    return ec2._xml(200, "DescribeVpcEndpointsResponse", f"<vpcEndpointSet>{items}</vpcEndpointSet>")


def modify(params):
    """ModifyVpcEndpoint."""
    given = request("ec2", "ModifyVpcEndpoint", params)
    identifier = given.get("VpcEndpointId", "")
    endpoint = ec2._vpc_endpoints.get(identifier)
    if endpoint is None:
        return _unknown(identifier)
    for name in _LISTS:
        removed, added = given.get(f"Remove{name}") or [], given.get(f"Add{name}") or []
        kept = [value for value in endpoint.get(name) or [] if value not in removed]
        endpoint[name] = kept + [value for value in added if value not in kept]
    if given.get("ResetPolicy"):
        endpoint["PolicyDocument"] = _ANYTHING
    for name in ("PolicyDocument", "PrivateDnsEnabled", "IpAddressType", "DnsOptions"):
        if name in given:
            endpoint[name] = given[name]
    return ec2._xml(200, "ModifyVpcEndpointResponse", "<return>true</return>")


def fields_xml(endpoint, tag="item"):
    """An endpoint with all that it keeps and its tags."""
    groups = [
        {"GroupId": group, "GroupName": (ec2._security_groups.get(group) or {}).get("GroupName", group)}
        for group in endpoint.get("SecurityGroupIds") or []
    ]
    described = {**endpoint, "Groups": groups, "Tags": ec2._tags.get(endpoint["VpcEndpointId"]) or []}
    return f"<{tag}>{encode('ec2', 'VpcEndpoint', described)}</{tag}>"


def _unknown(identifier):
    return ec2._error("InvalidVpcEndpointId.NotFound", f"The VPC endpoint '{identifier}' does not exist", 400)
