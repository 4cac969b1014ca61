"""Application Auto Scaling: scalable targets, policies, scheduled actions and their tags.

MiniStack 1.5.33 does not have this service. It keeps and validates what the API takes; it does not scale.
https://docs.aws.amazon.com/autoscaling/application/APIReference/Welcome.html
"""

from __future__ import annotations

import json
import sys
import time
import uuid

from ministack import app
from ministack.core import iam_actions, router
from ministack.core.responses import error_response_json, get_account_id, json_response

from slipway_aws import autoscaling_policies as policies
from slipway_aws import autoscaling_store as store
from slipway_aws.refused import Refused

REQUIRED = {
    "app": {"SERVICE_REGISTRY": "", "SERVICE_HANDLERS": "", "_loaded_modules": "", "_state_map": ""},
    "core.router": {"SERVICE_PATTERNS": ""},
    "core.iam_actions": {"SERVICE_TO_IAM_NAMESPACE": ""},
}

SERVICE = "application-autoscaling"
_MODULE = "application_autoscaling"
_TARGET_PREFIX = "AnyScaleFrontendService"
_JSON_1_1 = "application/x-amz-json-1.1"

#: Scalable dimensions per namespace that the API accepts, of those this project can meet.
DIMENSIONS = {
    "ecs": {"ecs:service:DesiredCount"},
    "rds": {"rds:cluster:ReadReplicaCount"},
    "dynamodb": {
        "dynamodb:table:ReadCapacityUnits",
        "dynamodb:table:WriteCapacityUnits",
        "dynamodb:index:ReadCapacityUnits",
        "dynamodb:index:WriteCapacityUnits",
    },
    "lambda": {"lambda:function:ProvisionedConcurrency"},
    "elasticache": {"elasticache:replication-group:NodeGroups", "elasticache:replication-group:Replicas"},
    "custom-resource": {"custom-resource:ResourceType:Property"},
}
_ROLES = {"ecs": "ECSService", "rds": "RDSCluster", "dynamodb": "DynamoDBTable", "lambda": "LambdaConcurrency"}


def install() -> None:
    """Registers the service with the router, the dispatcher and the IAM evaluator."""
    app._loaded_modules[_MODULE] = sys.modules[__name__]
    app.SERVICE_REGISTRY[SERVICE] = {"module": _MODULE}
    app.SERVICE_HANDLERS[SERVICE] = handle_request
    app._state_map[_MODULE] = _MODULE
    router.SERVICE_PATTERNS[SERVICE] = {
        "target_prefixes": [_TARGET_PREFIX],
        "host_patterns": [r"application-autoscaling\."],
    }
    iam_actions.SERVICE_TO_IAM_NAMESPACE[SERVICE] = SERVICE


async def handle_request(method, path, headers, body, query_params):
    """One JSON 1.1 call."""
    action = headers.get("x-amz-target", "").rpartition(".")[2]
    handler = _HANDLERS.get(action)
    if handler is None:
        return _error("UnknownOperationException", f"{action or 'no operation'} is not implemented")
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        return _error("SerializationException", "the body is not JSON")
    try:
        return json_response(handler(data), content_type=_JSON_1_1)
    except Refused as refusal:
        return _error(refusal.code, str(refusal))


def _error(code: str, message: str):
    return error_response_json(code, message, 400, message_key="Message", content_type=_JSON_1_1)


# Scalable targets


