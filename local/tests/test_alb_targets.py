"""The states of targets.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from ministack.services import alb
from slipway_aws import alb_probe, alb_records, alb_targets
from slipway_aws.alb_records import Key
from slipway_aws.alb_targets import DRAINING, HEALTHY, INITIAL, UNHEALTHY, UNUSED, Target

KEY = Key("group", "10.0.0.1", 8000)


def target(state=INITIAL):
    return Target(KEY, state)


def test_a_new_target_is_healthy_after_one_good_answer():
    """After your target is registered, it must pass one health check to be considered healthy."""
    new = target()
    new.failed(2, "Target.FailedHealthChecks")
    assert (new.state, new.reason) == (INITIAL, "Elb.InitialHealthChecking")
    new.passed(5)
    assert (new.state, new.reason) == (HEALTHY, "")


def test_a_new_target_that_only_fails_is_unhealthy_at_the_threshold():
    """Elb.InitialHealthChecking: still sending the minimum number of checks (API_TargetHealth)."""
    new = target()
    new.failed(2, "Target.Timeout")
    new.failed(2, "Target.Timeout")
    assert (new.state, new.reason) == (UNHEALTHY, "Target.Timeout")
    new.passed(2)
    assert new.state == UNHEALTHY


def test_a_target_falls_out_and_comes_back_at_the_thresholds():
    """UnhealthyThresholdCount and HealthyThresholdCount count answers in a row."""
    known = target(HEALTHY)
    known.failed(2, "Target.Timeout")
    assert known.state == HEALTHY
    known.failed(2, "Target.Timeout")
    assert (known.state, known.reason) == (UNHEALTHY, "Target.Timeout")
    known.passed(3)
    known.passed(3)
    known.failed(2, "Target.Timeout")
    known.passed(3)
    known.passed(3)
    assert known.state == UNHEALTHY
    known.passed(3)
    assert known.state == HEALTHY


@pytest.mark.parametrize(
    ("states", "eligible"),
    [
        ([HEALTHY, INITIAL, UNHEALTHY], [0]),
        ([INITIAL, INITIAL], []),
        ([UNHEALTHY, UNHEALTHY], [0, 1]),
        ([UNHEALTHY, INITIAL], [0, 1]),
        ([UNHEALTHY, DRAINING], [0]),
        ([HEALTHY, DRAINING], [0]),
        ([DRAINING], []),
        ([], []),
    ],
)
def test_who_gets_traffic(states, eligible):
    """Only healthy targets do; the load balancer fails open when all of them are unhealthy."""
    targets = [target(state) for state in states]
    assert alb_targets.serving(targets) == [targets[number] for number in eligible]


@pytest.mark.parametrize(
    ("status", "matcher", "want"),
    [(200, "200", True), (204, "200", False), (302, "200,302", True), (399, "200-399", True), (404, "200-399", False)],
)
def test_matcher(status, matcher, want):
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html"""
    assert alb_probe.matches(status, matcher) is want


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


def check(path, **settings):
    return {"HealthCheckPath": path, "HealthCheckTimeoutSeconds": 5, "Matcher": {"HttpCode": "200"}, **settings}


def test_a_check_asks_the_path_on_the_port_of_the_group(port):
    here = Key("group", "127.0.0.1", port)
    assert alb_probe.probe(here, check("/good")) is None
    assert alb_probe.probe(here, check("/bad")) == "Target.ResponseCodeMismatch"
    assert alb_probe.probe(Key("group", "127.0.0.1", 9), check("/good", HealthCheckPort=str(port))) is None
    assert alb_probe.probe(Key("group", "127.0.0.1", 1), check("/good")) == "Target.FailedHealthChecks"


class Plane:
    """Stands in for the load balancer: it says how many requests are in flight, and remembers whom it cut off."""

    def __init__(self):
        self.working, self.cut = 0, []

    def apply(self, groups):
        self.serving = [t.key for targets in groups.values() for t in alb_targets.serving(targets)]

    def in_flight(self, target):
        return self.working

    def shut(self, target):
        self.cut.append(target.key)


@pytest.fixture
def monitor(monkeypatch):
    """A monitor over one group with one listener, whose checks all pass, and the list of its registered targets."""
    group = {
        "HealthCheckIntervalSeconds": 5, "HealthyThresholdCount": 2, "UnhealthyThresholdCount": 2, "TargetType": "ip",
    }  # fmt: skip
    registered = []
    monkeypatch.setattr(alb_records, "everything", lambda store: [("group", registered)])
    monkeypatch.setattr(alb_records, "find", lambda store, arn: group if store is alb._tgs else None)
    monkeypatch.setattr(alb_records, "balancers", lambda arn: ["balancer"])
    monkeypatch.setattr(alb_records, "attribute", lambda store, arn, name, default: "30")
    made = alb_targets.Monitor(Plane())
    monkeypatch.setattr(made._pool, "submit", lambda work, found, group: found.passed(2))
    return made, registered


def register(registered):
    registered.append({"Id": KEY.address, "Port": KEY.port})


def test_a_deregistered_target_drains_until_nothing_is_in_flight(monitor):
    """Deregistration is complete once nothing is in flight; the target is shown as draining for the whole delay.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
    """
    monitor, registered = monitor
    register(registered)
    monitor.round(0)
    monitor.round(0.1)
    assert monitor.plane.serving == [KEY]
    registered.clear()
    monitor.plane.working = 1
    monitor.round(10)
    monitor.round(20)
    assert (monitor.plane.serving, monitor.state(KEY).state, monitor.drained(KEY)) == ([], DRAINING, False)
    monitor.plane.working = 0
    monitor.round(21)
    assert (monitor.state(KEY).state, monitor.drained(KEY)) == (DRAINING, True)
    monitor.round(41)
    assert (monitor.state(KEY), monitor.plane.cut) == (None, [])


def test_requests_in_flight_are_cut_after_the_deregistration_delay(monitor):
    """If a deregistering target terminates late, its connections are closed after the delay (as above)."""
    monitor, registered = monitor
    register(registered)
    monitor.round(0)
    registered.clear()
    monitor.plane.working = 1
    monitor.round(10)
    monitor.round(39)
    assert (monitor.drained(KEY), monitor.plane.cut) == (False, [])
    monitor.round(41)
    assert (monitor.drained(KEY), monitor.plane.cut) == (True, [KEY])


def test_a_target_that_comes_back_starts_anew(monitor):
    monitor, registered = monitor
    register(registered)
    monitor.round(0)
    first = monitor.state(KEY)
    registered.clear()
    monitor.plane.working = 1
    monitor.round(10)
    register(registered)
    monitor.round(11)
    second = monitor.state(KEY)
    assert (second.state, second.server != first.server) == (HEALTHY, True)
    monitor.round(11.1)
    assert first.gone


def test_checks_come_at_the_interval(monitor, monkeypatch):
    """A check is sent every HealthCheckIntervalSeconds, also to a new target."""
    monitor, registered = monitor
    checks = []
    monkeypatch.setattr(monitor._pool, "submit", lambda work, found, group: checks.append(found) or no_longer(found))
    register(registered)
    for tenth in range(120):
        monitor.round(tenth / 10)
    assert len(checks) == 3


def no_longer(found):
    found.checking = False


def test_a_group_without_a_listener_is_unused(monitor, monkeypatch):
    """unused: the target group is not used in a listener rule."""
    monitor, registered = monitor
    monkeypatch.setattr(alb_records, "balancers", lambda arn: [])
    register(registered)
    monitor.round(0)
    assert (monitor.state(KEY).state, monitor.state(KEY).reason) == (UNUSED, "Target.NotInUse")
