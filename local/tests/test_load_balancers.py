"""Load balancers carry traffic as ELB documents it. Needs a Docker engine."""

import http.client
import json
import socket
import ssl
import threading
from contextlib import contextmanager, suppress

import docker
import pytest
from conftest import make_subnets, wait_for
from target import Target

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def gateway(local_aws):
    """This machine's address on the local AWS's network: targets here are reached by the load balancer."""
    network = docker.from_env().networks.get(f"slipway-{local_aws.port}")
    return network.attrs["IPAM"]["Config"][0]["Gateway"]


@pytest.fixture(scope="module")
def subnets(local_aws):
    return make_subnets(local_aws.client("ec2"), "10.3")


class Balancer:
    """A load balancer with an HTTP listener and the target groups that a test makes."""

    def __init__(self, aws, name, subnets, gateway):
        self.aws, self.name, self.gateway = aws, name, gateway
        self.elb = aws.client("elbv2")
        made = self.elb.create_load_balancer(Name=name, Subnets=subnets)["LoadBalancers"][0]
        self.arn, self.host = made["LoadBalancerArn"], f"{name}.alb.localhost"
        self.groups, self.targets, self.listeners = [], [], []

    def attributes(self, **values):
        attributes = [{"Key": key, "Value": value} for key, value in values["of"].items()]
        self.elb.modify_load_balancer_attributes(LoadBalancerArn=self.arn, Attributes=attributes)

    def group(self, *names, **attributes):
        """A target group with targets of these names, checked every 5 seconds."""
        arn = self.elb.create_target_group(
            Name=f"{self.name}-{len(self.groups)}", Protocol="HTTP", Port=80, TargetType="ip", VpcId="vpc-1",
            HealthCheckPath="/health", HealthCheckIntervalSeconds=5, HealthCheckTimeoutSeconds=2,
            HealthyThresholdCount=2, UnhealthyThresholdCount=2,
        )["TargetGroups"][0]["TargetGroupArn"]
        self.groups.append(arn)
        if attributes:
            values = [{"Key": key, "Value": value} for key, value in attributes["of"].items()]
            self.elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=values)
        made = [Target(self.gateway, name) for name in names]
        self.targets += made
        self.register(arn, *made)
        return arn, made

    def register(self, group, *targets):
        if targets:
            self.elb.register_targets(TargetGroupArn=group, Targets=[t.registration for t in targets])

    def deregister(self, group, target):
        self.elb.deregister_targets(TargetGroupArn=group, Targets=[target.registration])

    def listen(self, *actions, protocol="HTTP", port=80, **settings):
        arn = self.elb.create_listener(
            LoadBalancerArn=self.arn, Protocol=protocol, Port=port, DefaultActions=list(actions), **settings
        )["Listeners"][0]["ListenerArn"]
        self.listeners.append(arn)
        return arn

    def forward(self, group):
        """An HTTP listener that leads to a group, with its targets healthy."""
        arn = self.listen({"Type": "forward", "TargetGroupArn": group})
        wait_for(lambda: {"healthy"} == {*self.states(group).values()}, "healthy targets")
        return arn

    def states(self, group):
        found = self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return {f["Target"]["Port"]: f["TargetHealth"]["State"] for f in found}

    def state(self, group, target):
        return self.states(group).get(target.registration["Port"])

    def connection(self, timeout=30):
        return http.client.HTTPConnection("127.0.0.1", self.aws.http, timeout=timeout)

    def get(self, path="/", connection=None, method="GET", **headers):
        """Status, headers and content (JSON if it is)."""
        used = connection or self.connection()
        used.request(method, path, headers={"Host": self.host, **headers})
        response = used.getresponse()
        body = response.read()
        if connection is None:
            used.close()
        with suppress(ValueError):
            body = json.loads(body)
        return response.status, response.headers, body

    def eventually(self, path, status):
        return wait_for(lambda: (found := self.get(path))[0] == status and found, f"{status} at {path}")

    def close(self):
        for listener in self.listeners:
            self.elb.delete_listener(ListenerArn=listener)
        for group in self.groups:
            self.elb.delete_target_group(TargetGroupArn=group)
        self.elb.delete_load_balancer(LoadBalancerArn=self.arn)
        for target in self.targets:
            target.close()


