"""RDS: snapshots with the data of their instance.

MiniStack's snapshots are records, and an instance restored from one has no database. Here a snapshot holds a dump of
the instance, the final one too, and what is restored from it has a database of its own with that content.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RestoreFromSnapshot.html
"""

from __future__ import annotations

from ministack.services import rds

from slipway_aws import rds_databases
from slipway_aws.query_protocol import request

REQUIRED = {
    "services.rds": {
        "_ACTION_MAP": "",
        "_snapshots": "",
        "_instances": "",
        "_create_snapshot_internal": "snap_id, instance",
        "_wait_for_database_ready": "host, port, engine, user, password, db_name, is_container_alive",
        "_resolve_instance": "db_id",
        "_error": "code, message, status",
        "_single_instance_response": "root_tag, result_tag, instance",
    }
}

#: Keys of records: the dump that an instance or a snapshot holds, and the password that goes with it.
_DUMP, _PASSWORD = "_dump", "_MasterUserPassword"
#: Members that a restored instance has from its snapshot.
_RESTORED = ("Engine", "EngineVersion", "AllocatedStorage", "StorageType", "KmsKeyId", "Port")

#: Identifiers of instances that wait for their data -> the dump.
_restoring: dict[str, bytes] = {}


def install() -> None:
    """Wraps snapshots, the end of an instance, restoring, and the wait for a database."""
    snapshot, wait = rds._create_snapshot_internal, rds._wait_for_database_ready
    delete, create = rds._ACTION_MAP["DeleteDBInstance"], rds._ACTION_MAP["CreateDBInstance"]
    restore = rds._ACTION_MAP["RestoreDBInstanceFromDBSnapshot"]

    def create_snapshot_internal(snap_id, instance):
        made = snapshot(snap_id, instance)
        made[_DUMP] = instance.pop(_DUMP, None) or rds_databases.dump(instance)
        made[_PASSWORD] = instance.get(_PASSWORD)
        return made

    def delete_db_instance(params):
        given = request("rds", "DeleteDBInstance", params)
        instance = rds._resolve_instance(given.get("DBInstanceIdentifier", ""))
        final, skip = given.get("FinalDBSnapshotIdentifier"), given.get("SkipFinalSnapshot", False)
        if instance and bool(final) == skip:
            what = "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified, and excluded if it is."
            return rds._error("InvalidParameterCombination", what, 400)
        if instance and final and not instance.get("DeletionProtection"):
            if final in rds._snapshots:
                return rds._error("DBSnapshotAlreadyExists", f"Snapshot {final} already exists.", 400)
            # The container is gone when MiniStack makes the final snapshot.
            instance[_DUMP] = rds_databases.dump(instance)
        return delete(params)

    def restore_from_snapshot(params):
        given = request("rds", "RestoreDBInstanceFromDBSnapshot", params)
        name = given.get("DBInstanceIdentifier", "")
        source = rds._snapshots.get(given.get("DBSnapshotIdentifier", "").rpartition(":snapshot:")[2])
        if not source or not source.get(_DUMP):
            return restore(params)
        _restoring[name] = source[_DUMP]
        made = {member: str(source[member]) for member in _RESTORED if source.get(member)}
        made |= {"MasterUsername": source["MasterUsername"], "MasterUserPassword": source[_PASSWORD]}
        made |= {"DBName": source["DBName"], "StorageEncrypted": str(source["StorageEncrypted"]).lower()}
        response = create({**{member: [value] for member, value in made.items()}, **params})
        if response[0] != 200:
            _restoring.pop(name, None)
            return response
        action = "RestoreDBInstanceFromDBSnapshot"
        return rds._single_instance_response(f"{action}Response", f"{action}Result", rds._instances[name])

    def wait_for_database_ready(host, port, engine, user, password, db_name, is_container_alive):
        ready = wait(host, port, engine, user, password, db_name, is_container_alive)
        instance = rds_databases.by_address(host) if ready else None
        data = instance and _restoring.pop(instance["DBInstanceIdentifier"], None)
        if data:
            rds_databases.load(instance, data)
        return ready

    rds._create_snapshot_internal = create_snapshot_internal
    rds._wait_for_database_ready = wait_for_database_ready
    rds._ACTION_MAP["DeleteDBInstance"] = delete_db_instance
    rds._ACTION_MAP["RestoreDBInstanceFromDBSnapshot"] = restore_from_snapshot
