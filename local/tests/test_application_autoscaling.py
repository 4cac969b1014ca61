import pytest
from botocore.exceptions import ClientError

IDENTITY = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/main/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}
TRACKING = {
    "TargetValue": 60.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
    "ScaleInCooldown": 300,
}


@pytest.fixture(scope="module")
def scaling(extension):
    ecs = extension.client("ecs")
    ecs.create_cluster(clusterName="main")
    ecs.register_task_definition(family="web", containerDefinitions=[{"name": "app", "image": "app", "memory": 64}])
    ecs.create_service(cluster="main", serviceName="web", taskDefinition="web", desiredCount=0)
    return extension.client("application-autoscaling")


@pytest.fixture
def target(scaling):
    registered = scaling.register_scalable_target(**IDENTITY, MinCapacity=1, MaxCapacity=4, Tags={"a": "b"})
    yield registered["ScalableTargetARN"]
    scaling.deregister_scalable_target(**IDENTITY)


def refused(code, call, **arguments):
    with pytest.raises(ClientError) as problem:
        call(**arguments)
    assert problem.value.response["Error"]["Code"] == code
    return problem.value.response["Error"]["Message"]


def test_a_target_reads_back_as_given(scaling, target):
    found = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[IDENTITY["ResourceId"]])
    (got,) = found["ScalableTargets"]
    assert {name: got[name] for name in IDENTITY} == IDENTITY
    assert (got["MinCapacity"], got["MaxCapacity"], got["ScalableTargetARN"]) == (1, 4, target)
    assert got["RoleARN"].endswith("AWSServiceRoleForApplicationAutoScaling_ECSService")
    assert not any(got["SuspendedState"].values())


def test_registering_again_changes_what_is_given(scaling, target):
    again = scaling.register_scalable_target(**IDENTITY, MaxCapacity=9)["ScalableTargetARN"]
    (got,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (again, got["MinCapacity"], got["MaxCapacity"]) == (target, 1, 9)


def test_tags(scaling, target):
    scaling.tag_resource(ResourceARN=target, Tags={"c": "d"})
    scaling.untag_resource(ResourceARN=target, TagKeys=["a"])
    assert scaling.list_tags_for_resource(ResourceARN=target)["Tags"] == {"c": "d"}


def test_policies_read_back_and_go_with_their_target(scaling, target):
    put = scaling.put_scaling_policy(
        **IDENTITY,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=TRACKING,
    )
    (got,) = scaling.describe_scaling_policies(ServiceNamespace="ecs", PolicyNames=["cpu"])["ScalingPolicies"]
    assert got["PolicyARN"] == put["PolicyARN"]
    assert got["TargetTrackingScalingPolicyConfiguration"] == TRACKING
    scaling.put_scheduled_action(
        **IDENTITY, ScheduledActionName="night", Schedule="cron(0 22 * * ? *)", ScalableTargetAction={"MinCapacity": 0}
    )
    (action,) = scaling.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"]
    assert action["ScalableTargetAction"] == {"MinCapacity": 0}
    scaling.delete_scheduled_action(**IDENTITY, ScheduledActionName="night")
    assert scaling.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"] == []
    scaling.deregister_scalable_target(**IDENTITY)
    assert scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"] == []
    scaling.register_scalable_target(**IDENTITY, MinCapacity=1, MaxCapacity=1)


def test_bad_requests_are_refused(scaling, target):
    register, put = scaling.register_scalable_target, scaling.put_scaling_policy
    assert "MinCapacity 5" in refused("ValidationException", register, **IDENTITY, MinCapacity=5, MaxCapacity=4)
    other = {**IDENTITY, "ResourceId": "service/main/none"}
    assert "doesn't exist" in refused("ValidationException", register, **other, MinCapacity=1, MaxCapacity=2)
    refused("ValidationException", register, **other)
    wrong = {**IDENTITY, "ScalableDimension": "ecs:service:Size"}
    refused("ValidationException", register, **wrong, MinCapacity=1, MaxCapacity=2)
    policy = {"PolicyName": "p", "PolicyType": "TargetTrackingScaling"}
    refused("ObjectNotFoundException", put, **other, **policy, TargetTrackingScalingPolicyConfiguration=TRACKING)
    refused("ValidationException", put, **IDENTITY, **policy)
    refused("ObjectNotFoundException", scaling.delete_scaling_policy, **IDENTITY, PolicyName="none")
    refused("ObjectNotFoundException", scaling.deregister_scalable_target, **other)
    refused("ResourceNotFoundException", scaling.list_tags_for_resource, ResourceARN=target + "x")
