"""Load balancers, certificates and web ACLs read back as they were made."""

import pytest
from botocore.exceptions import ClientError
from conftest import make_subnets


@pytest.fixture(scope="module")
def elb(extension):
    return extension.client("elbv2")


@pytest.fixture(scope="module")
def subnets(extension):
    return make_subnets(extension.client("ec2"), "10.9")


@pytest.fixture
def balancer(elb, subnets):
    made = elb.create_load_balancer(Name="edge", Subnets=subnets)["LoadBalancers"][0]
    yield made
    elb.delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])


def test_a_load_balancer_is_in_the_zones_of_its_subnets(elb, balancer, subnets):
    (got,) = elb.describe_load_balancers(Names=["edge"])["LoadBalancers"]
    assert [(z["ZoneName"], z["SubnetId"]) for z in got["AvailabilityZones"]] == list(
        zip(["us-east-1a", "us-east-1b"], subnets, strict=True)
    )
    assert (got["State"]["Code"], got["DNSName"]) == ("active", balancer["DNSName"])


def test_a_protected_load_balancer_stays(elb, balancer):
    def protect(value):
        attribute = {"Key": "deletion_protection.enabled", "Value": value}
        elb.modify_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"], Attributes=[attribute])

    protect("true")
    with pytest.raises(elb.exceptions.OperationNotPermittedException, match="deletion protection"):
        elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
    assert elb.describe_load_balancers(Names=["edge"])["LoadBalancers"]
    protect("false")


@pytest.fixture
def target_groups(elb):
    made = [
        elb.create_target_group(Name=name, Protocol="HTTP", Port=80, TargetType="ip", **settings)["TargetGroups"][0]
        for name, settings in (("one", {}), ("two", {"ProtocolVersion": "GRPC", "IpAddressType": "ipv6"}))
    ]
    yield made
    for group in made:
        elb.delete_target_group(TargetGroupArn=group["TargetGroupArn"])


def test_a_target_group_has_a_version_and_an_address_type(target_groups):
    assert [(g["ProtocolVersion"], g["IpAddressType"]) for g in target_groups] == [("HTTP1", "ipv4"), ("GRPC", "ipv6")]


def test_a_forward_action_has_both_forms(elb, balancer, target_groups):
    one, two = (group["TargetGroupArn"] for group in target_groups)
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": one}],
    )["Listeners"][0]  # fmt: skip
    (action,) = listener["DefaultActions"]
    assert action["ForwardConfig"]["TargetGroups"] == [{"TargetGroupArn": one, "Weight": 1}]
    weighted = [{"TargetGroupArn": one, "Weight": 1}, {"TargetGroupArn": two, "Weight": 9}]
    elb.modify_listener(
        ListenerArn=listener["ListenerArn"],
        DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weighted}}],
    )
    (got,) = elb.describe_listeners(ListenerArns=[listener["ListenerArn"]])["Listeners"]
    assert got["DefaultActions"][0]["ForwardConfig"]["TargetGroups"] == weighted
    assert got["DefaultActions"][0]["TargetGroupArn"] == two


def test_further_certificates_of_a_listener(extension, elb, balancer):
    acm = extension.client("acm")
    first, second = (acm.request_certificate(DomainName=f"{n}.example.com")["CertificateArn"] for n in "ab")
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTPS", Port=443,
        Certificates=[{"CertificateArn": first}],
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
    )["Listeners"][0]["ListenerArn"]  # fmt: skip

    def certificates():
        found = elb.describe_listener_certificates(ListenerArn=listener)["Certificates"]
        return [(c["CertificateArn"], c["IsDefault"]) for c in found]

    elb.add_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": second}])
    elb.add_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": second}])
    assert certificates() == [(first, True), (second, False)]
    elb.remove_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": second}])
    assert certificates() == [(first, True)]
    with pytest.raises(ClientError, match="ListenerNotFound"):
        elb.describe_listener_certificates(ListenerArn=listener + "x")


def test_a_certificate_keeps_its_options(extension):
    acm = extension.client("acm")
    options = {"CertificateTransparencyLoggingPreference": "DISABLED"}
    arn = acm.request_certificate(DomainName="c.example.com", Options=options, KeyAlgorithm="EC_prime256v1")
    got = acm.describe_certificate(CertificateArn=arn["CertificateArn"])["Certificate"]
    assert got["Options"]["CertificateTransparencyLoggingPreference"] == "DISABLED"
    assert got["KeyAlgorithm"] == "EC_prime256v1"


VISIBILITY = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "acl"}
BODIES = {"slow": {"Content": "slow down", "ContentType": "TEXT_PLAIN"}}


@pytest.fixture
def acl(extension):
    waf = extension.client("wafv2")
    made = waf.create_web_acl(
        Name="acl", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=VISIBILITY,
        CustomResponseBodies=BODIES, TokenDomains=["example.com"],
    )["Summary"]  # fmt: skip
    yield made
    token = waf.get_web_acl(Name="acl", Scope="REGIONAL", Id=made["Id"])["LockToken"]
    waf.delete_web_acl(Name="acl", Scope="REGIONAL", Id=made["Id"], LockToken=token)
    assert waf.list_logging_configurations(Scope="REGIONAL")["LoggingConfigurations"] == []


def test_a_web_acl_reads_back_as_given(extension, acl):
    waf, name = extension.client("wafv2"), {"Name": "acl", "Scope": "REGIONAL", "Id": acl["Id"]}
    got = waf.get_web_acl(**name)
    assert (got["WebACL"]["CustomResponseBodies"], got["WebACL"]["TokenDomains"]) == (BODIES, ["example.com"])
    waf.update_web_acl(
        **name, DefaultAction={"Block": {}}, VisibilityConfig=VISIBILITY, LockToken=got["LockToken"], Description="new"
    )
    got = waf.get_web_acl(**name)["WebACL"]
    assert (got["Description"], got.get("CustomResponseBodies")) == ("new", None)


def test_where_a_web_acl_logs_to(extension, acl):
    waf, arn = extension.client("wafv2"), acl["ARN"]
    configuration = {
        "ResourceArn": arn,
        "LogDestinationConfigs": ["arn:aws:logs:us-east-1:000000000000:log-group:aws-waf-logs-edge"],
        "RedactedFields": [{"SingleHeader": {"Name": "authorization"}}],
    }
    with pytest.raises(waf.exceptions.WAFNonexistentItemException):
        waf.get_logging_configuration(ResourceArn=arn)
    waf.put_logging_configuration(LoggingConfiguration=configuration)
    got = waf.get_logging_configuration(ResourceArn=arn)["LoggingConfiguration"]
    assert {member: got[member] for member in configuration} == configuration
    waf.delete_logging_configuration(ResourceArn=arn)
    with pytest.raises(waf.exceptions.WAFNonexistentItemException):
        waf.delete_logging_configuration(ResourceArn=arn)
    elsewhere = {**configuration, "LogDestinationConfigs": ["arn:aws:logs:us-east-1:000000000000:log-group:edge"]}
    with pytest.raises(waf.exceptions.WAFInvalidParameterException, match="aws-waf-logs-"):
        waf.put_logging_configuration(LoggingConfiguration=elsewhere)
    waf.put_logging_configuration(LoggingConfiguration=configuration)
