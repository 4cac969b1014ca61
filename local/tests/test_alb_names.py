"""Names that lead to a load balancer."""

import http.client

import pytest


@pytest.fixture(scope="module")
def load_balancer(extension):
    """A load balancer that answers by itself."""
    elbv2 = extension.client("elbv2")
    subnets = [s["SubnetId"] for s in extension.client("ec2").describe_subnets()["Subnets"]][:2]
    created = elbv2.create_load_balancer(Name="named", Subnets=subnets)["LoadBalancers"][0]
    elbv2.create_listener(
        LoadBalancerArn=created["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[
            {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "MessageBody": "named here"}}
        ],
    )
    yield created
    elbv2.delete_load_balancer(LoadBalancerArn=created["LoadBalancerArn"])


def answer(extension, host):
    connection = http.client.HTTPConnection("127.0.0.1", extension.port, timeout=10)
    connection.request("GET", "/", headers={"Host": host})
    return connection.getresponse().read()


def test_the_dns_name_resolves_on_this_machine(extension, load_balancer):
    name = load_balancer["DNSName"]
    assert name.startswith("named-")
    assert name.endswith(".us-east-1.alb.localhost")
    (described,) = extension.client("elbv2").describe_load_balancers(Names=["named"])["LoadBalancers"]
    assert described["DNSName"] == name
    assert answer(extension, f"{name}:{extension.port}") == b"named here"


def test_an_alias_record_leads_to_its_load_balancer(extension, load_balancer):
    route53 = extension.client("route53")
    zone = route53.create_hosted_zone(Name="example.org", CallerReference="alias")["HostedZone"]["Id"]
    assert answer(extension, "www.example.org") != b"named here"
    route53.change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={
            "Changes": [
                {
                    "Action": "CREATE",
                    "ResourceRecordSet": {
                        "Name": "www.example.org",
                        "Type": "A",
                        "AliasTarget": {
                            "HostedZoneId": load_balancer["CanonicalHostedZoneId"],
                            "DNSName": load_balancer["DNSName"],
                            "EvaluateTargetHealth": True,
                        },
                    },
                }
            ]
        },
    )
    assert answer(extension, "www.example.org") == b"named here"
    assert answer(extension, "other.example.org") != b"named here"
