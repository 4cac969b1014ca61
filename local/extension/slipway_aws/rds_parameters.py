"""RDS: the parameters of a group take effect in the database.

MiniStack keeps the parameters of a PostgreSQL group and does nothing with them, so that a lock would be waited for
longer than the group allows. Parameters that need a restart, and those that only RDS knows, stay without effect.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Parameters.html
"""

from __future__ import annotations

import logging
import re

from ministack.services import rds

from slipway_aws import rds_databases
from slipway_aws.query_protocol import request

REQUIRED = {
    "services.rds": {
        "_ACTION_MAP": "",
        "_param_groups": "",
        "_instances": "",
        "_resolve_instance": "db_id",
        "_wait_for_database_ready": "host, port, engine, user, password, db_name, is_container_alive",
    }
}

_logger = logging.getLogger("slipway.rds")
_NAME = re.compile(r"[a-z_]+")


def install() -> None:
    """Wraps the wait for a database and the changes of groups."""
    wait = rds._wait_for_database_ready

    def wait_for_database_ready(host, port, engine, user, password, db_name, is_container_alive):
        ready = wait(host, port, engine, user, password, db_name, is_container_alive)
        instance = rds_databases.by_address(host) if ready else None
        if instance:
            apply(instance)
        return ready

    rds._wait_for_database_ready = wait_for_database_ready
    for action in ("ModifyDBParameterGroup", "ResetDBParameterGroup", "ModifyDBInstance"):
        rds._ACTION_MAP[action] = _applying(action, rds._ACTION_MAP[action])


def _applying(action, original):
    def call(params):
        response = original(params)
        if response[0] != 200:
            return response
        given = request("rds", action, params)
        name = given.get("DBParameterGroupName")
        changed = rds._resolve_instance(given["DBInstanceIdentifier"]) if action == "ModifyDBInstance" else None
        for instance in [changed] if changed else list(rds._instances.values()):
            if name and name in _groups(instance):
                apply(instance)
        return response

    return call


def _groups(instance) -> list[str]:
    return [group["DBParameterGroupName"] for group in instance.get("DBParameterGroups") or []]


def statements(parameters: dict) -> list[str]:
    """SQL that sets the parameters of a group, and no others."""
    found = ["ALTER SYSTEM RESET ALL"]
    for name, setting in sorted(parameters.items()):
        value = str(setting.get("ParameterValue") or "").replace("'", "''")
        if _NAME.fullmatch(name) and value and "{" not in value:
            found.append(f"ALTER SYSTEM SET {name} = '{value}'")
    return [*found, "SELECT pg_reload_conf()"]


def apply(instance: dict) -> None:
    """Sets the parameters of the instance's groups."""
    database = rds_databases.container(instance)
    groups = [rds._param_groups[name] for name in _groups(instance) if name in rds._param_groups]
    if database is None or not groups:
        return
    wanted = {name: setting for group in groups for name, setting in (group.get("Parameters") or {}).items()}
    try:
        rds_databases.psql(instance, database, statements(wanted))
    except rds_databases.CommandFailed as failure:
        _logger.warning("parameters of %s: %s", instance["DBInstanceIdentifier"], failure)
