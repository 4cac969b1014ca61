"""The Resource Groups Tagging API finds what has tags."""

import time

import pytest


@pytest.fixture(scope="module")
def tagged(extension):
    ec2 = extension.client("ec2")

    def tags(kind, side):
        return [{"ResourceType": kind, "Tags": [{"Key": "team", "Value": "blue"}, {"Key": "side", "Value": side}]}]

    vpcs = [
        ec2.create_vpc(CidrBlock=f"10.8{n}.0.0/16", TagSpecifications=tags("vpc", side))["Vpc"]["VpcId"]
        for n, side in enumerate(("left", "right"))
    ]
    secret = extension.client("secretsmanager").create_secret(
        Name="tagged", SecretString="s", Tags=[{"Key": "team", "Value": "blue"}]
    )["ARN"]
    return vpcs, secret


def find(extension, kind, **tags):
    client = extension.client("resourcegroupstaggingapi")
    pages = client.get_paginator("get_resources").paginate(
        ResourceTypeFilters=[kind], TagFilters=[{"Key": k, "Values": [v]} for k, v in tags.items()]
    )
    return {mapping["ResourceARN"] for page in pages for mapping in page["ResourceTagMappingList"]}


def test_by_type_and_all_tags(extension, tagged):
    (left, right), secret = tagged
    arn = "arn:aws:ec2:us-east-1:000000000000:vpc/"
    assert find(extension, "ec2:vpc", team="blue") == {arn + left, arn + right}
    assert find(extension, "ec2:vpc", team="blue", side="left") == {arn + left}
    assert find(extension, "ec2:subnet", team="blue") == set()
    assert find(extension, "secretsmanager:secret", team="blue") == {secret}


def test_what_is_deleted_is_not_found(extension, tagged):
    (left, _), secret = tagged
    extension.client("ec2").delete_vpc(VpcId=left)
    extension.client("secretsmanager").delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    assert find(extension, "ec2:vpc", side="left") == set()
    assert find(extension, "secretsmanager:secret", team="blue") == set()


def test_an_ecs_service_that_has_ended_is_not_found(extension):
    ecs, tags = extension.client("ecs"), [{"key": "team", "value": "blue"}]
    ecs.create_cluster(clusterName="tagged")
    ecs.register_task_definition(family="tagged", containerDefinitions=[{"name": "app", "image": "none"}])
    service = ecs.create_service(
        cluster="tagged", serviceName="tagged", taskDefinition="tagged", desiredCount=0, tags=tags
    )["service"]["serviceArn"]
    assert find(extension, "ecs:service", team="blue") == {service}
    ecs.delete_service(cluster="tagged", service="tagged")
    deadline = time.monotonic() + 20
    while find(extension, "ecs:service", team="blue"):
        assert time.monotonic() < deadline, "it is still found"
        time.sleep(0.1)
