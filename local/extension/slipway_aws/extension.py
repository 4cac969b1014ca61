"""Puts the extension over MiniStack."""

from __future__ import annotations

from slipway_aws import (
    alb_checks,
    alb_health,
    alb_names,
    application_autoscaling,
    ec2_flow_logs,
    ecr,
    ecs_containers,
    ecs_credentials,
    ecs_dependencies,
    ecs_rollout,
    ecs_stop,
    ecs_watch,
    guard,
    public_images,
    rds_container,
    rds_describe,
    rds_secret,
)

#: In the order of installation: a later module wraps what an earlier one put in place.
MODULES = (
    application_autoscaling,
    public_images,
    ec2_flow_logs,
    ecr,
    rds_container,
    rds_describe,
    rds_secret,
    ecs_credentials,
    ecs_containers,
    ecs_dependencies,
    ecs_stop,
    ecs_watch,
    alb_checks,
    alb_health,
    alb_names,
    ecs_rollout,
)

_installed = False


def install() -> None:
    """Checks MiniStack and wraps it, once per process. Raises guard.Incompatible."""
    global _installed
    if _installed:
        return
    guard.check(module.REQUIRED for module in MODULES)
    for module in MODULES:
        module.install()
    _installed = True
