"""An Auto Scaling group of one."""

import pytest
from botocore.exceptions import ClientError
from conftest import make_subnets


@pytest.fixture(scope="module")
def scaling(extension):
    return extension.client("autoscaling")


@pytest.fixture(scope="module")
def template(extension):
    ec2 = extension.client("ec2")
    made = ec2.create_launch_template(LaunchTemplateName="one", LaunchTemplateData={"InstanceType": "t4g.nano"})
    return made["LaunchTemplate"]["LaunchTemplateId"]


@pytest.fixture
def group(scaling, template):
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="host", MinSize=1, MaxSize=1, DesiredCapacity=1, AvailabilityZones=["us-east-1b"],
        LaunchTemplate={"LaunchTemplateId": template, "Version": "1"}, MaxInstanceLifetime=604800,
        DefaultInstanceWarmup=30, InstanceMaintenancePolicy={"MinHealthyPercentage": 0, "MaxHealthyPercentage": 100},
        Tags=[{"Key": "Name", "Value": "host", "PropagateAtLaunch": True}],
    )
    yield lambda: scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["host"])["AutoScalingGroups"][0]
    scaling.delete_auto_scaling_group(AutoScalingGroupName="host", ForceDelete=True)


def test_a_group_reads_back_as_given(group, template):
    got = group()
    assert got["LaunchTemplate"] == {"LaunchTemplateId": template, "LaunchTemplateName": "one", "Version": "1"}
    assert (got["MaxInstanceLifetime"], got["DefaultInstanceWarmup"]) == (604800, 30)
    assert got["InstanceMaintenancePolicy"] == {"MinHealthyPercentage": 0, "MaxHealthyPercentage": 100}
    assert [tag["Key"] for tag in got["Tags"]] == ["Name"]
    (instance,) = got["Instances"]
    assert (instance["LifecycleState"], instance["AvailabilityZone"]) == ("InService", "us-east-1b")


def test_an_update_takes_the_new_template(scaling, group, template):
    scaling.update_auto_scaling_group(
        AutoScalingGroupName="host", LaunchTemplate={"LaunchTemplateId": template, "Version": "2"},
        MaxInstanceLifetime=86400,
    )
    got = group()
    assert (got["LaunchTemplate"]["Version"], got["MaxInstanceLifetime"]) == ("2", 86400)
    before = got["Instances"][0]["InstanceId"]
    scaling.start_instance_refresh(AutoScalingGroupName="host")
    (after,) = group()["Instances"]
    assert after["InstanceId"] != before
    assert after["LaunchTemplate"]["Version"] == "2"


def test_metrics_and_processes(scaling, group):
    scaling.enable_metrics_collection(AutoScalingGroupName="host", Metrics=["GroupMinSize"], Granularity="1Minute")
    scaling.enable_metrics_collection(AutoScalingGroupName="host", Metrics=["GroupMaxSize"], Granularity="1Minute")
    scaling.disable_metrics_collection(AutoScalingGroupName="host", Metrics=["GroupMinSize"])
    assert group()["EnabledMetrics"] == [{"Metric": "GroupMaxSize", "Granularity": "1Minute"}]
    scaling.disable_metrics_collection(AutoScalingGroupName="host")
    assert group()["EnabledMetrics"] == []
    scaling.suspend_processes(AutoScalingGroupName="host", ScalingProcesses=["Launch", "Terminate"])
    scaling.resume_processes(AutoScalingGroupName="host", ScalingProcesses=["Launch"])
    assert [p["ProcessName"] for p in group()["SuspendedProcesses"]] == ["Terminate"]
    with pytest.raises(ClientError, match="not found"):
        scaling.enable_metrics_collection(AutoScalingGroupName="none", Granularity="1Minute")


def test_zones_are_those_of_the_subnets(extension, scaling, template):
    subnets = make_subnets(extension.client("ec2"), "10.8", "cd")
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="spread", MinSize=0, MaxSize=2, VPCZoneIdentifier=",".join(subnets),
        LaunchTemplate={"LaunchTemplateName": "one"},
    )
    (got,) = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["spread"])["AutoScalingGroups"]
    assert got["AvailabilityZones"] == ["us-east-1c", "us-east-1d"]
    assert got["LaunchTemplate"] == {"LaunchTemplateId": template, "LaunchTemplateName": "one", "Version": "$Default"}
    scaling.delete_auto_scaling_group(AutoScalingGroupName="spread", ForceDelete=True)
