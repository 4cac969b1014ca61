"""What is up."""

from __future__ import annotations

from slipway_local import engine, names, server
from slipway_local.docker_client import available
from slipway_local.steps import say


def show() -> bool:
    """Prints one line per part; returns whether the local AWS answers."""
    if not available():
        say("engine     no Docker engine answers")
        return False
    say(f"engine     up, started by {'us' if engine.ours() else 'others'}")
    container = server.find()
    up = container is not None and server.answers()
    state = f"up at {names.ENDPOINT}" if up else f"{container.status}, does not answer" if container else "not up"
    say(f"local AWS  {state}")
    for workload in server.workloads():
        workload.reload()
        say(f"  {workload.labels.get(names.LABEL_MINISTACK, '?'):4} {workload.status:8} {workload.name}")
    return up
