"""IAM: what a request is checked against, where MiniStack has less than AWS.

The names of alarms, dashboards, instance profiles, load balancers, SSM documents, target groups, web ACLs, and RDS's
parameter and subnet groups count, and the paths of roles; what EC2 makes is of its own kind; an alias stands for its
KMS key; and the boundary of a role is the condition key iam:PermissionsBoundary. What can't be told is any resource of
the service, and for an action that knows none only a statement with "*" counts.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_identityandaccessmanagement.html
"""

from __future__ import annotations

import json

import cbor2
from ministack.core import iam_actions, iam_evaluator
from ministack.services import iam, kms

REQUIRED = {
    "core.iam_actions": {
        "extract_iam_action": "service, method, path, headers, body, query_params",
        "extract_resource_arn": "service, method, path, headers, body, query_params, region, account_id",
        "request_tag_context": "service, iam_action, body, params",
        "_tag_operations": "service",
        "_query_param": "query_params, key",
    },
    "core.iam_evaluator": {"_resource_matches": "resource_arn, resources, not_resources"},
    "services.iam": {"_roles": "", "_instance_profiles": ""},
    "services.kms": {"_aliases": ""},
}

#: Begins what stands for any resource of a service.
_ANY = "any:"
#: Services whose resources AWS names at random, or which have them in the path.
_TOLD_BY_TAGS = ("acm", "application-autoscaling", "cloudfront", "ec2", "ecs", "scheduler")
#: Operations that know no resource, by service:
#: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
WITHOUT_RESOURCE = {
    "acm": {"RequestCertificate"},
    "ecs": {"DeregisterTaskDefinition", "DescribeTaskDefinition", "ListServices", "ListTasks"},
    "ecr": {"GetAuthorizationToken"},
    "elasticloadbalancing": {"SetWebAcl"},
    "kms": {"CreateKey", "ListAliases"},
    "logs": {"DescribeLogGroups", "DescribeResourcePolicies", "PutResourcePolicy", "DeleteResourcePolicy"},
}
#: What AWS asks for instead of an action of the operation's name:
#: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbudgetservice.html
_ACTIONS = {
    **{f"budgets:{name}": "budgets:ModifyBudget" for name in ("CreateBudget", "CreateNotification", "CreateSubscriber", "DeleteBudget", "UpdateBudget")},
    **{f"budgets:Describe{name}": "budgets:ViewBudget" for name in ("Budget", "NotificationsForBudget", "SubscribersForNotification")},
}  # fmt: skip
#: What EC2 makes, by operation.
_MADE = {
    "AllocateAddress": "elastic-ip", "CreateFlowLogs": "vpc-flow-log", "CreateInternetGateway": "internet-gateway",
    "CreateLaunchTemplate": "launch-template", "CreateNatGateway": "natgateway",
    "CreateNetworkInterface": "network-interface", "CreateRouteTable": "route-table", "CreateSecurityGroup": "security-group",
    "CreateSubnet": "subnet", "CreateVpc": "vpc", "CreateVpcEndpoint": "vpc-endpoint",
}  # fmt: skip
#: Operations whose tags MiniStack does not look at: those of EC2 are one level deeper.
_TAGGED = {
    "ec2": frozenset(_MADE) | {"AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress", "CreateTags", "DeleteTags"},
    "elasticloadbalancing": frozenset({"AddTags", "CreateListener", "CreateLoadBalancer", "CreateRule", "CreateTargetGroup"}),
}

#: In the order of looking: the parameter that names a resource, and its kind in an ARN.
_RDS = (("DBInstanceIdentifier", "db"), ("DBParameterGroupName", "pg"), ("DBSubnetGroupName", "subgrp"))


def install() -> None:
    """Wraps the look-up of a request's resource and condition keys."""
    tagging = iam_actions._tag_operations

    def tag_operations(service):
        return tagging(service) | _TAGGED.get(service, frozenset())

    iam_actions._tag_operations = tag_operations
    extract, context = iam_actions.extract_resource_arn, iam_actions.request_tag_context
    matches = iam_evaluator._resource_matches

    def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
        found = extract(service, method, path, headers, body, query_params, region, account_id)
        named = _NAMED.get(service)
        if service == "kms" and _operation(query_params, headers) in ("CreateAlias", "DeleteAlias", "UpdateAlias"):
            return f"arn:aws:kms:{region}:{account_id}:{_body(body).get('AliasName')}"
        if service == "kms" and ":alias/" in found:
            return _key(found, region, account_id)
        found = (named and named(found, query_params, headers, body, region, account_id)) or found
        if _operation(query_params, headers) in WITHOUT_RESOURCE.get(service, ()):
            return "*"
        return f"{_ANY}{service}" if found == "*" and service in _TOLD_BY_TAGS else found

    def request_tag_context(service, iam_action, body, params):
        found = context(service, iam_action, body, params)
        boundary = _boundary(params) if service == "iam" else None
        return {**found, "iam:PermissionsBoundary": boundary} if boundary else found

    def resource_matches(resource_arn, resources, not_resources):
        if not resource_arn.startswith(_ANY) or not resources:
            return matches(resource_arn, resources, not_resources)
        return any(p == "*" or p.split(":")[2:3] == [resource_arn.removeprefix(_ANY)] for p in resources)

    def extract_iam_action(*request):
        found = action(*request)
        return _ACTIONS.get(found, found)

    action, iam_actions.extract_iam_action = iam_actions.extract_iam_action, extract_iam_action
    iam_evaluator._resource_matches = resource_matches
    iam_actions.extract_resource_arn = extract_resource_arn
    iam_actions.request_tag_context = request_tag_context