@pytest.fixture
def balancer(request, local_aws, subnets, gateway):
    name = f"lb{abs(hash(request.node.name)) % 100000}"
    made = Balancer(local_aws, name, subnets, gateway)
    yield made
    made.close()


@contextmanager
def in_background(function, *arguments):
    """The function's result, from a thread that runs beside the block."""
    found = []
    thread = threading.Thread(target=lambda: found.append(function(*arguments)))
    thread.start()
    yield found
    thread.join(60)


def test_a_deregistered_target_finishes_what_it_has_and_gets_nothing_new(balancer):
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html"""
    group, (one, two) = balancer.group("one", "two", of={"deregistration_delay.timeout_seconds": "20"})
    balancer.forward(group)
    with in_background(balancer.get, "/?wait=3") as slow:
        busy = wait_for(lambda: next((t for t in (one, two) if "/?wait=3" in t.seen), None), "a request in flight")
        other = two if busy is one else one
        balancer.deregister(group, busy)
        assert balancer.state(group, busy) == "draining"
        assert {balancer.get()[2]["name"] for _ in range(6)} == {other.name}
    assert slow[0][0] == 200
    assert slow[0][2]["name"] == busy.name


def test_a_request_that_outlasts_the_delay_is_cut(balancer):
    """The connections of a target close when the deregistration delay is over (as above)."""
    group, (one, _) = balancer.group("one", "two", of={"deregistration_delay.timeout_seconds": "1"})
    balancer.forward(group)
    balancer.deregister(group, _)
    wait_for(lambda: balancer.state(group, _) is None, "the other target to go")
    with in_background(balancer.get, "/?wait=30") as slow:
        wait_for(lambda: "/?wait=30" in one.seen, "a request in flight")
        balancer.deregister(group, one)
    assert slow[0][0] == 502


def test_only_healthy_targets_serve_and_all_do_when_none_is_healthy(balancer):
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"""
    group, (one, two) = balancer.group("one", "two")
    balancer.forward(group)
    one.health = 500
    wait_for(lambda: balancer.state(group, one) == "unhealthy", "an unhealthy target")
    assert {balancer.get()[2]["name"] for _ in range(6)} == {"two"}
    two.health = 500
    wait_for(lambda: {*balancer.states(group).values()} == {"unhealthy"}, "only unhealthy targets")
    assert {balancer.get()[2]["name"] for _ in range(6)} == {"one", "two"}


def test_errors_of_the_load_balancer(balancer):
    """503 without a target, 502 for a broken connection, 504 after the idle timeout.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
    """
    balancer.attributes(of={"idle_timeout.timeout_seconds": "1"})
    group, (target,) = balancer.group("one")
    balancer.forward(group)
    status, headers, body = balancer.get("/?wait=5")
    assert (status, headers["Server"]) == (504, "awselb/2.0")
    assert b"504 Gateway Time-out" in body
    assert balancer.get("/?drop")[0] == 502
    target.server.server_close()
    assert balancer.eventually("/", 502)[1]["Server"] == "awselb/2.0"
    balancer.deregister(group, target)
    assert balancer.eventually("/", 503)[1]["Server"] == "awselb/2.0"


def test_a_kept_connection_that_breaks_under_a_request_is_502_and_no_second_try(balancer):
    """HTTP 502: the target closed the connection while the load balancer had a request in flight (as above)."""
    group, (target,) = balancer.group("one")
    balancer.forward(group)
    client = balancer.connection()
    assert balancer.get("/", client)[0] == 200
    assert balancer.get("/", client)[0] == 200
    # Both requests went over one connection to the target, and a new client's does too.
    assert balancer.get()[0] == 200
    assert target.connections == 1
    status, headers, _ = balancer.get("/?drop", client)
    assert (status, headers["Server"]) == (502, "awselb/2.0")
    assert target.seen.count("/?drop") == 1
    assert balancer.get("/", client)[0] == 200


