"""Names that lead to a load balancer; that it answers to them is in test_load_balancers."""

import http.client

import pytest
from conftest import make_subnets


@pytest.fixture
def load_balancer(extension):
    elbv2 = extension.client("elbv2")
    subnets = make_subnets(extension.client("ec2"), "10.7")
    created = elbv2.create_load_balancer(Name="named", Subnets=subnets)["LoadBalancers"][0]
    yield created
    elbv2.delete_load_balancer(LoadBalancerArn=created["LoadBalancerArn"])


def test_the_dns_name_resolves_on_this_machine(extension, load_balancer):
    name = load_balancer["DNSName"]
    assert name.startswith("named-")
    assert name.endswith(".us-east-1.alb.localhost")
    (described,) = extension.client("elbv2").describe_load_balancers(Names=["named"])["LoadBalancers"]
    assert described["DNSName"] == name


def test_the_port_of_the_api_sends_to_those_of_load_balancers(extension, load_balancer):
    connection = http.client.HTTPConnection("127.0.0.1", extension.port, timeout=10)
    connection.request("GET", "/", headers={"Host": f"{load_balancer['DNSName']}:{extension.port}"})
    response = connection.getresponse()
    assert response.status == 421
    assert b"is a load balancer: use port" in response.read()
    connection.close()
