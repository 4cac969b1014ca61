"""EC2: Elastic IP addresses on network interfaces.

MiniStack associates addresses with instances only and describes them all whatever the filters say.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateAddress.html
"""

from __future__ import annotations

from ministack.core.responses import get_account_id
from ministack.services import ec2

from slipway_aws.ec2_select import member, select
from slipway_aws.query_protocol import answer, request

REQUIRED = {
    "services.ec2": {
        "_ACTION_MAP": "",
        "_addresses": "",
        "_network_interfaces": "",
        "_tags": "",
        "_error": "code, message, status",
        "_xml": "status, root_tag, inner",
    }
}

#: Filters of DescribeAddresses.
_FILTERS = {
    "allocation-id": member("AllocationId"),
    "association-id": member("AssociationId"),
    "domain": member("Domain"),
    "instance-id": member("InstanceId"),
    "network-interface-id": member("NetworkInterfaceId"),
    "private-ip-address": member("PrivateIpAddress"),
    "public-ip": member("PublicIp"),
}


def install() -> None:
    """Wraps association and its end, replaces the description."""
    associate, disassociate = ec2._ACTION_MAP["AssociateAddress"], ec2._ACTION_MAP["DisassociateAddress"]

    def associate_address(params):
        given = request("ec2", "AssociateAddress", params)
        identifier = given.get("NetworkInterfaceId")
        eni = ec2._network_interfaces.get(identifier) if identifier else None
        if identifier and eni is None:
            return ec2._error(
                "InvalidNetworkInterfaceID.NotFound", f"The networkInterface ID '{identifier}' does not exist", 400
            )
        response = associate(params)
        if response[0] == 200:
            address = ec2._addresses[given["AllocationId"]]
            address["NetworkInterfaceId"] = identifier
            address["PrivateIpAddress"] = given.get("PrivateIpAddress") or (eni and eni["PrivateIpAddress"])
        return response

    def disassociate_address(params):
        response = disassociate(params)
        for address in ec2._addresses.values():
            if not address.get("AssociationId"):
                address["NetworkInterfaceId"] = address["PrivateIpAddress"] = None
        return response

    ec2._ACTION_MAP |= {
        "AssociateAddress": associate_address,
        "DisassociateAddress": disassociate_address,
        "DescribeAddresses": describe,
    }


def describe(params):
    """DescribeAddresses."""
    given = request("ec2", "DescribeAddresses", params)
    try:
        found = select(ec2._addresses, given.get("AllocationIds"), params, _FILTERS)
    except KeyError as unknown:
        what = f"The allocation ID '{unknown.args[0]}' does not exist"
        return ec2._error("InvalidAllocationID.NotFound", what, 400)
    public = given.get("PublicIps")
    described = [_described(address) for address in found if not public or address["PublicIp"] in public]
    return ec2._xml(200, "DescribeAddressesResponse", answer("ec2", "DescribeAddresses", {"Addresses": described}))


def _described(address) -> dict:
    owner = get_account_id() if address.get("NetworkInterfaceId") else None
    return {**address, "NetworkInterfaceOwnerId": owner, "Tags": ec2._tags.get(address["AllocationId"]) or []}
