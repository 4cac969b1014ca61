"""IAM: what a request is checked against, where MiniStack has less than AWS.

The names of alarms, dashboards, instance profiles, load balancers, SSM documents, target groups, web ACLs, and RDS's
parameter and subnet groups count; an alias stands for its KMS key; and the boundary that a role is made with is the
condition key iam:PermissionsBoundary.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_identityandaccessmanagement.html
"""

from __future__ import annotations

import json

import cbor2
from ministack.core import iam_actions
from ministack.services import kms

REQUIRED = {
    "core.iam_actions": {
        "extract_resource_arn": "service, method, path, headers, body, query_params, region, account_id",
        "request_tag_context": "service, iam_action, body, params",
        "_query_param": "query_params, key",
    },
    "services.kms": {"_aliases": ""},
}

#: In the order of looking: the parameter that names a resource, and its kind in an ARN.
_RDS = (("DBInstanceIdentifier", "db"), ("DBParameterGroupName", "pg"), ("DBSubnetGroupName", "subgrp"))


def install() -> None:
    """Wraps the look-up of a request's resource and condition keys."""
    extract, context = iam_actions.extract_resource_arn, iam_actions.request_tag_context

    def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
        found = extract(service, method, path, headers, body, query_params, region, account_id)
        named = _NAMED.get(service)
        if service == "kms" and ":alias/" in found:
            return _key(found, region, account_id)
        return (named and named(found, query_params, headers, body, region, account_id)) or found

    def request_tag_context(service, iam_action, body, params):
        found = context(service, iam_action, body, params)
        boundary = iam_actions._query_param(params, "PermissionsBoundary") if service == "iam" else None
        return {**found, "iam:PermissionsBoundary": boundary} if boundary else found

    iam_actions.extract_resource_arn = extract_resource_arn
    iam_actions.request_tag_context = request_tag_context


def _profile(_found, params, _headers, _body, _region, account):
    name = iam_actions._query_param(params, "InstanceProfileName")
    return f"arn:aws:iam::{account}:instance-profile/{name}" if name else None


def _group(found, params, _headers, _body, region, account):
    if found != "*":
        return None
    for parameter, kind in _RDS:
        if name := iam_actions._query_param(params, parameter):
            return f"arn:aws:rds:{region}:{account}:{kind}:{name}"
    return None


def _document(_found, _params, headers, body, region, account):
    if "Document" not in headers.get("x-amz-target", ""):
        return None
    name = _body(body).get("Name")
    return f"arn:aws:ssm:{region}:{account}:document/{name}" if name else None


def _web_acl(_found, _params, _headers, body, _region, _account):
    """Requests about a web ACL's logging, load balancer and tags name it by other members than the rest."""
    data = _body(body)
    nested = (data.get("LoggingConfiguration") or {}).get("ResourceArn")
    return nested or data.get("WebACLArn") or data.get("ResourceARN") or data.get("ResourceArn")


def _load_balancing(found, params, _headers, _body, region, account):
    if found != "*":
        return None
    for parameter in ("ResourceArns.member.1", "RuleArn"):
        if arn := iam_actions._query_param(params, parameter):
            return arn
    kind = {"CreateLoadBalancer": "loadbalancer/app", "CreateTargetGroup": "targetgroup"}.get(
        iam_actions._query_param(params, "Action")
    )
    name = iam_actions._query_param(params, "Name")
    return f"arn:aws:elasticloadbalancing:{region}:{account}:{kind}/{name}/new" if kind and name else None


def _alarm(found, params, _headers, body, region, account):
    if found != "*":
        return None
    given = _body(body)

    def member(name, listed=False):
        value = given.get(name) or iam_actions._query_param(params, f"{name}.member.1" if listed else name)
        return value[0] if isinstance(value, list) else value

    if arn := member("ResourceARN"):
        return arn
    if name := member("AlarmName") or member("AlarmNames", listed=True):
        return f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}"
    if name := member("DashboardName") or member("DashboardNames", listed=True):
        return f"arn:aws:cloudwatch::{account}:dashboard/{name}"
    return None


def _body(body) -> dict:
    """The members of a request in JSON or CBOR; nothing for the Query protocol."""
    for loads, problem in (json.loads, ValueError), (cbor2.loads, cbor2.CBORDecodeError):
        try:
            given = loads(body or b"{}")
        except problem:
            continue
        return given if isinstance(given, dict) else {}
    return {}


_NAMED = {
    "elasticloadbalancing": _load_balancing, "iam": _profile, "monitoring": _alarm, "rds": _group, "ssm": _document,
    "wafv2": _web_acl,
}  # fmt: skip


def _key(alias, region, account):
    key = kms._aliases.get(alias)
    return f"arn:aws:kms:{region}:{account}:key/{key}" if key else alias
