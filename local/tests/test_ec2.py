"""EC2: what a program gives to interfaces, routes, endpoints and templates, it reads back."""

import ipaddress

import pytest
from botocore.exceptions import ClientError

TAGS = [{"Key": "project", "Value": "slipway"}]


@pytest.fixture(scope="module")
def ec2(extension):
    return extension.client("ec2")


@pytest.fixture(scope="module")
def vpc(ec2):
    return ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]


@pytest.fixture(scope="module")
def subnet(ec2, vpc):
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.1.0/28", AvailabilityZone="us-east-1b")
    return made["Subnet"]["SubnetId"]


@pytest.fixture(scope="module")
def group(ec2, vpc):
    return ec2.create_security_group(GroupName="host", Description="host", VpcId=vpc)["GroupId"]


@pytest.fixture
def interface(ec2, subnet, group):
    made = ec2.create_network_interface(
        SubnetId=subnet, Groups=[group], Description="NAT",
        TagSpecifications=[{"ResourceType": "network-interface", "Tags": TAGS}],
    )["NetworkInterface"]
    yield made
    ec2.delete_network_interface(NetworkInterfaceId=made["NetworkInterfaceId"])


def described(ec2, **arguments):
    return ec2.describe_network_interfaces(**arguments)["NetworkInterfaces"]


def refused(code, call, **arguments):
    with pytest.raises(ClientError) as problem:
        call(**arguments)
    assert problem.value.response["Error"]["Code"] == code


def test_an_interface_becomes_a_routers(ec2, interface, group):
    name = interface["NetworkInterfaceId"]
    assert (interface["SourceDestCheck"], interface["TagSet"]) == (True, TAGS)
    ec2.modify_network_interface_attribute(NetworkInterfaceId=name, SourceDestCheck={"Value": False})
    ec2.modify_network_interface_attribute(NetworkInterfaceId=name, Description={"Value": "router"})
    ec2.modify_network_interface_attribute(NetworkInterfaceId=name, Groups=[])
    (got,) = described(ec2, NetworkInterfaceIds=[name])
    assert (got["SourceDestCheck"], got["Description"], got["TagSet"]) == (False, "router", TAGS)
    refused("InvalidNetworkInterfaceID.NotFound", described, ec2=ec2, NetworkInterfaceIds=["eni-0"])
    modify = ec2.modify_network_interface_attribute
    refused("InvalidNetworkInterfaceID.NotFound", modify, NetworkInterfaceId="eni-0", Description={"Value": ""})


def test_interfaces_have_addresses_of_their_subnet(ec2, subnet, interface):
    assert interface["PrivateIpAddress"] == "10.7.1.4"
    other = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]
    wished = ec2.create_network_interface(SubnetId=subnet, PrivateIpAddress="10.7.1.9")["NetworkInterface"]
    assert (other["PrivateIpAddress"], wished["PrivateIpAddress"]) == ("10.7.1.5", "10.7.1.9")
    assert ipaddress.ip_address(other["PrivateIpAddress"]) in ipaddress.ip_network("10.7.1.0/28")
    found = described(ec2, Filters=[{"Name": "subnet-id", "Values": [subnet]}])
    assert len(found) == 3
    assert len(described(ec2, Filters=[{"Name": "tag:project", "Values": ["slipway"]}])) == 1
    for made in (other, wished):
        ec2.delete_network_interface(NetworkInterfaceId=made["NetworkInterfaceId"])


def test_an_elastic_address_on_an_interface(ec2, interface):
    first, second = (ec2.allocate_address(Domain="vpc")["AllocationId"] for _ in range(2))
    name = interface["NetworkInterfaceId"]
    association = ec2.associate_address(AllocationId=first, NetworkInterfaceId=name)["AssociationId"]
    (got,) = ec2.describe_addresses(Filters=[{"Name": "association-id", "Values": [association]}])["Addresses"]
    assert (got["AllocationId"], got["NetworkInterfaceId"]) == (first, name)
    assert got["PrivateIpAddress"] == interface["PrivateIpAddress"]
    assert described(ec2, NetworkInterfaceIds=[name])[0]["Association"]["PublicIp"] == got["PublicIp"]
    ec2.disassociate_address(AssociationId=association)
    (got,) = ec2.describe_addresses(AllocationIds=[first])["Addresses"]
    assert "NetworkInterfaceId" not in got and "AssociationId" not in got
    associate = ec2.associate_address
    refused("InvalidNetworkInterfaceID.NotFound", associate, AllocationId=second, NetworkInterfaceId="eni-0")
    refused("InvalidAllocationID.NotFound", ec2.describe_addresses, AllocationIds=["eipalloc-0"])
    for allocation in (first, second):
        ec2.release_address(AllocationId=allocation)


