"""EC2 Auto Scaling: groups keep what they are given, and a refresh renews their instances.

MiniStack keeps about half of a group's settings, ignores a new launch template on an update and has no metrics
collection. Its instances are entries of the group and nothing more: no machine runs here.
https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AutoScalingGroup.html
"""

from __future__ import annotations

from ministack.services import autoscaling, ec2

from slipway_aws.query_protocol import answer, request

REQUIRED = {
    "services.autoscaling": {
        "_ACTION_MAP": "",
        "_asgs": "",
        "_reconcile_instances": "asg",
        "_error": "code, message, status",
        "_xml": "status, root_tag, inner",
    },
    "services.ec2": {"_launch_templates": "", "_subnets": ""},
}

#: Members of a request that a group has under the same name; MiniStack takes care of the others.
_KEPT = (
    "CapacityRebalance", "Context", "DefaultInstanceWarmup", "DesiredCapacityType", "InstanceMaintenancePolicy",
    "MaxInstanceLifetime", "MixedInstancesPolicy", "NewInstancesProtectedFromScaleIn", "PlacementGroup",
    "ServiceLinkedRoleARN", "TargetGroupARNs", "TerminationPolicies",
)  # fmt: skip
#: What EnableMetricsCollection enables when it names no metric.
_METRICS = (
    "GroupMinSize", "GroupMaxSize", "GroupDesiredCapacity", "GroupInServiceInstances", "GroupPendingInstances",
    "GroupStandbyInstances", "GroupTerminatingInstances", "GroupTotalInstances",
)  # fmt: skip


def install() -> None:
    """Wraps creation, update and refresh, replaces the description, adds metrics collection and suspension."""
    actions = autoscaling._ACTION_MAP
    refresh = actions["StartInstanceRefresh"]

    def start_instance_refresh(params):
        response = refresh(params)
        if response[0] == 200:
            group = autoscaling._asgs[request("autoscaling", "StartInstanceRefresh", params)["AutoScalingGroupName"]]
            group["Instances"].clear()
            autoscaling._reconcile_instances(group)
        return response

    actions |= {
        "CreateAutoScalingGroup": _keeping(actions["CreateAutoScalingGroup"], "CreateAutoScalingGroup"),
        "UpdateAutoScalingGroup": _keeping(actions["UpdateAutoScalingGroup"], "UpdateAutoScalingGroup"),
        "StartInstanceRefresh": start_instance_refresh,
        "DescribeAutoScalingGroups": describe,
        "EnableMetricsCollection": enable_metrics,
        "DisableMetricsCollection": disable_metrics,
        "SuspendProcesses": suspend,
        "ResumeProcesses": resume,
    }


def _keeping(original, action):
    """A call that keeps the members of its request in the group."""

    def call(params):
        response = original(params)
        if response[0] != 200:
            return response
        given = request("autoscaling", action, params)
        group = autoscaling._asgs[given["AutoScalingGroupName"]]
        group |= {member: given[member] for member in _KEPT if member in given}
        if template := given.get("LaunchTemplate"):
            group["LaunchTemplate"] = launch_template(template)
        if subnets := given.get("VPCZoneIdentifier"):
            zones = {(ec2._subnets.get(subnet) or {}).get("AvailabilityZone") for subnet in subnets.split(",")}
            group["AvailabilityZones"] = sorted(zones - {None}) or group["AvailabilityZones"]
        elif zones := given.get("AvailabilityZones"):
            group["AvailabilityZones"] = zones
        for instance, zone in zip(group["Instances"], group["AvailabilityZones"], strict=False):
            instance |= {"AvailabilityZone": zone, "LaunchTemplate": group["LaunchTemplate"]}
        return response

    return call


def launch_template(given: dict) -> dict:
    """The launch template of a group by identifier, name and version."""
    found = next(
        (
            template
            for template in ec2._launch_templates.values()
            if given.get("LaunchTemplateId") == template["LaunchTemplateId"]
            or given.get("LaunchTemplateName") == template["LaunchTemplateName"]
        ),
        {},
    )
    names = {member: found.get(member) or given.get(member) for member in ("LaunchTemplateId", "LaunchTemplateName")}
    return {**names, "Version": given.get("Version") or "$Default"}


def describe(params):
    """DescribeAutoScalingGroups."""
    wanted = request("autoscaling", "DescribeAutoScalingGroups", params).get("AutoScalingGroupNames") or []
    found = [group for name, group in autoscaling._asgs.items() if not wanted or name in wanted]
    # An empty launch template would read as one without a name.
    described = [{**group, "LaunchTemplate": group.get("LaunchTemplate") or None} for group in found]
    return _answer("DescribeAutoScalingGroups", {"AutoScalingGroups": described})


def enable_metrics(params):
    """EnableMetricsCollection."""
    given = request("autoscaling", "EnableMetricsCollection", params)

    def change(group):
        added = given.get("Metrics") or _METRICS
        kept = [entry for entry in group.get("EnabledMetrics") or [] if entry["Metric"] not in added]
        new = [{"Metric": name, "Granularity": given.get("Granularity") or "1Minute"} for name in added]
        group["EnabledMetrics"] = kept + new

    return _change("EnableMetricsCollection", given, change)


def disable_metrics(params):
    """DisableMetricsCollection."""
    given = request("autoscaling", "DisableMetricsCollection", params)
    removed = given.get("Metrics")

    def change(group):
        enabled = group.get("EnabledMetrics") or []
        group["EnabledMetrics"] = [entry for entry in enabled if removed and entry["Metric"] not in removed]

    return _change("DisableMetricsCollection", given, change)


def suspend(params):
    """SuspendProcesses."""
    given = request("autoscaling", "SuspendProcesses", params)

    def change(group):
        added = given.get("ScalingProcesses") or []
        kept = [entry for entry in group.get("SuspendedProcesses") or [] if entry["ProcessName"] not in added]
        new = [{"ProcessName": name, "SuspensionReason": "User suspended"} for name in added]
        group["SuspendedProcesses"] = kept + new

    return _change("SuspendProcesses", given, change)


def resume(params):
    """ResumeProcesses."""
    given = request("autoscaling", "SuspendProcesses", params)
    resumed = given.get("ScalingProcesses")

    def change(group):
        suspended = group.get("SuspendedProcesses") or []
        group["SuspendedProcesses"] = [e for e in suspended if resumed and e["ProcessName"] not in resumed]

    return _change("ResumeProcesses", given, change)


def _change(action, given, change):
    name = given.get("AutoScalingGroupName", "")
    group = autoscaling._asgs.get(name)
    if group is None:
        what = f"AutoScalingGroup name not found - AutoScalingGroup {name} not found"
        return autoscaling._error("ValidationError", what)
    change(group)
    return _answer(action)


def _answer(action, result=None):
    inner = answer("autoscaling", action, result)
    return autoscaling._xml(200, f"{action}Response", f"<{action}Result>{inner}</{action}Result>")
