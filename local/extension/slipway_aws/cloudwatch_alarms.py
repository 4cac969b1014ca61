"""CloudWatch: alarms with all that they were created with.

In the Query protocol, which older SDKs speak, MiniStack drops most of an alarm on the way in or out; in any protocol it
drops metric math. Alarms on metrics that something here publishes change their state; nothing publishes AWS's own.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
"""

from __future__ import annotations

import json

from ministack.services import cloudwatch

from slipway_aws.query_protocol import answer, request

REQUIRED = {
    "services.cloudwatch": {
        "_put_metric_alarm": "params, cbor_data, is_cbor, is_json",
        "_describe_alarms": "params, cbor_data, is_cbor, is_json",
        "_alarms": "",
        "_xml": "status, root_tag, inner",
    }
}

_KEPT = ("Metrics", "ThresholdMetricId", "EvaluateLowSampleCountPercentile")
#: MiniStack gives these a value when a request has none; an alarm on metric math has none.
_DEFAULTED = ("Statistic", "Period", "MetricName", "Namespace")


def install() -> None:
    """Wraps the creation and the description of alarms."""
    put, describe = cloudwatch._put_metric_alarm, cloudwatch._describe_alarms

    def put_metric_alarm(params, cbor_data, is_cbor, is_json=False):
        if is_cbor or is_json:
            response = put(params, cbor_data, is_cbor, is_json)
            return _kept(response, cbor_data)
        given = request("cloudwatch", "PutMetricAlarm", params)
        response = _kept(put({}, given, False, True), given)
        return cloudwatch._xml(200, "PutMetricAlarmResponse", "") if response[0] == 200 else put(
            params, cbor_data, is_cbor, is_json
        )

    def describe_alarms(params, cbor_data, is_cbor, is_json=False):
        if is_cbor or is_json:
            return describe(params, cbor_data, is_cbor, is_json)
        response = describe({}, request("cloudwatch", "DescribeAlarms", params), False, True)
        if response[0] != 200:
            return describe(params, cbor_data, is_cbor, is_json)
        inner = answer("cloudwatch", "DescribeAlarms", json.loads(response[2]))
        return cloudwatch._xml(
            200, "DescribeAlarmsResponse", f"<DescribeAlarmsResult>{inner}</DescribeAlarmsResult>"
        )

    cloudwatch._put_metric_alarm = put_metric_alarm
    cloudwatch._describe_alarms = describe_alarms


def _kept(response, given):
    if response[0] == 200:
        alarm = cloudwatch._alarms[given["AlarmName"]]
        alarm |= {member: given.get(member) for member in _KEPT}
        alarm |= {member: given.get(member) for member in _DEFAULTED}
    return response
