"""Alarms in the protocols of older and newer SDKs, and log events by prefix."""

import urllib.parse
import urllib.request
import xml.etree.ElementTree as xml

import cbor2
import pytest

NAMESPACE = {"c": "http://monitoring.amazonaws.com/doc/2010-08-01/"}
HEADERS = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/monitoring/aws4_request, "
    "SignedHeaders=host, Signature=0"
}


def query(extension, action, **members):
    """A call in the Query protocol, as older SDKs make it."""
    body = urllib.parse.urlencode({"Action": action, "Version": "2010-08-01", **members}).encode()
    with urllib.request.urlopen(urllib.request.Request(extension.url, body, HEADERS), timeout=10) as response:
        return xml.fromstring(response.read())


def call(extension, action, **members):
    """A call in the protocol of the Go SDK."""
    url = f"{extension.url}/service/GraniteServiceVersion20100801/operation/{action}"
    headers = {**HEADERS, "smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}
    with urllib.request.urlopen(urllib.request.Request(url, cbor2.dumps(members), headers), timeout=10) as response:
        assert response.headers["smithy-protocol"] == "rpc-v2-cbor"
        return cbor2.loads(response.read())


def described(extension, name):
    found = query(extension, "DescribeAlarms", **{"AlarmNames.member.1": name})
    (alarm,) = found.findall(".//c:MetricAlarms/c:member", NAMESPACE)
    return alarm


def text(alarm, *path):
    element = alarm.find("/".join(f"c:{name}" for name in path), NAMESPACE)
    return None if element is None else element.text


def test_an_alarm_of_the_query_protocol_reads_back_as_given(extension):
    query(
        extension, "PutMetricAlarm", AlarmName="p99", AlarmDescription="slow", Namespace="AWS/ApplicationELB",
        MetricName="TargetResponseTime", ExtendedStatistic="p99", Period="60", EvaluationPeriods="5",
        Threshold="1.5", ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching",
        EvaluateLowSampleCountPercentile="ignore", ActionsEnabled="true",
        **{"Dimensions.member.1.Name": "LoadBalancer", "Dimensions.member.1.Value": "app/x/1",
           "AlarmActions.member.1": "arn:a", "OKActions.member.1": "arn:o",
           "InsufficientDataActions.member.1": "arn:i"},
    )  # fmt: skip
    alarm = described(extension, "p99")
    assert (text(alarm, "ExtendedStatistic"), text(alarm, "Statistic")) == ("p99", None)
    assert (text(alarm, "EvaluateLowSampleCountPercentile"), text(alarm, "TreatMissingData")) == (
        "ignore", "notBreaching",
    )  # fmt: skip
    assert (text(alarm, "Period"), text(alarm, "ActionsEnabled")) == ("60", "true")
    assert text(alarm, "Dimensions", "member", "Value") == "app/x/1"
    assert text(alarm, "InsufficientDataActions", "member") == "arn:i"
    assert text(alarm, "StateUpdatedTimestamp").endswith("Z")


def test_an_alarm_is_described_in_cbor(extension):
    call(
        extension, "PutMetricAlarm", AlarmName="errors", Namespace="AWS/ECS", MetricName="CPUUtilization",
        Statistic="Average", Period=60, EvaluationPeriods=1, Threshold=1.5, ComparisonOperator="GreaterThanThreshold",
        AlarmActions=["arn:topic"],
    )  # fmt: skip
    (alarm,) = call(extension, "DescribeAlarms", AlarmNames=["errors"])["MetricAlarms"]
    assert (alarm["AlarmName"], alarm["Threshold"], alarm["AlarmActions"]) == ("errors", 1.5, ["arn:topic"])
    assert alarm["StateUpdatedTimestamp"].year > 2000


def test_metric_math_is_kept_in_both_protocols(extension):
    query(
        extension, "PutMetricAlarm", AlarmName="rate", EvaluationPeriods="3", Threshold="1",
        ComparisonOperator="GreaterThanThreshold",
        **{"Metrics.member.1.Id": "rate", "Metrics.member.1.Expression": "100 * errors",
           "Metrics.member.2.Id": "errors", "Metrics.member.2.ReturnData": "false",
           "Metrics.member.2.MetricStat.Stat": "Sum", "Metrics.member.2.MetricStat.Period": "60",
           "Metrics.member.2.MetricStat.Metric.MetricName": "Errors"},
    )  # fmt: skip
    alarm = described(extension, "rate")
    assert text(alarm, "Metrics", "member", "Expression") == "100 * errors"
    assert (text(alarm, "Period"), text(alarm, "MetricName")) == (None, None)
    cloudwatch = extension.client("cloudwatch")
    (got,) = cloudwatch.describe_alarms(AlarmNames=["rate"])["MetricAlarms"]
    assert got["Metrics"][1]["MetricStat"]["Metric"]["MetricName"] == "Errors"
    cloudwatch.put_metric_alarm(
        AlarmName="new", EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
        Metrics=[{"Id": "a", "Expression": "1 + 1"}],
    )
    (got,) = cloudwatch.describe_alarms(AlarmNames=["new"])["MetricAlarms"]
    assert (got["Metrics"], got.get("Statistic")) == ([{"Id": "a", "Expression": "1 + 1"}], None)


def test_a_bad_alarm_is_refused_in_the_protocol_of_the_request(extension):
    with pytest.raises(urllib.error.HTTPError) as problem:
        query(extension, "PutMetricAlarm", AlarmName="bad", **{"DatapointsToAlarm": "0"})
    assert b"<Code>ValidationError</Code>" in problem.value.read()


def test_log_events_of_a_prefix(extension):
    logs = extension.client("logs")
    logs.create_log_group(logGroupName="app")
    for stream in ("web/1", "job/1"):
        logs.create_log_stream(logGroupName="app", logStreamName=stream)
        logs.put_log_events(
            logGroupName="app", logStreamName=stream, logEvents=[{"timestamp": 1_700_000_000_000, "message": stream}]
        )

    def messages(**arguments):
        return [e["message"] for e in logs.filter_log_events(logGroupName="app", **arguments)["events"]]

    assert sorted(messages()) == ["job/1", "web/1"]
    assert messages(logStreamNamePrefix="job/") == ["job/1"]
    assert messages(logStreamNamePrefix="none") == []
    with pytest.raises(logs.exceptions.InvalidParameterException):
        messages(logStreamNamePrefix="job/", logStreamNames=["job/1"])
