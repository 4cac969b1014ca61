"""A stack to test against: the one that is up already, or one that is brought up and taken down again."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ecs import Service
from traffic import ROOT

#: Tasks of the app while it is tested: with one alone, its end is an outage.
TASKS = 2


def is_up(stack: str) -> bool:
    """Whether the local AWS runs and the stack has outputs."""
    asked = subprocess.run(
        [ROOT / "scripts/pulumi", stack, "stack", "output", "serviceName"], cwd=ROOT, capture_output=True, text=True
    )
    return asked.returncode == 0 and bool(asked.stdout.strip())


@contextmanager
def running(slipway, client: Callable) -> Iterator[Service]:
    """The stack's service with two tasks; afterwards everything is as it was found."""
    found = is_up(slipway.stack)
    if not found:
        slipway.make("up", "AUTH=true")
    try:
        outputs = slipway.outputs()
        service = Service(client, outputs["clusterName"], outputs["serviceName"])
        before = service.describe()["desiredCount"]
        service.scale(TASKS)
        yield service
        if found:
            service.scale(before)
    finally:
        if not found:
            slipway.make("down")
