"""ALB: the health of targets, from periodic checks as a target group defines them.

A target is healthy after it passed one check, and unhealthy after UnhealthyThresholdCount failures in a row.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from __future__ import annotations

import http.client
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ministack.services import alb

REQUIRED = {"services.alb": {"_tgs": "", "_targets": ""}}

INITIAL, HEALTHY, UNHEALTHY = "initial", "healthy", "unhealthy"

#: Seconds between two rounds of the scheduler.
_TICK = 0.2
#: Seconds between two checks of a target that has not answered yet. AWS spreads the first check over the interval;
#: a local run should not wait for that.
_FIRST_INTERVAL = 0.5


@dataclass
class Target:
    """One registered target's health."""

    state: str = INITIAL
    reason: str = "Elb.InitialHealthChecking"
    successes: int = 0
    failures: int = 0
    due: float = 0.0
    checking: bool = False

    def passed(self, threshold: int) -> None:
        """One good answer; the first one is enough for a new target, `threshold` in a row for an unhealthy one."""
        self.successes, self.failures = self.successes + 1, 0
        if self.state == INITIAL or self.successes >= threshold:
            self.state, self.reason = HEALTHY, ""

    def failed(self, threshold: int, reason: str) -> None:
        """One bad or missing answer."""
        self.successes, self.failures = 0, self.failures + 1
        if self.failures >= threshold and self.state != INITIAL:
            self.state, self.reason = UNHEALTHY, reason
        elif self.state == INITIAL:
            self.reason = reason


class Monitor:
    """Checks all targets of all accounts and regions from one thread and a small pool."""

    def __init__(self) -> None:
        self._targets: dict[tuple[str, str, int], Target] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="slipway-health")

    def start(self) -> None:
        """Runs until the process ends."""
        threading.Thread(target=self._run, daemon=True, name="slipway-health").start()

    def get(self, group_arn: str, target: dict, group: dict) -> Target:
        """The health of a registered target."""
        with self._lock:
            return self._targets.setdefault(key(group_arn, target, group), Target())

    def _run(self) -> None:
        while True:
            try:
                self.round(time.monotonic())
            except Exception:
                alb.logger.exception("health check scheduler")
            time.sleep(_TICK)

    def round(self, now: float) -> None:
        """Starts the checks that are due and forgets targets that are gone."""
        groups, known = dict(_all(alb._tgs)), set()
        for arn, targets in _all(alb._targets):
            group = groups.get(arn)
            if group is None or not checked(group):
                continue
            for target in list(targets):
                known.add(key(arn, target, group))
                self._start(arn, target, group, now)
        with self._lock:
            for gone in self._targets.keys() - known:
                del self._targets[gone]

    def _start(self, arn: str, target: dict, group: dict, now: float) -> None:
        health = self.get(arn, target, group)
        if health.checking or now < health.due:
            return
        health.checking = True
        self._pool.submit(self._check, health, target, dict(group))

    def _check(self, health: Target, target: dict, group: dict) -> None:
        reason = probe(target, group)
        with self._lock:
            if reason is None:
                health.passed(group["HealthyThresholdCount"])
            else:
                health.failed(group["UnhealthyThresholdCount"], reason)
            interval = group["HealthCheckIntervalSeconds"]
            health.due = time.monotonic() + (min(interval, _FIRST_INTERVAL) if health.state == INITIAL else interval)
            health.checking = False


MONITOR = Monitor()


def _all(store) -> list[tuple[str, object]]:
    """Records of every account and region by their ARN, which is unique among them."""
    return [(scoped[-1], record) for scoped, record in list(store._data.items())]


def checked(group: dict) -> bool:
    """Whether a target group has health checks at all."""
    return group.get("TargetType") != "lambda" and group.get("HealthCheckEnabled", True)


def key(group_arn: str, target: dict, group: dict) -> tuple[str, str, int]:
    """Identifies a target within its group."""
    return group_arn, str(target["Id"]), int(target.get("Port") or group.get("Port") or 80)


def probe(target: dict, group: dict) -> str | None:
    """One check; None when it passes, else AWS's reason code."""
    port = group.get("HealthCheckPort", "traffic-port")
    number = key("", target, group)[2] if port == "traffic-port" else int(port)
    timeout = group["HealthCheckTimeoutSeconds"]
    if group.get("HealthCheckProtocol") == "HTTPS":
        context = ssl.create_default_context()
        # A load balancer does not verify its targets' certificates.
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(target["Id"], number, timeout=timeout, context=context)
    else:
        connection = http.client.HTTPConnection(target["Id"], number, timeout=timeout)
    try:
        headers = {"User-Agent": "ELB-HealthChecker/2.0", "Connection": "close"}
        connection.request("GET", group.get("HealthCheckPath") or "/", headers=headers)
        status = connection.getresponse().status
    except TimeoutError:
        return "Target.Timeout"
    except (OSError, http.client.HTTPException):
        return "Target.FailedHealthChecks"
    finally:
        connection.close()
    return None if matches(status, group["Matcher"]["HttpCode"]) else "Target.ResponseCodeMismatch"


def matches(status: int, matcher: str) -> bool:
    """Whether a matcher such as "200", "200,302" or "200-399" accepts a status."""
    for part in matcher.split(","):
        low, _, high = part.strip().partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False


def install() -> None:
    """Nothing is wrapped: `MONITOR.start` reads MiniStack's target groups."""
