"""EC2: flow logs keep all that they were created with.

MiniStack drops the role, the aggregation interval and the tags; a provider that reads them back would replace the
flow log.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_FlowLog.html
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from ministack.services import ec2

REQUIRED = {
    "services.ec2": {
        "_ACTION_MAP": "",
        "_flow_logs": "",
        "_p": "params, key, default",
        "_parse_tag_specs": "p, resource_type, resource_id",
        "_create_flow_logs": "params",
        "_describe_flow_logs": "params",
    }
}

#: Seconds; what AWS takes when a request names none.
_DEFAULT_INTERVAL = "600"


def install() -> None:
    """Wraps CreateFlowLogs and DescribeFlowLogs."""
    create, describe = ec2._ACTION_MAP["CreateFlowLogs"], ec2._ACTION_MAP["DescribeFlowLogs"]

    def create_flow_logs(params):
        response = create(params)
        for identifier in re.findall(r"<item>(fl-[0-9A-Za-z]+)</item>", _text(response[2])):
            ec2._flow_logs[identifier] |= {
                "DeliverLogsPermissionArn": ec2._p(params, "DeliverLogsPermissionArn") or "",
                "MaxAggregationInterval": ec2._p(params, "MaxAggregationInterval") or _DEFAULT_INTERVAL,
            }
            ec2._parse_tag_specs(params, "vpc-flow-log", identifier)
        return response

    def describe_flow_logs(params):
        status, headers, body = describe(params)
        text = _text(body)
        for identifier, log in ec2._flow_logs.items():
            mark = f"<flowLogId>{identifier}</flowLogId>"
            text = text.replace(
                mark,
                f"{mark}<deliverLogsPermissionArn>{escape(log.get('DeliverLogsPermissionArn', ''))}"
                "</deliverLogsPermissionArn><maxAggregationInterval>"
                f"{log.get('MaxAggregationInterval', _DEFAULT_INTERVAL)}</maxAggregationInterval>",
            )
        return status, headers, text.encode()

    ec2._ACTION_MAP["CreateFlowLogs"] = create_flow_logs
    ec2._ACTION_MAP["DescribeFlowLogs"] = describe_flow_logs


def _text(body: str | bytes) -> str:
    return body if isinstance(body, str) else body.decode()