def test_what_a_target_is_told(balancer):
    """X-Forwarded-*, X-Amzn-Trace-Id, Host, and headers with an invalid name.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html
    """
    group, _ = balancer.group("one")
    balancer.forward(group)
    host = f"{balancer.host}:{balancer.aws.http}"
    sent = {"Host": host, "X-Forwarded-For": "203.0.113.7", "Bad_Name": "x"}
    headers = balancer.get("/", **sent)[2]["headers"]
    told = {name.lower(): value for name, value in headers.items()}
    # The client's Host as it is: the app compares the Origin of a form with it.
    assert told["host"] == host
    assert told["x-forwarded-for"].startswith("203.0.113.7, ")
    assert (told["x-forwarded-proto"], told["x-forwarded-port"]) == ("http", "80")
    assert told["x-amzn-trace-id"].startswith("Root=1-")
    assert told["bad_name"] == "x"
    balancer.attributes(of={"routing.http.drop_invalid_header_fields.enabled": "true"})
    wait_for(lambda: "bad_name" not in {n.lower() for n in balancer.get("/", **sent)[2]["headers"]}, "a dropped header")


def test_host_names_the_port_of_a_listener_on_another_port(balancer):
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#host-header-preservation"""
    group, _ = balancer.group("one")
    balancer.forward(group)
    assert host_told(balancer, balancer.host) == balancer.host
    balancer.elb.delete_listener(ListenerArn=balancer.listeners.pop())
    balancer.listen({"Type": "forward", "TargetGroupArn": group}, port=8080)
    wait_for(lambda: host_told(balancer, balancer.host) == f"{balancer.host}:8080", "the listener's port")
    for given in (f"{balancer.host}:{balancer.aws.http}", f"{balancer.host}:8080"):
        assert host_told(balancer, given) == given
    balancer.attributes(of={"routing.http.preserve_host_header.enabled": "true"})
    wait_for(lambda: host_told(balancer, balancer.host) == balancer.host, "the header as it was sent")


def host_told(balancer, sent):
    """The Host header that a target gets, None where no target answers."""
    status, _, body = balancer.get("/", Host=sent)
    return {n.lower(): v for n, v in body["headers"].items()}["host"] if status == 200 else None


