"""`python -m slipway_aws`: MiniStack with the extension, served on the container's ports."""

from __future__ import annotations

import sys

from slipway_aws.guard import Incompatible


def main() -> None:
    """Serves until SIGTERM."""
    from slipway_aws import extension

    try:
        extension.install()
    except Incompatible as problem:
        sys.exit(f"slipway_aws: {problem}")
    from slipway_aws import alb_plane, alb_targets, ecs_scheduler, server
    from slipway_aws.settings import SETTINGS

    if SETTINGS.http:
        ports = (f"{SETTINGS.bind}:{port}" for port in (SETTINGS.http, SETTINGS.https))
        alb_targets.MONITOR.plane = alb_plane.LoadBalancers(SETTINGS.directory, *ports)
    alb_targets.MONITOR.start()
    ecs_scheduler.start()
    server.serve()


if __name__ == "__main__":
    main()
