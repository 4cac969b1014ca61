"""RDS: an instance has all that it was created, restored, replicated or modified with.

MiniStack keeps what creation needs and drops half of the rest; restored instances and replicas keep next to nothing.
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
"""

from __future__ import annotations

from ministack.core.responses import get_account_id, get_region, now_iso
from ministack.services import rds

from slipway_aws.query_protocol import encode, request

REQUIRED = {
    "services.rds": {
        "_ACTION_MAP": "",
        "_instances": "",
        "_subnet_groups": "",
        "_tags": "",
        "_apply_instance_filters": "instances, filters",
        "_instance_xml": "i",
        "_resolve_instance": "db_id",
        "_single_instance_response": "root_tag, result_tag, instance",
    }
}

#: Members of a request that an instance has under the same name.
_SAME = (
    "AllocatedStorage", "AutoMinorVersionUpgrade", "BackupRetentionPeriod", "BackupTarget", "CACertificateIdentifier",
    "CopyTagsToSnapshot", "DBInstanceClass", "DeletionProtection", "EngineLifecycleSupport", "Iops", "KmsKeyId",
    "MaxAllocatedStorage", "MonitoringInterval", "MonitoringRoleArn", "MultiAZ", "NetworkType",
    "PerformanceInsightsKMSKeyId", "PerformanceInsightsRetentionPeriod", "PreferredBackupWindow",
    "PreferredMaintenanceWindow", "PubliclyAccessible", "StorageThroughput", "StorageType",
)  # fmt: skip
#: Those of a modification that MiniStack does not apply; it has the others applied or pending.
_MODIFIED = (
    "AutoMinorVersionUpgrade", "CACertificateIdentifier", "NetworkType", "PerformanceInsightsKMSKeyId",
    "PerformanceInsightsRetentionPeriod", "StorageThroughput",
)  # fmt: skip
_RENAMED = {
    "EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled",
    "EnablePerformanceInsights": "PerformanceInsightsEnabled",
    "EnableCloudwatchLogsExports": "EnabledCloudwatchLogsExports",
}
_CREATING = ("CreateDBInstance", "CreateDBInstanceReadReplica", "RestoreDBInstanceFromDBSnapshot")


def install() -> None:
    """Wraps the actions that make or change an instance, replaces its description."""
    for action in _CREATING:
        rds._ACTION_MAP[action] = _creating(action, rds._ACTION_MAP[action])
    rds._ACTION_MAP["ModifyDBInstance"] = _modifying(rds._ACTION_MAP["ModifyDBInstance"])
    rds._instance_xml = instance_xml
    rds._apply_instance_filters = _filtering(rds._apply_instance_filters)


def _filtering(original):
    """MiniStack passes over a filter for the resource ID, by which the AWS provider waits for a deletion."""

    def call(instances, filters):
        wanted = filters.get("dbi-resource-id")
        return [i for i in original(instances, filters) if wanted is None or i["DbiResourceId"] in wanted]

    return call


def _creating(action, original):
    def call(params):
        given = request("rds", action, params)
        replica = action == "CreateDBInstanceReadReplica"
        response = original(params)
        if response[0] != 200:
            return response
        instance = rds._instances[given["DBInstanceIdentifier"]]
        if replica:
            # What a replica does not take over from its source.
            # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstanceReadReplica.html
            instance |= {"EnabledCloudwatchLogsExports": [], "MonitoringInterval": 0, "MonitoringRoleArn": "",
                         "DeletionProtection": False, "MultiAZ": False, "BackupRetentionPeriod": 0}
            instance.pop("MasterUserSecret", None)
            # It reads from its source's database.
            instance["Endpoint"] = dict(rds._resolve_instance(given["SourceDBInstanceIdentifier"])["Endpoint"])
        instance.setdefault("EngineLifecycleSupport", "open-source-rds-extended-support")
        _remember(instance, given, _SAME)
        if tags := given.get("Tags"):
            instance["TagList"] = [{"Key": tag["Key"], "Value": tag.get("Value", "")} for tag in tags]
            rds._tags[instance["DBInstanceArn"]] = instance["TagList"]
        return rds._single_instance_response(f"{action}Response", f"{action}Result", instance)

    return call


def _modifying(original):
    def call(params):
        response = original(params)
        given = request("rds", "ModifyDBInstance", params)
        instance = rds._resolve_instance(given.get("DBInstanceIdentifier", ""))
        if response[0] != 200 or instance is None:
            return response
        exports = given.get("CloudwatchLogsExportConfiguration") or {}
        disabled, enabled = exports.get("DisableLogTypes") or [], exports.get("EnableLogTypes") or []
        kept = [name for name in instance.get("EnabledCloudwatchLogsExports") or [] if name not in disabled]
        instance["EnabledCloudwatchLogsExports"] = kept + [name for name in enabled if name not in kept]
        _remember(instance, {member: given[member] for member in (*_MODIFIED, *_RENAMED) if member in given}, _MODIFIED)
        return rds._single_instance_response("ModifyDBInstanceResponse", "ModifyDBInstanceResult", instance)

    return call


def _remember(instance, given, members) -> None:
    instance |= {member: given[member] for member in members if member in given}
    instance |= {member: given[name] for name, member in _RENAMED.items() if name in given}
    if authority := given.get("CACertificateIdentifier"):
        instance["CertificateDetails"] = {**(instance.get("CertificateDetails") or {}), "CAIdentifier": authority}
    if groups := given.get("VpcSecurityGroupIds"):
        instance["VpcSecurityGroups"] = [{"VpcSecurityGroupId": group, "Status": "active"} for group in groups]
    if name := given.get("DBParameterGroupName"):
        instance["DBParameterGroups"] = [{"DBParameterGroupName": name, "ParameterApplyStatus": "in-sync"}]
    if (name := given.get("DBSubnetGroupName")) in rds._subnet_groups:
        instance["DBSubnetGroup"] = rds._subnet_groups[name]
    if instance.get("MonitoringInterval"):
        # Enhanced monitoring writes to one log stream per instance.
        instance["EnhancedMonitoringResourceArn"] = (
            f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:RDSOSMetrics:log-stream:"
            f"{instance['DbiResourceId']}"
        )


def instance_xml(instance):
    """All members of an instance that the API knows."""
    described = {"LatestRestorableTime": now_iso(), **instance}
    for member in ("MaxAllocatedStorage", "ReadReplicaSourceDBInstanceIdentifier", "KmsKeyId", "DBClusterIdentifier"):
        if not described.get(member):
            described.pop(member, None)
    return encode("rds", "DBInstance", described)
