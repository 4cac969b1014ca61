"""Requests and answers of AWS's Query protocols."""

import xml.etree.ElementTree as xml

import pytest
from slipway_aws.query_protocol import answer, decode, encode, request


@pytest.mark.parametrize(
    ("service", "operation", "params", "expected"),
    [
        (
            "ec2",
            "AuthorizeSecurityGroupIngress",
            {
                "GroupId": ["sg-1"],
                "IpPermissions.1.IpProtocol": ["tcp"],
                "IpPermissions.1.FromPort": ["443"],
                "IpPermissions.1.PrefixListIds.1.PrefixListId": ["pl-1"],
            },
            {
                "GroupId": "sg-1",
                "IpPermissions": [
                    {"IpProtocol": "tcp", "FromPort": 443, "PrefixListIds": [{"PrefixListId": "pl-1"}]}
                ],
            },
        ),
        (
            "autoscaling",
            "EnableMetricsCollection",
            {"AutoScalingGroupName": "host", "Metrics.member.1": "GroupMinSize", "Metrics.member.2": "GroupMaxSize"},
            {"AutoScalingGroupName": "host", "Metrics": ["GroupMinSize", "GroupMaxSize"]},
        ),
        (
            "cloudwatch",
            "PutMetricAlarm",
            {"Threshold": "1.5", "Period": "60", "ActionsEnabled": "true", "Unknown": "member"},
            {"Threshold": 1.5, "Period": 60, "ActionsEnabled": True},
        ),
        (
            "rds",
            "CreateEventSubscription",
            {"SourceIds.SourceId.1": "db", "Enabled": "false"},
            {"SourceIds": ["db"], "Enabled": False},
        ),
        ("ec2", "DescribeAddresses", {}, {}),
    ],
)
def test_a_requests_members_have_the_names_and_types_of_the_api(service, operation, params, expected):
    assert request(service, operation, params) == expected


def test_a_structure_is_read_below_its_prefix():
    params = {"LaunchTemplateData.NetworkInterface.1.NetworkInterfaceId": "eni-1", "ImageId": "other"}
    found = decode("ec2", "RequestLaunchTemplateData", params, "LaunchTemplateData")
    assert found == {"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1"}]}


def test_an_answer_has_the_elements_of_the_api():
    text = answer("ec2", "DescribeAddresses", {"Addresses": [{"AllocationId": "a", "Domain": None, "_own": 1}]})
    assert text == "<addressesSet><item><allocationId>a</allocationId></item></addressesSet>"
    assert answer("autoscaling", "EnableMetricsCollection") == ""


def test_values_are_written_as_xml_has_them():
    text = encode("ec2", "VpcEndpoint", {"PolicyDocument": '{"a": "<&>"}', "PrivateDnsEnabled": False})
    assert xml.fromstring(f"<e>{text}</e>").find("policyDocument").text == '{"a": "<&>"}'
    assert "<privateDnsEnabled>false</privateDnsEnabled>" in text
    alarm = encode("cloudwatch", "MetricAlarm", {"StateUpdatedTimestamp": 0})
    assert alarm == "<StateUpdatedTimestamp>1970-01-01T00:00:00.000Z</StateUpdatedTimestamp>"


def test_lists_and_maps_of_the_query_protocol():
    group = encode("autoscaling", "AutoScalingGroup", {"AvailabilityZones": ["a", "b"]})
    assert group == "<AvailabilityZones><member>a</member><member>b</member></AvailabilityZones>"
    subscription = encode("rds", "EventSubscription", {"SourceIdsList": ["db"]})
    assert subscription == "<SourceIdsList><SourceId>db</SourceId></SourceIdsList>"