def test_a_route_leads_to_an_interface(ec2, vpc, interface):
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}

    def target():
        (got,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
        return {r.get("DestinationCidrBlock"): r for r in got["Routes"]}.get("0.0.0.0/0")

    refused("MissingParameter", ec2.create_route, **route)
    ec2.create_route(**route, NetworkInterfaceId=interface["NetworkInterfaceId"])
    assert target()["NetworkInterfaceId"] == interface["NetworkInterfaceId"]
    refused("RouteAlreadyExists", ec2.create_route, **route, GatewayId="igw-1")
    ec2.replace_route(**route, GatewayId="igw-1")
    assert (target()["GatewayId"], target().get("NetworkInterfaceId")) == ("igw-1", None)
    ec2.delete_route(**route)
    assert target() is None
    refused("InvalidRoute.NotFound", ec2.delete_route, **route)
    refused("InvalidRouteTableID.NotFound", ec2.create_route, **{**route, "RouteTableId": "rtb-0"}, GatewayId="igw-1")


def test_a_new_group_can_be_emptied_and_takes_every_source(ec2, vpc):
    group = ec2.create_security_group(GroupName="app", Description="app", VpcId=vpc)["GroupId"]
    # As a program sends it: the ports of a rule for all protocols mean nothing.
    everything = {"IpProtocol": "-1", "FromPort": 0, "ToPort": 0, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[everything])
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"] == []
    permission = {
        "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
        "PrefixListIds": [{"PrefixListId": "pl-1", "Description": "S3"}],
    }
    (rule,) = ec2.authorize_security_group_egress(
        GroupId=group, IpPermissions=[permission],
        TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": TAGS}],
    )["SecurityGroupRules"]
    found = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
    (got,) = found["SecurityGroupRules"]
    assert (got["PrefixListId"], got["Description"], got["Tags"]) == ("pl-1", "S3", TAGS)
    other = {**permission, "PrefixListIds": [], "UserIdGroupPairs": [{"GroupId": group}]}
    (rule,) = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[other])["SecurityGroupRules"]
    assert rule["ReferencedGroupInfo"]["GroupId"] == group


def test_an_interface_endpoint_reads_back_as_given(ec2, vpc, subnet, group):
    policy = '{"Version":"2012-10-17","Statement":[]}'
    made = ec2.create_vpc_endpoint(
        VpcId=vpc, VpcEndpointType="Interface", ServiceName="com.amazonaws.us-east-1.ssm", SubnetIds=[subnet],
        SecurityGroupIds=[group], PolicyDocument=policy, TagSpecifications=[{"ResourceType": "vpc-endpoint",
                                                                             "Tags": TAGS}],
    )["VpcEndpoint"]
    name = made["VpcEndpointId"]
    (got,) = ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["VpcEndpoints"]
    assert (got["VpcEndpointId"], got["PolicyDocument"], got["PrivateDnsEnabled"]) == (name, policy, True)
    assert ([g["GroupId"] for g in got["Groups"]], got["SubnetIds"], got["Tags"]) == ([group], [subnet], TAGS)
    ec2.modify_vpc_endpoint(
        VpcEndpointId=name, PrivateDnsEnabled=False, ResetPolicy=True, RemoveSecurityGroupIds=[group],
        AddSecurityGroupIds=["sg-2"],
    )
    (got,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[name])["VpcEndpoints"]
    assert (got["PrivateDnsEnabled"], [g["GroupId"] for g in got["Groups"]]) == (False, ["sg-2"])
    assert '"Action":"*"' in got["PolicyDocument"]
    refused("InvalidVpcEndpointId.NotFound", ec2.modify_vpc_endpoint, VpcEndpointId="vpce-0")
    refused("InvalidVpcEndpointId.NotFound", ec2.describe_vpc_endpoints, VpcEndpointIds=["vpce-0"])


def test_a_launch_template_keeps_every_member(ec2):
    data = {
        "ImageId": "resolve:ssm:/parameter", "InstanceType": "t4g.nano", "UserData": "IyE=",
        "IamInstanceProfile": {"Arn": "arn:aws:iam::000000000000:instance-profile/host"},
        "MetadataOptions": {"HttpEndpoint": "enabled", "HttpTokens": "required", "HttpPutResponseHopLimit": 1},
        "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"Encrypted": True, "KmsKeyId": "key",
                                                                    "VolumeType": "gp3"}}],
        "NetworkInterfaces": [{"NetworkInterfaceId": "eni-1", "DeviceIndex": 0, "DeleteOnTermination": False}],
        "TagSpecifications": [{"ResourceType": "volume", "Tags": TAGS}],
        "MaintenanceOptions": {"AutoRecovery": "default"},
        "CreditSpecification": {"CpuCredits": "standard"},
    }
    name = ec2.create_launch_template(LaunchTemplateName="host", LaunchTemplateData=data)["LaunchTemplate"][
        "LaunchTemplateId"
    ]
    found = ec2.describe_launch_template_versions(LaunchTemplateId=name)["LaunchTemplateVersions"]
    got = found[0]["LaunchTemplateData"]
    got["MetadataOptions"].pop("State")
    assert got == data


def test_a_flow_log_keeps_its_tags(ec2, vpc):
    made = ec2.create_flow_logs(
        ResourceIds=[vpc], ResourceType="VPC", TrafficType="ALL", LogGroupName="flow", MaxAggregationInterval=60,
        DeliverLogsPermissionArn="arn:aws:iam::000000000000:role/flow",
        TagSpecifications=[{"ResourceType": "vpc-flow-log", "Tags": TAGS}],
    )["FlowLogIds"]
    (got,) = ec2.describe_flow_logs(FlowLogIds=made)["FlowLogs"]
    assert (got["Tags"], got["MaxAggregationInterval"]) == (TAGS, 60)
