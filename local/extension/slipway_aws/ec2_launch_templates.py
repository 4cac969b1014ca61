"""EC2: launch templates keep all that a version holds.

MiniStack keeps about half of the members.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ResponseLaunchTemplateData.html
"""

from __future__ import annotations

from ministack.services import ec2

from slipway_aws.query_protocol import decode, encode

REQUIRED = {
    "services.ec2": {
        "_parse_lt_data": "params, prefix",
        "_lt_data_xml": "data",
    }
}


def install() -> None:
    """Replaces how the data of a version is read and written."""
    ec2._parse_lt_data = parse
    ec2._lt_data_xml = data_xml


def parse(params, prefix="LaunchTemplateData"):
    """The data of a version, by the names of the API."""
    found = decode("ec2", "RequestLaunchTemplateData", params, prefix)
    for specification in found.get("TagSpecifications") or []:
        for tag in specification.get("Tags") or []:
            tag.setdefault("Value", "")
    return found


def data_xml(data):
    """The data as an answer has it."""
    described = dict(data)
    if "MetadataOptions" in described:
        # A template's options are in effect as they are stored.
        described["MetadataOptions"] = {"State": "applied", **described["MetadataOptions"]}
    return encode("ec2", "ResponseLaunchTemplateData", described)