def _register_target(data):
    key = store.key(data)
    target = store.targets.get(key)
    low, high = data.get("MinCapacity"), data.get("MaxCapacity")
    if target is None:
        missing = [name for name in ("MinCapacity", "MaxCapacity") if data.get(name) is None]
        if missing:
            what = f"{' and '.join(missing)} must be specified for a new scalable target"
            raise Refused("ValidationException", what)
    low = target["MinCapacity"] if low is None else low
    high = target["MaxCapacity"] if high is None else high
    if low < 0 or high < low:
        raise Refused("ValidationException", f"MinCapacity {low} must be between 0 and MaxCapacity {high}")
    _check_resource(data)
    if target is None:
        target = {
            **store.identity(data),
            "RoleARN": data.get("RoleARN") or _service_role(data["ServiceNamespace"]),
            "CreationTime": time.time(),
            "SuspendedState": dict.fromkeys(
                ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"), False
            ),
            "ScalableTargetARN": store.arn(f"scalable-target/{uuid.uuid4().hex[:26]}"),
        }
        store.targets[key] = target
        store.tags[target["ScalableTargetARN"]] = dict(data.get("Tags") or {})
    target["MinCapacity"], target["MaxCapacity"] = low, high
    target["SuspendedState"] |= data.get("SuspendedState") or {}
    return {"ScalableTargetARN": target["ScalableTargetARN"]}


def _describe_targets(data):
    found = store.select(store.targets, data, "ResourceIds", "ResourceId")
    return {"ScalableTargets": found}


def _deregister_target(data):
    target = store.targets.pop(store.existing(store.targets, store.key(data), "scalable target"))
    store.tags.pop(target["ScalableTargetARN"], None)
    for records in (store.policies, store.actions):
        for name, record in records.items():
            if store.key(record) == store.key(data):
                records.pop(name)
    return {}


# Tags


def _list_tags(data):
    return {"Tags": store.tags[_tagged(data)]}


def _tag(data):
    store.tags[_tagged(data)].update(data.get("Tags") or {})
    return {}


def _untag(data):
    for key in data.get("TagKeys") or []:
        store.tags[_tagged(data)].pop(key, None)
    return {}


def _tagged(data) -> str:
    arn = store.required(data, "ResourceARN")
    if arn not in store.tags:
        raise Refused("ResourceNotFoundException", f"No scalable target found for ARN: {arn}")
    return arn


def _check_resource(data) -> None:
    namespace, dimension = data["ServiceNamespace"], data["ScalableDimension"]
    if namespace not in DIMENSIONS:
        raise Refused("ValidationException", f"Unsupported service namespace: {namespace}")
    if dimension not in DIMENSIONS[namespace]:
        raise Refused("ValidationException", f"Unsupported scalable dimension for {namespace}: {dimension}")
    if namespace == "ecs":
        from ministack.services import ecs

        parts = data["ResourceId"].split("/")
        if len(parts) != 3 or parts[0] != "service":
            what = f"Unsupported resource {data['ResourceId']}; use service/CLUSTER/NAME"
            raise Refused("ValidationException", what)
        service = ecs._services.get(f"{parts[1]}/{parts[2]}")
        if not service or service["status"] != "ACTIVE":
            raise Refused("ValidationException", "ECS service doesn't exist: " + data["ResourceId"])


def _service_role(namespace: str) -> str:
    suffix = _ROLES.get(namespace, namespace)
    return (
        f"arn:aws:iam::{get_account_id()}:role/aws-service-role/{namespace}.application-autoscaling.amazonaws.com/"
        f"AWSServiceRoleForApplicationAutoScaling_{suffix}"
    )


_HANDLERS = {
    "RegisterScalableTarget": _register_target,
    "DescribeScalableTargets": _describe_targets,
    "DeregisterScalableTarget": _deregister_target,
    "PutScalingPolicy": policies.put_policy,
    "DescribeScalingPolicies": policies.describe_policies,
    "DeleteScalingPolicy": policies.delete_policy,
    "PutScheduledAction": policies.put_action,
    "DescribeScheduledActions": policies.describe_actions,
    "DeleteScheduledAction": policies.delete_action,
    "DescribeScalingActivities": policies.describe_activities,
    "ListTagsForResource": _list_tags,
    "TagResource": _tag,
    "UntagResource": _untag,
}


# MiniStack's contract with a service module


def reset() -> None:
    """Forgets everything."""
    for records in store.STORES:
        records.clear()


def get_state() -> None:
    """Nothing is persisted: the local AWS lives as long as its container."""


def load_persisted_state(data) -> None:
    """Nothing is persisted."""
