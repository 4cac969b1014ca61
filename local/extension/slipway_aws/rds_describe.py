"""RDS: what MiniStack takes on creating an instance and forgets on describing it."""

from __future__ import annotations

from ministack.services import rds

REQUIRED = {"services.rds": {"_ACTION_MAP": "", "_instances": "", "_instance_xml": "i"}}


def install() -> None:
    """Keeps log exports, monitoring, Performance Insights and the certificate authority."""
    create, modify, text = rds._ACTION_MAP["CreateDBInstance"], rds._ACTION_MAP["ModifyDBInstance"], rds._instance_xml

    def create_instance(params):
        response = create(params)
        if response[0] != 200:
            return response
        instance = rds._instances[rds._p(params, "DBInstanceIdentifier")]
        _remember(instance, params, "EnableCloudwatchLogsExports")
        return rds._single_instance_response("CreateDBInstanceResponse", "CreateDBInstanceResult", instance)

    def modify_instance(params):
        response = modify(params)
        instance = rds._resolve_instance(rds._p(params, "DBInstanceIdentifier"))
        if response[0] != 200 or instance is None:
            return response
        exports = list(instance.get("EnabledCloudwatchLogsExports") or [])
        prefix = "CloudwatchLogsExportConfiguration"
        disabled = rds._parse_member_list(params, f"{prefix}.DisableLogTypes")
        enabled = rds._parse_member_list(params, f"{prefix}.EnableLogTypes")
        exports = [name for name in exports if name not in disabled]
        instance["EnabledCloudwatchLogsExports"] = exports + [name for name in enabled if name not in exports]
        _remember(instance, params, "")
        return rds._single_instance_response("ModifyDBInstanceResponse", "ModifyDBInstanceResult", instance)

    def instance_xml(instance):
        exports = "".join(f"<member>{name}</member>" for name in instance.get("EnabledCloudwatchLogsExports") or [])
        found = text(instance).replace(
            "<EnabledCloudwatchLogsExports/>", f"<EnabledCloudwatchLogsExports>{exports}</EnabledCloudwatchLogsExports>"
        )
        if instance.get("PerformanceInsightsKMSKeyId"):
            key = instance["PerformanceInsightsKMSKeyId"]
            found += f"<PerformanceInsightsKMSKeyId>{key}</PerformanceInsightsKMSKeyId>"
        return found

    rds._ACTION_MAP["CreateDBInstance"] = create_instance
    rds._ACTION_MAP["ModifyDBInstance"] = modify_instance
    rds._instance_xml = instance_xml


def _remember(instance, params, exports_prefix):
    if exports_prefix and (exports := rds._parse_member_list(params, exports_prefix)):
        instance["EnabledCloudwatchLogsExports"] = exports
    if authority := rds._p(params, "CACertificateIdentifier"):
        instance["CACertificateIdentifier"] = authority
        instance["CertificateDetails"]["CAIdentifier"] = authority
    if insights := rds._p(params, "EnablePerformanceInsights"):
        instance["PerformanceInsightsEnabled"] = insights == "true"
    if key := rds._p(params, "PerformanceInsightsKMSKeyId"):
        instance["PerformanceInsightsKMSKeyId"] = key
    if days := rds._p(params, "PerformanceInsightsRetentionPeriod"):
        instance["PerformanceInsightsRetentionPeriod"] = int(days)
    interval = instance.get("MonitoringInterval")
    if interval:
        # Enhanced monitoring writes to one log stream per instance.
        instance["EnhancedMonitoringResourceArn"] = (
            f"arn:aws:logs:{rds.get_region()}:{rds.get_account_id()}:log-group:RDSOSMetrics:log-stream:"
            f"{instance['DbiResourceId']}"
        )
