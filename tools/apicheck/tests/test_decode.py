"""What is read from a request is what a client was told to send, in every protocol; and faults of each kind are found."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest
from conftest import sent

from apicheck import decode as decode_module
from apicheck import shapes
from apicheck.decode import decode

#: Of every protocol, with structures in lists, maps, flattened ones, members in the path, the query string, headers.
GOOD = {
    "query": ("rds", "ModifyDBParameterGroup", {"DBParameterGroupName": "a", "Parameters": [
        {"ParameterName": "b", "ParameterValue": "1", "ApplyMethod": "immediate"}, {"ParameterName": "c"}]}),
    "query with a map": ("sns", "CreateTopic", {"Name": "a", "Attributes": {"KmsMasterKeyId": "b", "DisplayName": "c"}}),
    "ec2": ("ec2", "AuthorizeSecurityGroupIngress", {"GroupId": "sg-1", "IpPermissions": [
        {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "d"}]}]}),
    "json": ("ecs", "CreateService", {"serviceName": "a", "desiredCount": 2, "enableExecuteCommand": True,
        "deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 200}, "tags": [{"key": "a", "value": "b"}]}),
    "rest-json": ("scheduler", "CreateSchedule", {"Name": "a", "ScheduleExpression": "rate(1 day)", "ClientToken": "t",
        "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": {"Arn": "a", "RoleArn": "arn:aws:iam::111122223333:role/a"}}),
    "rest-json with a query string": ("scheduler", "ListSchedules", {"GroupName": "a", "MaxResults": 5}),
    "rest-xml": ("route53", "ChangeResourceRecordSets", {"HostedZoneId": "Z1", "ChangeBatch": {"Changes": [
        {"Action": "UPSERT", "ResourceRecordSet": {"Name": "a", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "1.2.3.4"}]}}]}}),
    "rest-xml with flattened lists": ("s3", "PutBucketLifecycleConfiguration", {"Bucket": "abc", "LifecycleConfiguration": {"Rules": [
        {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 3}}, {"ID": "b", "Status": "Disabled", "Filter": {"Prefix": ""}}]}}),
    "rest-xml with headers": ("s3", "PutObject", {"Bucket": "abc", "Key": "d/e f", "Body": b"x", "Metadata": {"a": "b"}, "StorageClass": "STANDARD"}),
    "cbor": ("cloudwatch", "PutMetricAlarm", {"AlarmName": "a", "EvaluationPeriods": 2, "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 1.5, "ActionsEnabled": True, "Dimensions": [{"Name": "a", "Value": "b"}]}),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_reads_what_was_sent(name):
    service, operation, parameters = GOOD[name]
    call = decode(sent(service, operation, deepcopy(parameters)))
    assert (call.service, call.operation) == (service, operation)
    assert call.faults + shapes.check(call) == []
    left = {k: v for k, v in call.parameters.items() if k in parameters}
    assert left == parameters


@pytest.mark.parametrize("name", ["query", "ec2", "json", "rest-json", "rest-xml"])
def test_what_is_sent_and_unknown_is_found(name):
    """A member of a later or a misread API."""
    before, after = {
        "query": (b"ApplyMethod=", b"ApplyWay="),
        "ec2": (b"CidrIp=", b"Cidr="),
        "json": (b'"maximumPercent"', b'"maxPercent"'),
        "rest-json": (b'"Mode"', b'"Kind"'),
        "rest-xml": (b"TTL>", b"Ttl>"),
    }[name]  # fmt: skip
    request = sent(*GOOD[name])
    assert before in request.body
    call = decode(replace(request, body=request.body.replace(before, after)))
    assert [f.kind for f in call.faults] == ["unknown"]


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("ec2", b"FromPort=1", b"FromPort=one"),
        ("json", b'"desiredCount": 2', b'"desiredCount": "2"'),
        ("json", b'"enableExecuteCommand": true', b'"enableExecuteCommand": "true"'),
        ("json", b'"tags": [{', b'"tags": {"a": {'),
        ("rest-xml", b"<TTL>60", b"<TTL>1m"),
    ],
)
def test_ill_typed(name, before, after):
    request = sent(*GOOD[name])
    assert before in request.body
    body = request.body.replace(before, after)
    if after.endswith(b"{"):
        body = body.replace(b"}]", b"}}")
    assert [f.kind for f in decode(replace(request, body=body)).faults] == ["type"]


def test_query_lists_are_numbered_from_one():
    request = sent(*GOOD["query"])
    call = decode(replace(request, body=request.body.replace(b"Parameters.Parameter.2", b"Parameters.Parameter.3")))
    assert [f.kind for f in call.faults] == ["type"]
    call = decode(replace(request, body=request.body.replace(b"Parameters.Parameter", b"Parameters.member")))
    assert {f.kind for f in call.faults} == {"unknown"}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"headers": {}}, "not signed"),
        ({"headers": {"authorization": "Credential=a/20260101/us-east-1/nothing/aws4_request"}}, "no model"),
        ({"body": b"{"}, "not JSON"),
    ],
)
def test_unreadable_requests_are_faults(change, text):
    call = decode(replace(sent(*GOOD["json"]), **change))
    assert [f.kind for f in call.faults] == ["request"]
    assert text in call.faults[0].text


def test_unknown_operations_headers_and_query_strings():
    request = sent(*GOOD["json"])
    target = request.headers | {"x-amz-target": "AmazonEC2ContainerServiceV20141113.CreateServices"}
    assert "no operation" in decode(replace(request, headers=target)).faults[0].text
    request = sent(*GOOD["rest-xml with headers"])
    assert [f.path for f in decode(replace(request, headers=request.headers | {"x-amz-storage": "a"})).faults] == ["x-amz-storage"]
    request = sent(*GOOD["rest-json with a query string"])
    assert [f.path for f in decode(replace(request, path=request.path + "&Filter=a")).faults] == ["Filter"]


_ALARM = {"AlarmName": "a", "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold"}
_TARGET = {"Arn": "a", "RoleArn": "arn:aws:iam::111122223333:role/a"}


@pytest.mark.parametrize(
    ("kind", "path", "service", "operation", "parameters"),
    [
        ("missing", "FlexibleTimeWindow", "scheduler", "CreateSchedule", {"Name": "a", "ScheduleExpression": "a", "Target": _TARGET}),
        ("missing", "containerDefinitions", "ecs", "RegisterTaskDefinition", {"family": "a"}),
        ("missing", "Tags[0].Key", "iam", "TagRole", {"RoleName": "a", "Tags": [{"Value": "b"}]}),
        ("unlisted", "networkMode", "ecs", "RegisterTaskDefinition", {"family": "a", "containerDefinitions": [], "networkMode": "vpc"}),
        ("unlisted", "Protocol", "elbv2", "CreateListener", {"LoadBalancerArn": "a", "Protocol": "HTTPX", "DefaultActions": []}),
        ("pattern", "logGroupName", "logs", "PutRetentionPolicy", {"logGroupName": "a b", "retentionInDays": 7}),
        ("pattern", "RoleName", "iam", "GetRole", {"RoleName": "a role"}),
        ("length", "AlarmDescription", "cloudwatch", "PutMetricAlarm", _ALARM | {"AlarmDescription": "a" * 1025}),
        ("length", "Description", "kms", "CreateKey", {"Description": "a" * 8193}),
        ("length", "Rules[0].Name", "wafv2", "CreateWebACL", {"Name": "a", "Scope": "REGIONAL", "DefaultAction": {}, "Rules": [
            {"Name": "", "Priority": 1, "Statement": {}, "VisibilityConfig": {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "a"}}],
            "VisibilityConfig": {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "a"}}),
        ("range", "EvaluationPeriods", "cloudwatch", "PutMetricAlarm", _ALARM | {"EvaluationPeriods": 0}),
    ],
)  # fmt: skip
def test_what_a_model_refuses(kind, path, service, operation, parameters):
    call = decode(sent(service, operation, parameters))
    found = {(f.kind, f.path) for f in shapes.check(call)}
    # An empty name is too short, and fits no pattern of letters.
    assert (kind, path) in found
    assert {p for _, p in found} == {path}


def test_a_registry_is_no_api_of_awss():
    assert decode(replace(sent(*GOOD["json"]), path="/v2/app/manifests/latest")) is None


def test_every_pattern_of_the_services_can_be_tested():
    """A pattern that Python does not understand would end a run."""
    services = {service for service, *_ in GOOD.values()} | {"wafv2", "iam", "kms", "logs", "events", "secretsmanager", "elbv2", "cloudfront", "ssm", "dynamodb"}
    for service in services:
        shapes_of = decode_module.model(service)._shape_resolver._shape_map
        for shape in shapes_of.values():
            if "pattern" in shape:
                shapes.compiled(shape["pattern"])