def test_rules(balancer):
    """Conditions by host, path and header; fixed responses, redirects and weights.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
    """
    one, _ = balancer.group("one")
    two, _ = balancer.group("two")
    weighted = [{"TargetGroupArn": one, "Weight": 1}, {"TargetGroupArn": two, "Weight": 9}]
    listener = balancer.listen({"Type": "forward", "ForwardConfig": {"TargetGroups": weighted}})
    add = balancer.elb.create_rule
    add(ListenerArn=listener, Priority=2, Conditions=[{"Field": "path-pattern", "Values": ["/teapot/*"]}], Actions=[
        {"Type": "fixed-response",
         "FixedResponseConfig": {"StatusCode": "418", "ContentType": "text/plain", "MessageBody": "it's \"short\"\n"}},
    ])  # fmt: skip
    header = {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Old", "Values": ["y?s"]}}
    redirect = {"Host": "new.example.com", "Path": "/v2/#{path}", "StatusCode": "HTTP_302"}
    add(ListenerArn=listener, Priority=1, Conditions=[header, {"Field": "path-pattern", "Values": ["/old/*"]}],
        Actions=[{"Type": "redirect", "RedirectConfig": redirect}])  # fmt: skip
    status, _, body = balancer.eventually("/teapot/1", 418)
    assert body == b"it's \"short\"\n"
    old = {"X-Old": "yes"}
    location = wait_for(lambda: balancer.get("/old/a?b=c", **old)[1]["Location"], "a redirect")
    assert (balancer.get("/old/a?b=c", **old)[0], location) == (302, "http://new.example.com:80/v2/old/a?b=c")
    wait_for(lambda: {*balancer.states(one).values(), *balancer.states(two).values()} == {"healthy"}, "healthy targets")
    names = [balancer.get("/old/a")[2]["name"] for _ in range(60)]
    assert 0 < names.count("one") < names.count("two")


def test_tls(balancer):
    """A listener serves the certificate for the name that a client asks for, over HTTP/1.1 and HTTP/2.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html
    """
    acm, group = balancer.aws.client("acm"), balancer.group("one")[0]
    first, second = (
        acm.request_certificate(DomainName=f"{name}.example.com", KeyAlgorithm="EC_prime256v1")["CertificateArn"]
        for name in ("first", "second")
    )
    listener = balancer.listen(
        {"Type": "forward", "TargetGroupArn": group}, protocol="HTTPS", port=443,
        Certificates=[{"CertificateArn": first}],
    )  # fmt: skip
    balancer.listen({"Type": "redirect", "RedirectConfig": {
        "Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}})  # fmt: skip
    balancer.elb.add_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": second}])
    wait_for(lambda: "healthy" in balancer.states(group).values(), "a healthy target")

    def names(asked):
        context = ssl.create_default_context(cafile=str(balancer.aws.ca))
        context.set_alpn_protocols(["h2", "http/1.1"])
        context.check_hostname = False
        plain = socket.create_connection(("127.0.0.1", balancer.aws.https), timeout=10)
        with context.wrap_socket(plain, server_hostname=asked) as secure:
            found = [value for kind, value in secure.getpeercert()["subjectAltName"] if kind == "DNS"]
            return found, secure.selected_alpn_protocol()

    assert names("second.example.com") == (["second.example.com"], "h2")
    assert names("first.example.com")[0] == ["first.example.com"]
    context = ssl.create_default_context(cafile=str(balancer.aws.ca))
    connection = http.client.HTTPSConnection("127.0.0.1", balancer.aws.https, timeout=10, context=context)
    connection.sock = context.wrap_socket(
        socket.create_connection(("127.0.0.1", balancer.aws.https)), server_hostname="first.example.com"
    )
    told = balancer.get("/", connection)[2]["headers"]
    assert told["x-forwarded-proto"] == "https"
    status, headers, _ = balancer.get("/a?b=c")
    assert (status, headers["Location"]) == (301, f"https://{balancer.host}:443/a?b=c")
    # Who came by the port of this machine is sent to one of this machine.
    location = balancer.get("/a?b=c", Host=f"{balancer.host}:{balancer.aws.http}")[1]["Location"]
    assert location == f"https://{balancer.host}:{balancer.aws.https}/a?b=c"
    connection.close()


def test_requests_go_where_fewest_are_in_progress(balancer):
    """least_outstanding_requests.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
    """
    group, targets = balancer.group("one", "two", of={"load_balancing.algorithm.type": "least_outstanding_requests"})
    balancer.forward(group)
    with in_background(balancer.get, "/?wait=3"):
        busy = wait_for(lambda: next((t for t in targets if "/?wait=3" in t.seen), None), "a request in flight")
        assert busy.name not in {balancer.get()[2]["name"] for _ in range(10)}


def test_a_new_target_starts_slowly(balancer):
    """slow_start.duration_seconds: its share grows from when it becomes healthy (as above)."""
    group, _ = balancer.group("old", of={"slow_start.duration_seconds": "900"})
    balancer.forward(group)
    fresh = Target(balancer.gateway, "fresh")
    balancer.targets.append(fresh)
    balancer.register(group, fresh)
    wait_for(lambda: balancer.state(group, fresh) == "healthy", "a healthy new target")
    names = [balancer.get()[2]["name"] for _ in range(60)]
    assert names.count("fresh") < 20


def test_the_ports_of_the_api_do_not_forward(balancer):
    balancer.listen({"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}})
    connection = http.client.HTTPConnection("127.0.0.1", balancer.aws.port, timeout=10)
    assert balancer.get("/", connection)[0] == 421
    connection.close()


def test_an_alias_record_leads_to_its_load_balancer(balancer, subnets):
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html"""
    balancer.listen({"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "207"}})
    other = Balancer(balancer.aws, "other", subnets, balancer.gateway)
    other.listen({"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "208"}})
    route53 = balancer.aws.client("route53")
    zone = route53.create_hosted_zone(Name="example.org", CallerReference="alias")["HostedZone"]["Id"]
    wait_for(lambda: balancer.get("/", Host="www.example.org")[0] == 404, "a name that leads nowhere")
    described = balancer.elb.describe_load_balancers(LoadBalancerArns=[balancer.arn])["LoadBalancers"][0]
    target = {
        "HostedZoneId": described["CanonicalHostedZoneId"], "DNSName": described["DNSName"],
        "EvaluateTargetHealth": True,
    }  # fmt: skip
    record = {"Name": "www.example.org", "Type": "A", "AliasTarget": target}
    route53.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    )
    wait_for(lambda: balancer.get("/", Host="www.example.org")[0] == 207, "the load balancer behind the alias")
    other.close()