def _operation(params, headers) -> str:
    return iam_actions._query_param(params, "Action") or headers.get("x-amz-target", "").rpartition(".")[2]


def _in_path(_found, params, _headers, _body, _region, account):
    """Roles and instance profiles, with the path that they have or get."""
    for parameter, kind, known in ("InstanceProfileName", "instance-profile", iam._instance_profiles), ("RoleName", "role", iam._roles):
        if name := iam_actions._query_param(params, parameter):
            path = iam_actions._query_param(params, "Path") or "/"
            return (known.get(name) or {}).get("Arn") or f"arn:aws:iam::{account}:{kind}{path}{name}"
    return None


def _boundary(params) -> str | None:
    """The boundary that a role is given, or has."""
    given = iam_actions._query_param(params, "PermissionsBoundary")
    role = iam._roles.get(iam_actions._query_param(params, "RoleName")) or {}
    has = role.get("PermissionsBoundary") or {}
    return given or (has.get("PermissionsBoundaryArn") if isinstance(has, dict) else has)


def _repository(_found, _params, _headers, body, region, account):
    data = _body(body)
    name = next(iter(data.get("repositoryNames") or []), data.get("repositoryName"))
    return data.get("resourceArn") or (f"arn:aws:ecr:{region}:{account}:repository/{name}" if name else None)


def _of_ecs(found, _params, headers, body, region, account):
    data, made = _body(body), headers.get("x-amz-target", "").rpartition(".")[2]
    if made == "RunTask":
        definition = str(data.get("taskDefinition"))
        return definition if definition.startswith("arn:") else f"arn:aws:ecs:{region}:{account}:task-definition/{definition}"
    name = {"CreateCluster": f"cluster/{data.get('clusterName')}", "RegisterTaskDefinition": f"task-definition/{data.get('family')}:1"}.get(made)
    return f"arn:aws:ecs:{region}:{account}:{name}" if name and found == "*" else None


def _rule(found, _params, _headers, body, region, account):
    """A rule of the account's own bus has no bus in its name."""
    data = _body(body)
    named = f"arn:aws:events:{region}:{account}:rule/{data['Rule']}" if data.get("Rule") else found
    return data.get("ResourceARN") or named.replace(":rule/default/", ":rule/")


def _budget(_found, _params, _headers, body, _region, account):
    data = _body(body)
    name = data.get("BudgetName") or (data.get("Budget") or {}).get("BudgetName")
    return data.get("ResourceARN") or (f"arn:aws:budgets::{account}:budget/{name}" if name else None)


def _schedule(found, params, _headers, body, _region, _account):
    group = _body(body).get("GroupName") or iam_actions._query_param(params, "groupName")
    return found.replace(":schedule/default/", f":schedule/{group}/") if group else None


def _topic(_found, params, *_):
    return iam_actions._query_param(params, "ResourceArn")


def _of_ec2(_found, params, _headers, _body, region, account):
    kind = _MADE.get(iam_actions._query_param(params, "Action"))
    return f"arn:aws:ec2:{region}:{account}:{kind}/new" if kind else None


def _group(found, params, _headers, _body, region, account):
    if arn := iam_actions._query_param(params, "ResourceName"):
        return arn
    if found != "*":
        return None
    if iam_actions._query_param(params, "Action") == "DescribeDBInstances":
        return f"arn:aws:rds:{region}:{account}:db:*"
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
    "budgets": _budget, "ec2": _of_ec2, "ecr": _repository, "ecs": _of_ecs, "elasticloadbalancing": _load_balancing, "events": _rule, "iam": _in_path,
    "monitoring": _alarm, "rds": _group, "scheduler": _schedule, "sns": _topic, "ssm": _document, "wafv2": _web_acl,
}  # fmt: skip


def _key(alias, region, account):
    key = kms._aliases.get(alias)
    return f"arn:aws:kms:{region}:{account}:key/{key}" if key else alias
