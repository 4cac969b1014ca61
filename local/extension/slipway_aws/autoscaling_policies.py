"""Application Auto Scaling: scaling policies and scheduled actions."""

from __future__ import annotations

import time
import uuid

from slipway_aws import autoscaling_store as store
from slipway_aws.refused import Refused

POLICY_TYPES = {
    "StepScaling": "StepScalingPolicyConfiguration",
    "TargetTrackingScaling": "TargetTrackingScalingPolicyConfiguration",
    "PredictiveScaling": "PredictiveScalingPolicyConfiguration",
}


def put_policy(data):
    """PutScalingPolicy."""
    name = store.required(data, "PolicyName")
    store.existing(store.targets, store.key(data), "scalable target")
    key = (*store.key(data), name)
    policy = store.policies.get(key) or {
        **store.identity(data),
        "PolicyName": name,
        "PolicyType": "StepScaling",
        "PolicyARN": store.arn(
            f"scalingPolicy:{uuid.uuid4()}:resource/{data['ServiceNamespace']}/{data['ResourceId']}:policyName/{name}"
        ),
        "Alarms": [],
        "CreationTime": time.time(),
    }
    kind = data.get("PolicyType", policy["PolicyType"])
    if kind not in POLICY_TYPES:
        raise Refused("ValidationException", f"PolicyType {kind} is not one of {', '.join(POLICY_TYPES)}")
    member = POLICY_TYPES[kind]
    if not data.get(member):
        raise Refused("ValidationException", f"{member} must be specified for PolicyType {kind}")
    if kind == "TargetTrackingScaling":
        _check_tracking(data[member])
    policy = {k: v for k, v in policy.items() if k not in POLICY_TYPES.values()}
    store.policies[key] = {**policy, "PolicyType": kind, member: data[member]}
    return {"PolicyARN": policy["PolicyARN"], "Alarms": policy["Alarms"]}


def _check_tracking(configuration):
    if configuration.get("TargetValue") is None:
        raise Refused("ValidationException", "TargetValue must be specified")
    metrics = [m for m in ("PredefinedMetricSpecification", "CustomizedMetricSpecification") if configuration.get(m)]
    if len(metrics) != 1:
        raise Refused("ValidationException", "exactly one metric specification must be given for target tracking")
    predefined = configuration.get("PredefinedMetricSpecification") or {}
    if predefined.get("PredefinedMetricType") == "ALBRequestCountPerTarget" and not predefined.get("ResourceLabel"):
        raise Refused("ValidationException", "ResourceLabel must be specified for ALBRequestCountPerTarget")


def describe_policies(data):
    """DescribeScalingPolicies."""
    return {"ScalingPolicies": store.select(store.policies, data, "PolicyNames", "PolicyName")}


def delete_policy(data):
    """DeleteScalingPolicy."""
    key = (*store.key(data), store.required(data, "PolicyName"))
    store.policies.pop(store.existing(store.policies, key, "scaling policy"))
    return {}


def put_action(data):
    """PutScheduledAction."""
    name = store.required(data, "ScheduledActionName")
    store.existing(store.targets, store.key(data), "scalable target")
    key = (*store.key(data), name)
    action = store.actions.get(key) or {
        **store.identity(data),
        "ScheduledActionName": name,
        "ScheduledActionARN": store.arn(f"scheduledAction:{uuid.uuid4()}:resource/{data['ServiceNamespace']}/"
                                   f"{data['ResourceId']}:scheduledActionName/{name}"),
        "CreationTime": time.time(),
    }
    for member in ("Schedule", "Timezone", "StartTime", "EndTime", "ScalableTargetAction"):
        if data.get(member) is not None:
            action[member] = data[member]
    store.required(action, "Schedule")
    store.actions[key] = action
    return {}


def describe_actions(data):
    """DescribeScheduledActions."""
    return {"ScheduledActions": store.select(store.actions, data, "ScheduledActionNames", "ScheduledActionName")}


def delete_action(data):
    """DeleteScheduledAction."""
    key = (*store.key(data), store.required(data, "ScheduledActionName"))
    store.actions.pop(store.existing(store.actions, key, "scheduled action"))
    return {}


def describe_activities(data):
    """DescribeScalingActivities: nothing scales here."""
    store.required(data, "ServiceNamespace")
    return {"ScalingActivities": []}
