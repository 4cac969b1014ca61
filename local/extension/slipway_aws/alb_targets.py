"""ALB: the state of targets, from their registration and periodic checks as a target group defines them.

initial: registered, not enough checks yet. healthy: a new target after one check that passed, an unhealthy one after
HealthyThresholdCount in a row. unhealthy: after UnhealthyThresholdCount failures in a row. draining: deregistered; it
gets no new request, and those in flight have the deregistration delay. unused: no listener leads to its group.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#deregistration-delay
"""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from ministack.services import alb

from slipway_aws import alb_probe, alb_records
from slipway_aws.alb_records import Key

REQUIRED = {"services.alb": {"_tgs": "", "_targets": ""}}

INITIAL, HEALTHY, UNHEALTHY, DRAINING, UNUSED = "initial", "healthy", "unhealthy", "draining", "unused"

#: Seconds between two rounds of the scheduler.
_TICK = 0.1

_numbers = itertools.count(1)


@dataclass
class Target:
    """One registration of a target; times are of time.monotonic()."""

    key: Key
    state: str = INITIAL
    reason: str = "Elb.InitialHealthChecking"
    successes: int = 0
    failures: int = 0
    #: When the next check starts, and whether one runs.
    due: float = 0.0
    checking: bool = False
    #: When it was deregistered and when requests in flight are cut.
    left: float = 0.0
    cut: float = 0.0
    #: Whether deregistration is complete: nothing was in flight, or the delay has passed.
    gone: bool = False
    #: Whether it has ever taken requests.
    served: bool = False
    #: Name of its server in the load balancer; a target that comes back is another one.
    server: str = field(default_factory=lambda: f"t{next(_numbers)}")

    def passed(self, threshold: int) -> None:
        """One good answer; the first one is enough for a new target, `threshold` in a row for an unhealthy one."""
        self.successes, self.failures = self.successes + 1, 0
        if self.state == INITIAL or (self.state == UNHEALTHY and self.successes >= threshold):
            self.state, self.reason = HEALTHY, ""

    def failed(self, threshold: int, reason: str) -> None:
        """One bad or missing answer."""
        self.successes, self.failures = 0, self.failures + 1
        if self.failures >= threshold and self.state in (INITIAL, HEALTHY, UNHEALTHY):
            self.state, self.reason = UNHEALTHY, reason

    def leave(self, now: float, delay: float) -> None:
        """It was deregistered."""
        self.state, self.reason = DRAINING, "Target.DeregistrationInProgress"
        self.left, self.cut = now, now + delay


class Monitor:
    """All targets of all accounts and regions, followed from one thread and a small pool."""

    def __init__(self, plane=None) -> None:
        #: What carries the traffic: `apply(targets by group)`, `in_flight(group, target)`, `shut(group, target)`.
        self.plane = plane
        self._targets: dict[Key, Target] = {}
        self._draining: list[Target] = []
        self._problem = ""
        self._lock = threading.RLock()
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="slipway-health")

    def start(self) -> None:
        """Runs until the process ends."""
        threading.Thread(target=self._run, daemon=True, name="slipway-health").start()

    def _run(self) -> None:
        while True:
            try:
                self.round(time.monotonic())
            except Exception:
                alb.logger.exception("target states")
            time.sleep(_TICK)

    def round(self, now: float | None = None) -> None:
        """Takes over what was registered and deregistered, moves traffic accordingly and starts checks that are due."""
        now = time.monotonic() if now is None else now
        with self._lock:
            self._register(now)
            self._drain(now)
            for target in list(self._targets.values()):
                self._start(target, now)
            self._apply()

    def state(self, key: Key) -> Target | None:
        """The newest registration of a target, or None."""
        with self._lock:
            return self._targets.get(key) or next((t for t in reversed(self._draining) if t.key == key), None)

    def of_group(self, arn: str) -> list[Target]:
        """The targets of a group, those that are draining last."""
        with self._lock:
            return [t for t in [*self._targets.values(), *self._draining] if t.key.group == arn]

    def drained(self, key: Key) -> bool:
        """Whether every deregistration of this target is complete, so that it can be stopped."""
        with self._lock:
            return key not in self._targets and all(t.gone for t in self._draining if t.key == key)

    def _apply(self) -> None:
        try:
            if self.plane:
                self.plane.apply(self._by_group())
        except Exception as problem:
            # Whoever called an API is not to hear of it; the next round tries again.
            if str(problem) != self._problem:
                self._problem = str(problem)
                alb.logger.exception("load balancers")
        else:
            self._problem = ""

    def _by_group(self) -> dict[str, list[Target]]:
        found: dict[str, list[Target]] = {}
        for target in [*self._targets.values(), *self._draining]:
            found.setdefault(target.key.group, []).append(target)
        return found

    def _register(self, now: float) -> None:
        known = {}
        for arn, targets in alb_records.everything(alb._targets):
            group = alb_records.find(alb._tgs, arn)
            if group:
                known |= {alb_records.key(arn, target, group): group for target in list(targets)}
        for key in known.keys() - self._targets.keys():
            self._targets[key] = Target(key, due=now)
            # The same address is another target now: what is left of the old one has nobody to answer it.
            for old in self._draining:
                if old.key == key:
                    old.cut = min(old.cut, now)
        for key in self._targets.keys() - known.keys():
            target = self._targets.pop(key)
            target.leave(now, alb_records.deregistration_delay(key.group))
            self._draining.append(target)

    def _drain(self, now: float) -> None:
        for target in list(self._draining):
            overdue = now >= target.cut
            if self.plane is None or not alb_records.find(alb._tgs, target.key.group):
                target.gone = True
            elif not target.gone:
                # It takes one round until no new request can reach it.
                target.gone = now > target.left and self.plane.in_flight(target) == 0
                if overdue and not target.gone:
                    self.plane.shut(target)
                    target.gone = True
            if overdue and target.gone:
                self._draining.remove(target)

    def _start(self, target: Target, now: float) -> None:
        group = alb_records.find(alb._tgs, target.key.group)
        if group is None or not alb_records.checked(group):
            target.state, target.reason = HEALTHY, ""
            return
        if not alb_records.balancers(target.key.group):
            target.state, target.reason, target.due = UNUSED, "Target.NotInUse", now
            return
        if target.state == UNUSED:
            target.state, target.reason = INITIAL, "Elb.InitialHealthChecking"
        if target.checking or now < target.due:
            return
        # The time that an answer takes does not move the next check.
        target.checking, target.due = True, now + group["HealthCheckIntervalSeconds"]
        self._pool.submit(self._check, target, dict(group))

    def _check(self, target: Target, group: dict) -> None:
        try:
            reason = alb_probe.probe(target.key, group)
        except Exception:
            alb.logger.exception("health check of %s", target.key)
            reason = "Elb.InternalError"
        with self._lock:
            target.checking = False
            if target.state in (DRAINING, UNUSED):
                return
            before = target.state
            if reason is None:
                target.passed(group["HealthyThresholdCount"])
            else:
                target.failed(group["UnhealthyThresholdCount"], reason)
        if target.state != before:
            self.round()


MONITOR = Monitor()


def install() -> None:
    """Nothing is wrapped: `MONITOR.start` reads MiniStack's target groups."""


def serving(targets: list[Target]) -> list[Target]:
    """Those of a group that may get a request: the healthy ones, or all of them when all are unhealthy (fail open)."""
    present = [target for target in targets if target.state != DRAINING]
    healthy = [target for target in present if target.state == HEALTHY]
    if healthy or not any(target.state == UNHEALTHY for target in present):
        return healthy
    return present
