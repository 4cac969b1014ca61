import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import wait_for
from slipway_aws import alb_checks, alb_health
from slipway_aws.alb_checks import HEALTHY, INITIAL, UNHEALTHY, Target


def test_a_new_target_serves_after_one_good_answer():
    target = Target()
    target.failed(2, "Target.FailedHealthChecks")
    target.failed(2, "Target.FailedHealthChecks")
    assert target.state == INITIAL
    target.passed(5)
    assert target.state == HEALTHY


def test_a_target_falls_out_and_comes_back_at_the_thresholds():
    target = Target(HEALTHY)
    target.failed(2, "Target.Timeout")
    assert target.state == HEALTHY
    target.failed(2, "Target.Timeout")
    assert (target.state, target.reason) == (UNHEALTHY, "Target.Timeout")
    target.passed(3)
    target.passed(3)
    target.failed(2, "Target.Timeout")
    target.passed(3)
    target.passed(3)
    assert target.state == UNHEALTHY
    target.passed(3)
    assert target.state == HEALTHY


@pytest.mark.parametrize(
    ("states", "eligible"),
    [
        ([HEALTHY, INITIAL, UNHEALTHY], [0]),
        ([INITIAL, INITIAL], []),
        ([UNHEALTHY, UNHEALTHY], [0, 1]),
        ([UNHEALTHY, INITIAL], [0, 1]),
        ([], []),
    ],
)
def test_who_gets_traffic(states, eligible):
    targets = [{"Id": str(number)} for number in range(len(states))]
    assert alb_health.choose(targets, states) == [targets[number] for number in eligible]


@pytest.mark.parametrize(
    ("status", "matcher", "want"),
    [(200, "200", True), (204, "200", False), (302, "200,302", True), (399, "200-399", True), (404, "200-399", False)],
)
def test_matcher(status, matcher, want):
    assert alb_checks.matches(status, matcher) is want


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/good" else 500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def port():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def group(path, **settings):
    return {"HealthCheckPath": path, "HealthCheckTimeoutSeconds": 5, "Matcher": {"HttpCode": "200"}, **settings}


def test_probe(port):
    target = {"Id": "127.0.0.1", "Port": port}
    assert alb_checks.probe(target, group("/good")) is None
    assert alb_checks.probe(target, group("/bad")) == "Target.ResponseCodeMismatch"
    assert alb_checks.probe({"Id": "127.0.0.1", "Port": 9}, group("/good", HealthCheckPort=str(port))) is None


def test_probe_of_a_closed_port(port):
    target = {"Id": "127.0.0.1", "Port": 1}
    assert alb_checks.probe(target, group("/good")) == "Target.FailedHealthChecks"


def test_a_target_gets_no_request_before_its_first_good_answer(extension, port):
    elb, ec2 = extension.client("elbv2"), extension.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    made = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.1.{n}.0/24", AvailabilityZone=f"us-east-1{zone}")
        for n, zone in enumerate("ab")
    ]
    subnets = [subnet["Subnet"]["SubnetId"] for subnet in made]
    balancer = elb.create_load_balancer(Name="gate", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    arn = elb.create_target_group(
        Name="gate", Protocol="HTTP", Port=port, VpcId=vpc, TargetType="ip", HealthCheckPath="/bad",
        HealthCheckIntervalSeconds=5, HealthCheckTimeoutSeconds=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.create_listener(
        LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}]
    )
    elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": "127.0.0.1", "Port": port}])

    def state():
        return elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"][0]["TargetHealth"]

    wait_for(lambda: state().get("Reason") == "Target.ResponseCodeMismatch", "a failed first check")
    assert state()["State"] == "initial"
    assert request(extension, "gate.alb.localhost", "/good") == 503
    elb.modify_target_group(TargetGroupArn=arn, HealthCheckPath="/good")
    wait_for(lambda: state()["State"] == "healthy", "a healthy target")
    assert request(extension, "gate.alb.localhost", "/good") == 200


def request(server, host, path):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status
    finally:
        connection.close()
