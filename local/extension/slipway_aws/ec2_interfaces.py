"""EC2: network interfaces that can be configured, and that keep what they were created with.

MiniStack has no ModifyNetworkInterfaceAttribute, so that an instance could not be made a router, gives interfaces
addresses outside their subnet, and drops their tags.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html
"""

from __future__ import annotations

import ipaddress
import re

from ministack.core.responses import get_account_id
from ministack.services import ec2

from slipway_aws.ec2_select import member, select
from slipway_aws.query_protocol import encode, request

REQUIRED = {
    "services.ec2": {
        "_ACTION_MAP": "",
        "_network_interfaces": "",
        "_security_groups": "",
        "_addresses": "",
        "_subnets": "",
        "_tags": "",
        "_eni_fields_xml": "eni, tag",
        "_parse_tag_specs": "p, resource_type, resource_id",
        "_error": "code, message, status",
        "_xml": "status, root_tag, inner",
    }
}

#: The first four addresses of a subnet and its last one belong to AWS.
#: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
_RESERVED = 4

#: Filters of DescribeNetworkInterfaces, and what an interface has for them.
_FILTERS = {
    "network-interface-id": member("NetworkInterfaceId"),
    "subnet-id": member("SubnetId"),
    "vpc-id": member("VpcId"),
    "status": member("Status"),
    "description": member("Description"),
    "group-id": lambda eni: [group["GroupId"] for group in eni["Groups"]],
    "attachment.attachment-id": lambda eni: [(eni.get("Attachment") or {}).get("AttachmentId")],
    "attachment.instance-id": lambda eni: [(eni.get("Attachment") or {}).get("InstanceId")],
}


def install() -> None:
    """Wraps creation and deletion, replaces the description, adds the modification."""
    create, delete = ec2._ACTION_MAP["CreateNetworkInterface"], ec2._ACTION_MAP["DeleteNetworkInterface"]

    def create_network_interface(params):
        given = request("ec2", "CreateNetworkInterface", params)
        address = given.get("PrivateIpAddress") or free_address(given.get("SubnetId"))
        response = create(params)
        if response[0] != 200:
            return response
        eni = ec2._network_interfaces[_created(response)]
        if address:
            eni["PrivateIpAddress"] = address
        eni["PrivateDnsName"] = f"ip-{eni['PrivateIpAddress'].replace('.', '-')}.ec2.internal"
        ec2._parse_tag_specs(params, "network-interface", eni["NetworkInterfaceId"])
        inner = ec2._eni_fields_xml(eni, tag="networkInterface")
        return ec2._xml(200, "CreateNetworkInterfaceResponse", inner)

    def delete_network_interface(params):
        response = delete(params)
        if response[0] == 200:
            ec2._tags.pop(ec2._p(params, "NetworkInterfaceId"), None)
        return response

    ec2._eni_fields_xml = fields_xml
    ec2._ACTION_MAP |= {
        "CreateNetworkInterface": create_network_interface,
        "DeleteNetworkInterface": delete_network_interface,
        "DescribeNetworkInterfaces": describe,
        "ModifyNetworkInterfaceAttribute": modify,
    }


def _created(response) -> str:
    body = response[2]
    found = re.search(r"<networkInterfaceId>([^<]+)<", body if isinstance(body, str) else body.decode())
    return found[1]


def free_address(subnet: str | None) -> str | None:
    """The first address of a subnet that no interface has."""
    block = (ec2._subnets.get(subnet) or {}).get("CidrBlock")
    if not block:
        return None
    used = {eni["PrivateIpAddress"] for eni in ec2._network_interfaces.values() if eni["SubnetId"] == subnet}
    network = ipaddress.ip_network(block)
    numbers = range(_RESERVED, network.num_addresses - 1)
    return next((str(network[number]) for number in numbers if str(network[number]) not in used), None)


def describe(params):
    """DescribeNetworkInterfaces."""
    wanted = request("ec2", "DescribeNetworkInterfaces", params).get("NetworkInterfaceIds")
    try:
        found = select(ec2._network_interfaces, wanted, params, _FILTERS)
    except KeyError as unknown:
        return _unknown(unknown.args[0])
    items = "".join(map(ec2._eni_fields_xml, found))
    return ec2._xml(200, "DescribeNetworkInterfacesResponse", f"<networkInterfaceSet>{items}</networkInterfaceSet>")


def modify(params):
    """ModifyNetworkInterfaceAttribute: one attribute for each call."""
    given = request("ec2", "ModifyNetworkInterfaceAttribute", params)
    identifier = given.get("NetworkInterfaceId", "")
    eni = ec2._network_interfaces.get(identifier)
    if eni is None:
        return _unknown(identifier)
    if "SourceDestCheck" in given:
        eni["SourceDestCheck"] = given["SourceDestCheck"]["Value"]
    if "Description" in given:
        eni["Description"] = given["Description"].get("Value", "")
    if "Groups" in given:
        eni["Groups"] = [
            {"GroupId": group, "GroupName": (ec2._security_groups.get(group) or {}).get("GroupName", group)}
            for group in given["Groups"]
        ]
    if "Attachment" in given and eni.get("Attachment"):
        eni["Attachment"]["DeleteOnTermination"] = given["Attachment"].get("DeleteOnTermination", False)
    return ec2._xml(200, "ModifyNetworkInterfaceAttributeResponse", "<return>true</return>")


def fields_xml(eni, tag="item"):
    """An interface with all that it keeps, its Elastic IP address and its tags."""
    association = next(
        (
            {**address, "IpOwnerId": get_account_id()}
            for address in ec2._addresses.values()
            if address.get("NetworkInterfaceId") == eni["NetworkInterfaceId"]
        ),
        None,
    )
    private = {"PrivateIpAddress": eni["PrivateIpAddress"], "Primary": True, "Association": association}
    described = {
        **eni,
        "Association": association,
        "PrivateIpAddresses": [private],
        "TagSet": ec2._tags.get(eni["NetworkInterfaceId"]) or [],
    }
    return f"<{tag}>{encode('ec2', 'NetworkInterface', described)}</{tag}>"


def _unknown(identifier):
    return ec2._error(
        "InvalidNetworkInterfaceID.NotFound", f"The networkInterface ID '{identifier}' does not exist", 400
    )
