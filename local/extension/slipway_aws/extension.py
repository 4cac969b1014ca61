"""Puts the extension over MiniStack."""

from __future__ import annotations

from slipway_aws import (
    acm_authority,
    acm_options,
    alb_certificates,
    alb_dispatch,
    alb_health,
    alb_names,
    alb_plane,
    alb_records,
    alb_settings,
    alb_targets,
    application_autoscaling,
    autoscaling_groups,
    cloudwatch_alarms,
    ec2_addresses,
    ec2_endpoints,
    ec2_flow_logs,
    ec2_interfaces,
    ec2_launch_templates,
    ec2_routes,
    ec2_security_groups,
    ec2_select,
    ecr,
    ecs_containers,
    ecs_credentials,
    ecs_dependencies,
    ecs_events,
    ecs_execution_role,
    ecs_rollout,
    ecs_stop,
    ecs_tasks,
    ecs_watch,
    events_ecs,
    guard,
    iam_roles,
    kms_managed_keys,
    kms_permissions,
    logs_filter,
    public_images,
    rds_container,
    rds_databases,
    rds_describe,
    rds_parameters,
    rds_secret,
    rds_snapshots,
    rds_subscriptions,
    secure_transport,
    ssm_documents,
    waf_acls,
)

#: In the order of installation: a later module wraps what an earlier one put in place.
MODULES = (
    secure_transport,
    application_autoscaling,
    public_images,
    ec2_select,
    ec2_security_groups,
    ec2_interfaces,
    ec2_addresses,
    ec2_routes,
    ec2_endpoints,
    ec2_flow_logs,
    ec2_launch_templates,
    autoscaling_groups,
    kms_managed_keys,
    kms_permissions,
    iam_roles,
    ssm_documents,
    cloudwatch_alarms,
    logs_filter,
    waf_acls,
    acm_options,
    acm_authority,
    alb_settings,
    alb_certificates,
    ecr,
    rds_container,
    rds_databases,
    rds_snapshots,
    rds_parameters,
    rds_describe,
    rds_secret,
    rds_subscriptions,
    ecs_credentials,
    ecs_containers,
    ecs_dependencies,
    ecs_execution_role,
    ecs_stop,
    ecs_watch,
    alb_records,
    alb_targets,
    alb_plane,
    alb_dispatch,
    alb_health,
    alb_names,
    ecs_rollout,
    ecs_tasks,
    ecs_events,
    events_ecs,
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
