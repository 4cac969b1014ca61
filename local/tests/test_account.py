"""What every account has, and the registry's address."""

import pytest
from botocore.exceptions import ClientError


def test_public_images_exist(extension):
    ssm, ec2 = extension.client("ssm"), extension.client("ec2")
    for architecture, want in (("arm64", "arm64"), ("amd64", "x86_64")):
        name = f"/aws/service/canonical/ubuntu/server/24.04/stable/current/{architecture}/hvm/ebs-gp3/ami-id"
        image = ssm.get_parameter(Name=name)["Parameter"]["Value"]
        (found,) = ec2.describe_images(ImageIds=[image])["Images"]
        assert (found["Architecture"], found["OwnerId"]) == (want, "099720109477")


def test_the_registry_is_where_the_engine_can_reach_it(extension):
    ecr = extension.client("ecr")
    repository = ecr.create_repository(repositoryName="team/app", imageTagMutability="IMMUTABLE")["repository"]
    assert repository["repositoryUri"] == f"127.0.0.1:{extension.port}/team/app"
    assert repository["imageTagMutability"] == "IMMUTABLE"
    (authorization,) = ecr.get_authorization_token()["authorizationData"]
    assert authorization["proxyEndpoint"] == extension.url
    assert ecr.describe_repositories()["repositories"][0]["repositoryUri"] == repository["repositoryUri"]


def test_flow_logs_keep_their_role_and_interval(extension):
    ec2 = extension.client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    common = {"ResourceIds": [vpc], "ResourceType": "VPC", "TrafficType": "ALL"}
    group = "arn:aws:logs:us-east-1:000000000000:log-group:flow"
    role = "arn:aws:iam::000000000000:role/flow"
    made = []
    for given in ({}, {"MaxAggregationInterval": 60}):
        to = {"LogDestination": group, "DeliverLogsPermissionArn": role}
        made += ec2.create_flow_logs(**common, **to, **given)["FlowLogIds"]
    found = {log["FlowLogId"]: log for log in ec2.describe_flow_logs(FlowLogIds=made)["FlowLogs"]}
    assert [found[i]["DeliverLogsPermissionArn"] for i in made] == [role, role]
    assert [found[i]["MaxAggregationInterval"] for i in made] == [600, 60]
    ec2.delete_flow_logs(FlowLogIds=made)


def test_a_service_linked_role_has_the_name_that_aws_gives_it(extension):
    iam = extension.client("iam")
    names = {
        "ecs.amazonaws.com": "AWSServiceRoleForECS",
        "ecs.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_ECSService",
    }
    for service, name in names.items():
        made = iam.create_service_linked_role(AWSServiceName=service)["Role"]
        assert (made["RoleName"], made["Arn"].rpartition("/")[2]) == (name, name)
        assert [r["RoleName"] for r in iam.list_roles(PathPrefix=made["Path"])["Roles"]] == [name]
    with pytest.raises(ClientError, match="has been taken in this account"):
        iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
