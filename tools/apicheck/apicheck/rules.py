"""What AWS refuses although a model allows it: rules between members, each with the document that states it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from apicheck.decode import Call, Fault

_DOCS = "https://docs.aws.amazon.com/"


@dataclass(frozen=True)
class Rule:
    """One rule: what it says, where that stands, and its check, which yields what is wrong."""

    name: str
    #: `service:Operation`, several, or `*`.
    calls: tuple[str, ...]
    text: str
    document: str
    check: Callable[[dict, History], Iterator[str]]


@dataclass
class History:
    """What went before, for rules about several requests."""

    by_call: dict[str, list[dict]] = field(default_factory=lambda: defaultdict(list))
    #: The call being checked.
    now: str = ""

    def find(self, call: str, **wanted) -> dict | None:
        """The parameters of the last such call with these values."""
        fitting = (p for p in reversed(self.by_call[call]) if all(p.get(k) == v for k, v in wanted.items()))
        return next(fitting, None)


RULES: list[Rule] = []


def rule(name: str, calls: str, text: str, document: str):
    """Adds a rule to the table."""

    def add(check):
        RULES.append(Rule(name, tuple(calls.split()), text, _DOCS + document, check))
        return check

    return add


def check(call: Call, history: History, *, sound: bool = True) -> list[Fault]:
    """What the rules refuse in a call, which becomes a part of the history when it was answered well.

    Rules ask about parameters that have the model's shape: a call that is not `sound` is left to the model.
    """
    history.now = str(call)
    faults = [
        Fault("", one.name, f"{found} ({one.text}: {one.document})")
        for one in (RULES if sound else ())
        if "*" in one.calls or str(call) in one.calls
        for found in one.check(call.parameters, history)
    ]
    if call.request is None or call.request.status < 400:
        history.by_call[str(call)].append(call.parameters)
    return faults


# RDS --------------------------------------------------------------------------

_INSTANCE = "rds:CreateDBInstance rds:CreateDBInstanceReadReplica rds:RestoreDBInstanceFromDBSnapshot rds:ModifyDBInstance"


@rule("rds-identifier", _INSTANCE, "1 to 63 letters, digits and single hyphens, beginning with a letter, ending in no hyphen",
      "AmazonRDS/latest/APIReference/API_CreateDBInstance.html")  # fmt: skip
def _(p, _history):
    name = p.get("DBInstanceIdentifier", "")
    if not re.fullmatch(r"[a-zA-Z](-?[a-zA-Z0-9])*", name) or len(name) > 63:
        yield f"DBInstanceIdentifier {name!r}"


@rule("rds-password", _INSTANCE, "a managed master password excludes a given one", "AmazonRDS/latest/APIReference/API_CreateDBInstance.html")
def _(p, _history):
    if p.get("ManageMasterUserPassword") and "MasterUserPassword" in p:
        yield "ManageMasterUserPassword and MasterUserPassword"


@rule("rds-replica-password", "rds:CreateDBInstanceReadReplica",
      "RDS for PostgreSQL has no read replica of an instance whose master password Secrets Manager keeps",
      "AmazonRDS/latest/UserGuide/rds-secrets-manager.html")  # fmt: skip
def _(p, history):
    source = history.find("rds:CreateDBInstance", DBInstanceIdentifier=p.get("SourceDBInstanceIdentifier")) or {}
    later = history.find("rds:ModifyDBInstance", DBInstanceIdentifier=p.get("SourceDBInstanceIdentifier"), ManageMasterUserPassword=False)
    if source.get("ManageMasterUserPassword") and source.get("Engine") == "postgres" and not later:
        yield f"a replica of {p['SourceDBInstanceIdentifier']}, which has a managed password"


@rule("rds-replica-backups", "rds:CreateDBInstanceReadReplica", "the source of a replica needs automatic backups",
      "AmazonRDS/latest/UserGuide/USER_ReadRepl.Create.html")  # fmt: skip
def _(p, history):
    source = history.find("rds:CreateDBInstance", DBInstanceIdentifier=p.get("SourceDBInstanceIdentifier")) or {}
    if source.get("BackupRetentionPeriod") == 0:
        yield "the source's BackupRetentionPeriod is 0"


@rule("rds-storage", _INSTANCE, "the most that storage grows to is at least 10 % above what there is",
      "AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html")  # fmt: skip
def _(p, _history):
    size, most = p.get("AllocatedStorage"), p.get("MaxAllocatedStorage")
    if size and most and most < size * 1.1 and most != 0:
        yield f"MaxAllocatedStorage {most} with AllocatedStorage {size}"


@rule("rds-backups", _INSTANCE, "backups are kept 0 to 35 days", "AmazonRDS/latest/APIReference/API_CreateDBInstance.html")
def _(p, _history):
    if not 0 <= p.get("BackupRetentionPeriod", 0) <= 35:
        yield f"BackupRetentionPeriod {p['BackupRetentionPeriod']}"


@rule("rds-monitoring", _INSTANCE, "an interval of 0, 1, 5, 10, 15, 30 or 60 s; with one, a role, and the other way round",
      "AmazonRDS/latest/APIReference/API_CreateDBInstance.html")  # fmt: skip
def _(p, _history):
    interval = p.get("MonitoringInterval")
    if interval not in (None, 0, 1, 5, 10, 15, 30, 60):
        yield f"MonitoringInterval {interval}"
    if interval and "MonitoringRoleArn" not in p:
        yield "MonitoringInterval without MonitoringRoleArn"
    if "MonitoringRoleArn" in p and interval == 0:
        yield "MonitoringRoleArn with MonitoringInterval 0"


@rule("rds-insights", _INSTANCE, "Performance Insights are kept 7 days, 731 or so many months of 31",
      "AmazonRDS/latest/APIReference/API_CreateDBInstance.html")  # fmt: skip
def _(p, _history):
    days = p.get("PerformanceInsightsRetentionPeriod")
    if days is not None and days not in (7, 731) and not (days % 31 == 0 and 31 <= days <= 23 * 31):
        yield f"PerformanceInsightsRetentionPeriod {days}"


@rule("rds-windows", _INSTANCE, "windows of 30 minutes or more in UTC; backups and maintenance don't meet",
      "AmazonRDS/latest/APIReference/API_CreateDBInstance.html")  # fmt: skip
def _(p, _history):
    backup, maintenance = p.get("PreferredBackupWindow"), p.get("PreferredMaintenanceWindow")
    times: dict[str, tuple[int, int]] = {}
    for name, window in (("backup", backup), ("maintenance", maintenance)):
        if window is None:
            continue
        day = r"(?:mon|tue|wed|thu|fri|sat|sun):" if name == "maintenance" else ""
        found = re.fullmatch(rf"{day}(\d\d):(\d\d)-{day}(\d\d):(\d\d)", window.lower())
        if not found:
            yield f"{name} window {window!r}"
            continue
        a, b, c, d = map(int, found.groups())
        times[name] = a * 60 + b, c * 60 + d
        if (times[name][1] - times[name][0]) % 1440 < 30:
            yield f"{name} window {window} is shorter than 30 minutes"
    if len(times) == 2:
        (a, b), (c, d) = times.values()
        if max(a, c) < min(b, d):
            yield f"backups at {backup} and maintenance at {maintenance} overlap"


@rule("rds-final-snapshot", "rds:DeleteDBInstance", "a final snapshot has a name, or is skipped and has none",
      "AmazonRDS/latest/APIReference/API_DeleteDBInstance.html")  # fmt: skip
def _(p, _history):
    if bool(p.get("SkipFinalSnapshot")) == ("FinalDBSnapshotIdentifier" in p):
        yield f"SkipFinalSnapshot {p.get('SkipFinalSnapshot')}, FinalDBSnapshotIdentifier {p.get('FinalDBSnapshotIdentifier')}"


_STATIC = {"shared_preload_libraries", "max_connections", "shared_buffers", "wal_level", "max_wal_senders", "rds.logical_replication",
           "max_replication_slots", "max_worker_processes", "track_activity_query_size", "huge_pages"}  # fmt: skip


@rule("rds-apply", "rds:ModifyDBParameterGroup", "a static parameter is applied by a restart only",
      "AmazonRDS/latest/APIReference/API_ModifyDBParameterGroup.html")  # fmt: skip
def _(p, _history):
    for one in p.get("Parameters", []):
        if one.get("ParameterName") in _STATIC and one.get("ApplyMethod") != "pending-reboot":
            yield f"{one['ParameterName']} by {one.get('ApplyMethod')}"
    if len(p.get("Parameters", [])) > 20:
        yield f"{len(p['Parameters'])} parameters in one request; 20 are allowed"


@rule("rds-user", "rds:CreateDBInstance", "1 to 63 letters, digits, _; a letter first; no word that PostgreSQL reserves",
      "AmazonRDS/latest/APIReference/API_CreateDBInstance.html")  # fmt: skip
def _(p, _history):
    for key in ("MasterUsername", "DBName"):
        word = p.get(key)
        if word is not None and (not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]{0,62}", word) or word.lower() in {"rdsadmin", "admin", "user", "all", "table", "default"}):  # fmt: skip
            yield f"{key} {word!r}"


# ECS --------------------------------------------------------------------------

#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
_SIZES = {256: (512, 1024, 2048), 512: range(1024, 4097, 1024), 1024: range(2048, 8193, 1024), 2048: range(4096, 16385, 1024),
          4096: range(8192, 30721, 1024), 8192: range(16384, 61441, 4096), 16384: range(32768, 122881, 8192)}  # fmt: skip
_ECS = "AmazonECS/latest/"


@rule("ecs-size", "ecs:RegisterTaskDefinition", "Fargate has certain pairs of CPU and memory, and the network mode awsvpc",
      _ECS + "developerguide/fargate-tasks-services.html")  # fmt: skip
def _(p, _history):
    if "FARGATE" not in p.get("requiresCompatibilities", []):
        return
    cpu, memory = p.get("cpu", "0"), p.get("memory", "0")
    if not (cpu.isdigit() and memory.isdigit() and int(memory) in _SIZES.get(int(cpu), ())):
        yield f"cpu {cpu} with memory {memory}"
    if p.get("networkMode") != "awsvpc":
        yield f"networkMode {p.get('networkMode')}"


@rule("ecs-execution-role", "ecs:RegisterTaskDefinition", "secrets, awslogs and images of ECR need an execution role",
      _ECS + "developerguide/task_execution_IAM_role.html")  # fmt: skip
def _(p, _history):
    needs = [c["name"] for c in p.get("containerDefinitions", []) if c.get("secrets") or c.get("logConfiguration", {}).get("logDriver") == "awslogs" or ".dkr.ecr." in c.get("image", "")]  # fmt: skip
    if needs and "executionRoleArn" not in p:
        yield f"no executionRoleArn for {', '.join(needs)}"


@rule("ecs-containers", "ecs:RegisterTaskDefinition", "one essential container; dependencies on containers of the task, HEALTHY on those with a check",
      _ECS + "APIReference/API_ContainerDefinition.html")  # fmt: skip
def _(p, _history):
    containers = {c.get("name"): c for c in p.get("containerDefinitions", [])}
    if containers and not any(c.get("essential", True) for c in containers.values()):
        yield "no container is essential"
    volumes = {v.get("name") for v in p.get("volumes", [])}
    for name, c in containers.items():
        for mount in c.get("mountPoints", []):
            if mount.get("sourceVolume") not in volumes:
                yield f"{name} mounts {mount.get('sourceVolume')}, which is no volume"
        for other in c.get("dependsOn", []):
            if other["containerName"] not in containers:
                yield f"{name} depends on {other['containerName']}, which is not there"
            elif other["condition"] == "HEALTHY" and "healthCheck" not in containers[other["containerName"]]:
                yield f"{name} waits for {other['containerName']}, which has no health check"
            elif other["condition"] in ("COMPLETE", "SUCCESS") and containers[other["containerName"]].get("essential", True):
                yield f"{name} waits for the end of {other['containerName']}, which is essential"


@rule("ecs-environment", "ecs:RegisterTaskDefinition", "a name once among a container's variables and secrets",
      _ECS + "APIReference/API_ContainerDefinition.html")  # fmt: skip
def _(p, _history):
    for c in p.get("containerDefinitions", []):
        names = [v.get("name") for v in c.get("environment", []) + c.get("secrets", [])]
        for name in {n for n in names if names.count(n) > 1}:
            yield f"{c.get('name')} has {name} twice"


@rule("ecs-health", "ecs:RegisterTaskDefinition", "CMD or CMD-SHELL first; interval 5-300 s, timeout 2-60 s, 1-10 retries, start period 0-300 s",
      _ECS + "APIReference/API_HealthCheck.html")  # fmt: skip
def _(p, _history):
    for c in p.get("containerDefinitions", []):
        health = c.get("healthCheck")
        if health is None:
            continue
        if health.get("command", [""])[0] not in ("CMD", "CMD-SHELL", "NONE"):
            yield f"{c.get('name')}: command {health.get('command')}"
        for key, least, most in (("interval", 5, 300), ("timeout", 2, 60), ("retries", 1, 10), ("startPeriod", 0, 300)):
            if not least <= health.get(key, least) <= most:
                yield f"{c.get('name')}: {key} {health[key]}"


@rule("ecs-stop", "ecs:RegisterTaskDefinition", "on Fargate a container has up to 120 s to stop", _ECS + "APIReference/API_ContainerDefinition.html")
def _(p, _history):
    for c in p.get("containerDefinitions", []):
        if not 0 <= c.get("stopTimeout", 0) <= 120:
            yield f"{c.get('name')}: stopTimeout {c['stopTimeout']}"


@rule("ecs-logs", "ecs:RegisterTaskDefinition", "awslogs on Fargate needs group, region and stream prefix", _ECS + "developerguide/using_awslogs.html")
def _(p, _history):
    for c in p.get("containerDefinitions", []):
        logs = c.get("logConfiguration", {})
        if logs.get("logDriver") == "awslogs":
            for key in {"awslogs-group", "awslogs-region", "awslogs-stream-prefix"} - set(logs.get("options", {})):
                yield f"{c.get('name')}: no {key}"


_STARTS = "ecs:CreateService ecs:UpdateService ecs:RunTask"


@rule("ecs-capacity", _STARTS, "a launch type or a strategy, not both; one base, a weight above 0", _ECS + "APIReference/API_CreateService.html")
def _(p, _history):
    strategy = p.get("capacityProviderStrategy") or []
    if strategy and "launchType" in p:
        yield "launchType and capacityProviderStrategy"
    if sum(1 for s in strategy if s.get("base", 0) > 0) > 1:
        yield "more than one base"
    if strategy and not any(s.get("weight", 0) > 0 for s in strategy):
        yield "no weight is above 0"


@rule("ecs-deployment", "ecs:CreateService ecs:UpdateService", "a deployment needs room: a maximum above 100 % or a minimum below",
      _ECS + "developerguide/service_definition_parameters.html")  # fmt: skip
def _(p, _history):
    config = p.get("deploymentConfiguration") or {}
    most, least = config.get("maximumPercent", 200), config.get("minimumHealthyPercent", 100)
    if most <= 100 <= least:
        yield f"maximumPercent {most} with minimumHealthyPercent {least}"


@rule("ecs-balancer", "ecs:CreateService", "a grace period needs a load balancer, whose container and port are in the task definition",
      _ECS + "APIReference/API_CreateService.html")  # fmt: skip
def _(p, history):
    balancers = p.get("loadBalancers") or []
    if p.get("healthCheckGracePeriodSeconds") and not balancers:
        yield "healthCheckGracePeriodSeconds without loadBalancers"
    family = re.sub(r"^.*task-definition/|:\d+$", "", p.get("taskDefinition", ""))
    definition = history.find("ecs:RegisterTaskDefinition", family=family)
    for balancer in balancers if definition else []:
        ports = [m.get("containerPort") for c in definition["containerDefinitions"] if c["name"] == balancer.get("containerName") for m in c.get("portMappings", [])]  # fmt: skip
        if balancer.get("containerPort") not in ports:
            yield f"{balancer.get('containerName')} has no port {balancer.get('containerPort')}"


@rule("ecs-network", "ecs:CreateService ecs:RunTask", "awsvpc needs subnets and at most 5 security groups", _ECS + "APIReference/API_AwsVpcConfiguration.html")
def _(p, _history):
    config = (p.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    if not config.get("subnets") or len(config["subnets"]) > 16 or len(config.get("securityGroups", [])) > 5:
        yield f"subnets {config.get('subnets')}, {len(config.get('securityGroups', []))} groups"


# Load balancers ---------------------------------------------------------------

_ELB = "elasticloadbalancing/latest/APIReference/"


@rule("elb-name", "elbv2:CreateLoadBalancer elbv2:CreateTargetGroup", "1 to 32 letters, digits, hyphens, none at an end; not internal-",
      _ELB + "API_CreateLoadBalancer.html")  # fmt: skip
def _(p, _history):
    name = p.get("Name", "")
    if not re.fullmatch(r"(?!internal-)[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?", name):
        yield f"Name {name!r}"


@rule("elb-zones", "elbv2:CreateLoadBalancer", "an application load balancer is in two zones or more", _ELB + "API_CreateLoadBalancer.html")
def _(p, _history):
    if p.get("Type", "application") == "application" and len(set(p.get("Subnets") or p.get("SubnetMappings") or [])) < 2:
        yield "fewer than two subnets"


@rule("elb-health", "elbv2:CreateTargetGroup elbv2:ModifyTargetGroup", "interval 5-300 s above a timeout of 2-120 s; thresholds 2-10; a path begins with /",
      _ELB + "API_CreateTargetGroup.html")  # fmt: skip
def _(p, _history):
    interval, timeout = p.get("HealthCheckIntervalSeconds", 30), p.get("HealthCheckTimeoutSeconds", 5)
    if not 5 <= interval <= 300 or not 2 <= timeout <= 120 or timeout >= interval:
        yield f"interval {interval} with timeout {timeout}"
    for key in ("HealthyThresholdCount", "UnhealthyThresholdCount"):
        if not 2 <= p.get(key, 2) <= 10:
            yield f"{key} {p[key]}"
    if not p.get("HealthCheckPath", "/").startswith("/"):
        yield f"HealthCheckPath {p['HealthCheckPath']}"


@rule("elb-listener", "elbv2:CreateListener elbv2:ModifyListener", "HTTPS needs a certificate, HTTP has none and no policy",
      _ELB + "API_CreateListener.html")  # fmt: skip
def _(p, _history):
    protocol = p.get("Protocol")
    if protocol == "HTTPS" and not p.get("Certificates"):
        yield "HTTPS without Certificates"
    if protocol == "HTTP" and (p.get("Certificates") or p.get("SslPolicy")):
        yield "HTTP with Certificates or SslPolicy"


@rule("elb-actions", "elbv2:CreateListener elbv2:ModifyListener elbv2:CreateRule elbv2:ModifyRule",
      "one action of forward, redirect, fixed-response, with what its type takes, performed last", _ELB + "API_Action.html")  # fmt: skip
def _(p, _history):
    actions = p.get("DefaultActions") or p.get("Actions") or []
    final = [a for a in actions if a.get("Type") in ("forward", "redirect", "fixed-response")]
    if actions and len(final) != 1:
        yield f"{len(final)} final actions"
    for a in final:
        config = {"forward": a.get("ForwardConfig") or a.get("TargetGroupArn"), "redirect": a.get("RedirectConfig"), "fixed-response": a.get("FixedResponseConfig")}  # fmt: skip
        if not config[a["Type"]]:
            yield f"{a['Type']} without its configuration"
        if any(other.get("Order", 0) > a.get("Order", 0) for other in actions if other is not a):
            yield f"{a['Type']} is not last"


@rule("elb-rule", "elbv2:CreateRule elbv2:SetRulePriorities", "a priority of 1-50000; up to 5 values in all conditions of a rule",
      "elasticloadbalancing/latest/application/load-balancer-limits.html")  # fmt: skip
def _(p, _history):
    if "Priority" in p and not 1 <= p["Priority"] <= 50000:
        yield f"Priority {p['Priority']}"
    values = sum(len(c.get("Values") or next((v.get("Values", []) for v in c.values() if isinstance(v, dict)), [])) for c in p.get("Conditions", []))
    if values > 5:
        yield f"{values} values"


_ATTRIBUTES = {"idle_timeout.timeout_seconds": (1, 4000), "client_keep_alive.seconds": (60, 604800),
               "deregistration_delay.timeout_seconds": (0, 3600), "stickiness.lb_cookie.duration_seconds": (1, 604800)}  # fmt: skip


@rule("elb-attributes", "elbv2:ModifyLoadBalancerAttributes elbv2:ModifyTargetGroupAttributes", "attributes within their ranges; logs need a bucket",
      _ELB + "API_LoadBalancerAttribute.html")  # fmt: skip
def _(p, _history):
    given = {a["Key"]: a.get("Value", "") for a in p.get("Attributes", [])}
    for key, (least, most) in _ATTRIBUTES.items():
        if key in given and not (given[key].isdigit() and least <= int(given[key]) <= most):
            yield f"{key} {given[key]}"
    slow = given.get("slow_start.duration_seconds", "0")
    if slow != "0" and not 30 <= int(slow) <= 900:
        yield f"slow_start.duration_seconds {slow}"
    for kind in ("access_logs", "connection_logs"):
        if given.get(f"{kind}.s3.enabled") == "true" and not given.get(f"{kind}.s3.bucket"):
            yield f"{kind} without a bucket"


# WAF --------------------------------------------------------------------------

#: https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
_WCU = {"AWSManagedRulesCommonRuleSet": 700, "AWSManagedRulesAdminProtectionRuleSet": 100, "AWSManagedRulesKnownBadInputsRuleSet": 200,
        "AWSManagedRulesSQLiRuleSet": 200, "AWSManagedRulesLinuxRuleSet": 200, "AWSManagedRulesUnixRuleSet": 100,
        "AWSManagedRulesWindowsRuleSet": 200, "AWSManagedRulesPHPRuleSet": 100, "AWSManagedRulesWordPressRuleSet": 100,
        "AWSManagedRulesAmazonIpReputationList": 25, "AWSManagedRulesAnonymousIpList": 50, "AWSManagedRulesBotControlRuleSet": 50,
        "AWSManagedRulesATPRuleSet": 50, "AWSManagedRulesACFPRuleSet": 50}  # fmt: skip


def capacity(statement: dict) -> int:
    """Capacity units of a statement."""
    kind, value = next(iter(statement.items()))
    if kind == "ManagedRuleGroupStatement":
        return _WCU.get(value["Name"], 1500)
    nested = value.get("Statements") or [value[k] for k in ("Statement", "ScopeDownStatement") if value.get(k)]
    own = {"RateBasedStatement": 2 + 30 * len(value.get("CustomKeys") or []), "IPSetReferenceStatement": 1, "GeoMatchStatement": 1,
           "LabelMatchStatement": 1, "SizeConstraintStatement": 1, "ByteMatchStatement": 10, "RegexMatchStatement": 3,
           "RegexPatternSetReferenceStatement": 25, "SqliMatchStatement": 20, "XssMatchStatement": 40}.get(kind, 0)  # fmt: skip
    return own + sum(10 if t["Type"] != "NONE" else 0 for t in value.get("TextTransformations", [])) + sum(map(capacity, nested))


_ACLS = "wafv2:CreateWebACL wafv2:UpdateWebACL"


@rule("waf-capacity", _ACLS, "1,500 capacity units at the basic price", "waf/latest/developerguide/aws-waf-capacity-units.html")
def _(p, _history):
    used = sum(capacity(r["Statement"]) for r in p.get("Rules", []))
    if used > 1500:
        yield f"{used} units"


@rule("waf-rules", _ACLS, "names and priorities once; a group has an override, any other rule an action", "waf/latest/APIReference/API_Rule.html")
def _(p, _history):
    rules = p.get("Rules", [])
    for key in ("Name", "Priority"):
        values = [r.get(key) for r in rules]
        if len(set(values)) < len(values):
            yield f"{key} twice in {values}"
    for r in rules:
        group = next(iter(r.get("Statement", {"": 0}))) in ("ManagedRuleGroupStatement", "RuleGroupReferenceStatement")
        if ("OverrideAction" in r) != group or ("Action" in r) == group:
            yield f"{r.get('Name')}: {'a group' if group else 'no group'} with {', '.join({'Action', 'OverrideAction'} & set(r)) or 'neither'}"


def _statements(value) -> Iterator[tuple[str, dict]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.endswith("Statement") and isinstance(inner, dict):
                yield key, inner
            yield from _statements(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _statements(inner)


@rule("waf-rate", _ACLS, "a limit of 10 or more in 60, 120, 300 or 600 s", "waf/latest/APIReference/API_RateBasedStatement.html")
def _(p, _history):
    for kind, s in _statements(p.get("Rules", [])):
        if kind == "RateBasedStatement" and (not 10 <= s.get("Limit", 0) <= 2_000_000_000 or s.get("EvaluationWindowSec", 300) not in (60, 120, 300, 600)):  # fmt: skip
            yield f"Limit {s.get('Limit')} in {s.get('EvaluationWindowSec', 300)} s"


@rule("waf-nesting", _ACLS, "and, or take two statements or more", "waf/latest/APIReference/API_AndStatement.html")
def _(p, _history):
    for kind, s in _statements(p.get("Rules", [])):
        if kind in ("AndStatement", "OrStatement") and len(s.get("Statements", [])) < 2:
            yield f"{kind} of {len(s.get('Statements', []))}"


@rule("waf-logs", "wafv2:PutLoggingConfiguration", "logs go where the name begins with aws-waf-logs-",
      "waf/latest/developerguide/logging-cw-logs.html")  # fmt: skip
def _(p, _history):
    for where in p.get("LoggingConfiguration", {}).get("LogDestinationConfigs", []):
        if not re.split(r"[:/]", re.sub(r":\*$", "", where))[-1].startswith("aws-waf-logs-"):
            yield where


# CloudFront -------------------------------------------------------------------

_DISTRIBUTIONS = "cloudfront:CreateDistribution cloudfront:CreateDistributionWithTags cloudfront:UpdateDistribution"
_CDN = "cloudfront/latest/APIReference/"


def _distribution(p: dict) -> dict:
    return p.get("DistributionConfig") or p.get("DistributionConfigWithTags", {}).get("DistributionConfig", {})


def _behaviours(p: dict) -> list[dict]:
    config = _distribution(p)
    return [config.get("DefaultCacheBehavior", {}), *config.get("CacheBehaviors", {}).get("Items", [])]


@rule("cloudfront-quantity", _DISTRIBUTIONS, "Quantity is the number of Items", _CDN + "API_Origins.html")
def _(p, _history):
    def walk(value, path):
        if isinstance(value, dict):
            if "Quantity" in value and value["Quantity"] != len(value.get("Items", [])):
                yield f"{path}: Quantity {value['Quantity']}, {len(value.get('Items', []))} items"
            for key, inner in value.items():
                yield from walk(inner, f"{path}.{key}")
        elif isinstance(value, list):
            for n, inner in enumerate(value):
                yield from walk(inner, f"{path}[{n}]")

    yield from walk(_distribution(p), "DistributionConfig")


@rule("cloudfront-origin", _DISTRIBUTIONS, "a behaviour's target is one of the origins; an origin has one kind of configuration",
      _CDN + "API_DistributionConfig.html")  # fmt: skip
def _(p, _history):
    origins = _distribution(p).get("Origins", {}).get("Items", [])
    known = {o.get("Id") for o in origins}
    for b in _behaviours(p):
        if b.get("TargetOriginId") not in known:
            yield f"TargetOriginId {b.get('TargetOriginId')}"
    for o in origins:
        if ("S3OriginConfig" in o) + ("CustomOriginConfig" in o) + ("VpcOriginConfig" in o) != 1:
            yield f"{o.get('Id')}: not one kind of configuration"
        if o.get("OriginAccessControlId") and o.get("S3OriginConfig", {}).get("OriginAccessIdentity"):
            yield f"{o.get('Id')}: an access control and an identity"


@rule("cloudfront-cache", _DISTRIBUTIONS, "a cache policy excludes forwarded values and lifetimes; else least, default, most in this order",
      _CDN + "API_DefaultCacheBehavior.html")  # fmt: skip
def _(p, _history):
    for b in _behaviours(p):
        given = [b[k] for k in ("MinTTL", "DefaultTTL", "MaxTTL") if k in b]
        if b.get("CachePolicyId") and "ForwardedValues" in b:
            yield "CachePolicyId and ForwardedValues"
        if not b.get("CachePolicyId") and "ForwardedValues" not in b:
            yield "neither CachePolicyId nor ForwardedValues"
        if not b.get("CachePolicyId") and given != sorted(given):
            yield f"MinTTL, DefaultTTL, MaxTTL {given}"


@rule("cloudfront-methods", _DISTRIBUTIONS, "GET and HEAD; with OPTIONS; or all seven", _CDN + "API_AllowedMethods.html")
def _(p, _history):
    sets = [{"GET", "HEAD"}, {"GET", "HEAD", "OPTIONS"}, {"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}]
    for b in _behaviours(p):
        if "AllowedMethods" in b and set(b["AllowedMethods"].get("Items", [])) not in sets:
            yield f"AllowedMethods {b['AllowedMethods'].get('Items')}"


@rule("cloudfront-certificate", _DISTRIBUTIONS, "CloudFront's own certificate without aliases; another of us-east-1 with SNI and a protocol",
      _CDN + "API_ViewerCertificate.html")  # fmt: skip
def _(p, _history):
    certificate = _distribution(p).get("ViewerCertificate", {})
    own = certificate.get("CloudFrontDefaultCertificate")
    if _distribution(p).get("Aliases", {}).get("Quantity") and own:
        yield "Aliases with CloudFront's certificate"
    arn = certificate.get("ACMCertificateArn")
    if arn and own or not arn and certificate and not own and not certificate.get("IAMCertificateId"):
        yield "not one certificate"
    if arn and (":us-east-1:" not in arn or "SSLSupportMethod" not in certificate):
        yield f"{arn} with SSLSupportMethod {certificate.get('SSLSupportMethod')}"


# Alarms and dashboards --------------------------------------------------------

_CW = "AmazonCloudWatch/latest/APIReference/"


@rule("alarm-period", "cloudwatch:PutMetricAlarm", "a period of 10, 20, 30 s or minutes; periods of under an hour within a day, others within 7",
      _CW + "API_PutMetricAlarm.html")  # fmt: skip
def _(p, _history):
    periods = [p["Period"]] if "Period" in p else [m.get("MetricStat", m).get("Period") for m in p.get("Metrics", [])]
    for period in filter(None, periods):
        if period not in (10, 20, 30) and period % 60:
            yield f"Period {period}"
        window = timedelta(seconds=period * p.get("EvaluationPeriods", 1))
        if window > timedelta(days=7 if period >= 3600 else 1):
            yield f"{p.get('EvaluationPeriods')} periods of {period} s"


@rule("alarm-datapoints", "cloudwatch:PutMetricAlarm", "M out of N: no more than there are periods", _CW + "API_PutMetricAlarm.html")
def _(p, _history):
    if p.get("DatapointsToAlarm", 1) > p.get("EvaluationPeriods", 1):
        yield f"DatapointsToAlarm {p.get('DatapointsToAlarm')} of {p.get('EvaluationPeriods')}"


@rule("alarm-metric", "cloudwatch:PutMetricAlarm", "a metric with one statistic, or a list of metrics with one that counts",
      _CW + "API_PutMetricAlarm.html")  # fmt: skip
def _(p, _history):
    metrics = p.get("Metrics", [])
    if bool(metrics) == ("MetricName" in p):
        yield "MetricName and Metrics: one of them"
    if "MetricName" in p and ("Statistic" in p) == ("ExtendedStatistic" in p):
        yield "Statistic and ExtendedStatistic: one of them"
    if metrics and sum(m.get("ReturnData", True) for m in metrics) != 1:  # fmt: skip
        yield "not one metric returns data"
    stray = {"Namespace", "Dimensions", "Period", "Statistic", "ExtendedStatistic"} & {k for k, v in p.items() if v not in ([], "")}
    if metrics and stray:
        yield f"Metrics with {', '.join(sorted(stray))}"
    ids = [m.get("Id", "") for m in metrics]
    if len(set(ids)) < len(ids):
        yield f"an Id twice in {ids}"
    for m in metrics:
        if ("MetricStat" in m) == ("Expression" in m):
            yield f"{m.get('Id')}: a statistic or an expression"
        for word in re.findall(r"\b[a-z][a-zA-Z0-9_]*\b", re.sub(r"'[^']*'|\"[^\"]*\"", "", m.get("Expression", ""))):
            if word not in ids:
                yield f"{m['Id']}: {word} is no Id"


@rule("alarm-actions", "cloudwatch:PutMetricAlarm cloudwatch:PutCompositeAlarm", "up to 5 actions a state; missing data are breaching, notBreaching, ignore or missing",
      _CW + "API_PutMetricAlarm.html")  # fmt: skip
def _(p, _history):
    for key in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        if len(p.get(key, [])) > 5:
            yield f"{len(p[key])} {key}"
    if p.get("TreatMissingData", "missing") not in ("breaching", "notBreaching", "ignore", "missing"):
        yield f"TreatMissingData {p['TreatMissingData']}"


@rule("alarm-threshold", "cloudwatch:PutMetricAlarm", "a threshold, or for a band of anomalies its metric", _CW + "API_PutMetricAlarm.html")
def _(p, _history):
    band = "Threshold" in p.get("ComparisonOperator", "") and p.get("ComparisonOperator") in ("LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold")  # fmt: skip
    if band != ("ThresholdMetricId" in p) or band == ("Threshold" in p):
        yield f"{p.get('ComparisonOperator')} with {', '.join({'Threshold', 'ThresholdMetricId'} & set(p)) or 'neither'}"


@rule("dashboard", "cloudwatch:PutDashboard", "JSON of up to 500 widgets within 24 columns; metrics have a region and names in pairs",
      "AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html")  # fmt: skip
def _(p, _history):
    try:
        widgets = json.loads(p.get("DashboardBody", "")).get("widgets")
    except (ValueError, AttributeError):
        yield "DashboardBody is no JSON object"
        return
    if not isinstance(widgets, list) or len(widgets) > 500:
        yield "widgets is no list of up to 500"
        return
    for n, w in enumerate(widgets):
        what, properties = f"widgets[{n}]", w.get("properties", {})
        if w.get("type") not in ("metric", "text", "log", "alarm", "explorer"):
            yield f"{what}: type {w.get('type')}"
        if not 1 <= w.get("width", 6) <= 24 or w.get("x", 0) + w.get("width", 6) > 24 or not 1 <= w.get("height", 6) <= 1000:
            yield f"{what}: x {w.get('x')}, width {w.get('width')}, height {w.get('height')}"
        if w.get("type") in ("metric", "log") and not properties.get("region"):
            yield f"{what}: no region"
        if w.get("type") == "text" and not properties.get("markdown"):
            yield f"{what}: no markdown"
        if w.get("type") == "log" and not properties.get("query", "").startswith("SOURCE"):
            yield f"{what}: query does not begin with SOURCE"
        if w.get("type") == "alarm" and not 1 <= len(properties.get("alarms", [])) <= 100:
            yield f"{what}: {len(properties.get('alarms', []))} alarms"
        if w.get("type") == "metric" and not (properties.get("metrics") or properties.get("annotations", {}).get("alarms")):
            yield f"{what}: neither metrics nor an alarm"
        for metric in properties.get("metrics", []):
            names = [part for part in metric if not isinstance(part, dict)]
            if names and (len(names) < 2 or len(names) % 2):
                yield f"{what}: {names} is no namespace, name and pairs of dimensions"


# Logs -------------------------------------------------------------------------


@rule("logs-retention", "logs:PutRetentionPolicy", "one of CloudWatch's periods", "AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html")
def _(p, _history):
    if p.get("retentionInDays") not in (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653):
        yield f"retentionInDays {p.get('retentionInDays')}"


@rule("logs-filter", "logs:PutMetricFilter", "dimensions exclude a default value, and are 3 at most",
      "AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html")  # fmt: skip
def _(p, _history):
    for t in p.get("metricTransformations", []):
        if t.get("dimensions") and "defaultValue" in t or len(t.get("dimensions", {})) > 3:
            yield f"{t.get('metricName')}: dimensions {t['dimensions']}, defaultValue {t.get('defaultValue')}"


# Policies ---------------------------------------------------------------------

#: Where a policy stands in a request, and how long it may be.
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_POLICIES = {"iam:CreateRole": ("AssumeRolePolicyDocument", 2048, True), "iam:UpdateAssumeRolePolicy": ("PolicyDocument", 2048, True),
             "iam:PutRolePolicy": ("PolicyDocument", 10240, False), "iam:CreatePolicy": ("PolicyDocument", 6144, False),
             "iam:CreatePolicyVersion": ("PolicyDocument", 6144, False), "kms:CreateKey": ("Policy", 32768, True),
             "kms:PutKeyPolicy": ("Policy", 32768, True), "s3:PutBucketPolicy": ("Policy", 20480, True),
             "secretsmanager:PutResourcePolicy": ("ResourcePolicy", 20480, True)}  # fmt: skip


@rule("policy", " ".join(_POLICIES), "a policy's grammar and length", "IAM/latest/UserGuide/reference_policies_grammar.html")
def _(p, history):
    key, most, resource_based = _POLICIES[history.now]
    if key not in p:
        return
    text = p[key].decode() if isinstance(p[key], bytes) else p[key]
    try:
        document = json.loads(text)
    except ValueError:
        yield f"{key} is not JSON"
        return
    length = len(re.sub(r"\s", "", text))
    if length > most:
        yield f"{key} has {length} characters; {most} are allowed"
    if document.get("Version") not in ("2012-10-17", "2008-10-17"):
        yield f"Version {document.get('Version')}"
    statements = document.get("Statement", [])
    statements = [statements] if isinstance(statements, dict) else statements
    sids = [s["Sid"] for s in statements if s.get("Sid")]
    if not statements or len(set(sids)) < len(sids):
        yield f"no statement, or a Sid twice in {sids}"
    trust = history.now in ("iam:CreateRole", "iam:UpdateAssumeRolePolicy")
    for s in statements:
        what = s.get("Sid", "a statement")
        if s.get("Effect") not in ("Allow", "Deny"):
            yield f"{what}: Effect {s.get('Effect')}"
        if ("Action" in s) + ("NotAction" in s) != 1:
            yield f"{what}: Action or NotAction"
        if ("Resource" in s) + ("NotResource" in s) != (0 if trust else 1):
            yield f"{what}: Resource or NotResource"
        if (("Principal" in s) or ("NotPrincipal" in s)) != resource_based:
            yield f"{what}: Principal"
        if history.now.startswith("iam:") and not re.fullmatch(r"[A-Za-z0-9]*", s.get("Sid", "")):
            yield f"{what}: Sid takes letters and digits"
        for unknown in s.keys() - {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"}:
            yield f"{what}: {unknown}"
        actions = s.get("Action", s.get("NotAction", []))
        for action in [actions] if isinstance(actions, str) else actions:
            if action != "*" and not re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9*?]+", action):
                yield f"{what}: action {action}"


# What several services share --------------------------------------------------


@rule("tags", "*", "up to 50 tags, each key once, none of AWS's own", "tag-editor/latest/userguide/tagging.html")
def _(p, _history):
    def lists(value):
        if isinstance(value, dict):
            for key, inner in value.items():
                if key in ("Tags", "tags", "TagList", "Items") and isinstance(inner, list) and inner and isinstance(inner[0], dict):
                    pairs = [t.get("Key", t.get("key")) for t in inner if {k.lower() for k in t} <= {"key", "value"}]
                    if len(pairs) == len(inner):
                        yield pairs
                yield from lists(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from lists(inner)

    for keys in lists(p):
        if len(keys) > 50 or len(set(keys)) < len(keys):
            yield f"{len(keys)} tags, {len(keys) - len(set(keys))} of them twice"
        for key in keys:
            if str(key).lower().startswith("aws:"):
                yield f"the key {key}"


# Others -----------------------------------------------------------------------


@rule("ec2-description", "ec2:CreateSecurityGroup ec2:AuthorizeSecurityGroupIngress ec2:AuthorizeSecurityGroupEgress",
      "descriptions of up to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*; a name not beginning with sg-",
      "AWSEC2/latest/APIReference/API_CreateSecurityGroup.html")  # fmt: skip
def _(p, _history):
    ranges = [r for x in p.get("IpPermissions", []) for k in ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds") for r in x.get(k, [])]
    for text in [p.get("Description"), *(r.get("Description") for r in ranges)]:
        if text is not None and not re.fullmatch(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}", text):
            yield f"Description {text!r}"
    if p.get("GroupName", "").startswith("sg-"):
        yield f"GroupName {p['GroupName']}"


@rule("ec2-endpoint", "ec2:CreateVpcEndpoint", "subnets, groups and private DNS for interfaces, route tables for gateways",
      "AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html")  # fmt: skip
def _(p, _history):
    kind = p.get("VpcEndpointType", "Gateway")
    wrong = {"Gateway": ("SubnetIds", "SecurityGroupIds", "PrivateDnsEnabled"), "Interface": ("RouteTableIds",)}.get(kind, ())
    for key in wrong:
        if p.get(key):
            yield f"{key} of a {kind} endpoint"


@rule("s3-bucket", "s3:CreateBucket", "3 to 63 of a-z, 0-9, . and -, a letter or digit at both ends, no IP address",
      "AmazonS3/latest/userguide/bucketnamingrules.html")  # fmt: skip
def _(p, _history):
    name = p.get("Bucket", "")
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name) or ".." in name or re.fullmatch(r"[\d.]+", name) or name.startswith(("xn--", "sthree-", "amzn-s3-demo-")):  # fmt: skip
        yield f"Bucket {name!r}"


@rule("s3-lifecycle", "s3:PutBucketLifecycleConfiguration", "a rule does something; a filter of several parts is an And; expiry by one of its ways",
      "AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html")  # fmt: skip
def _(p, _history):
    for r in p.get("LifecycleConfiguration", {}).get("Rules", []):
        if not {"Expiration", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload", "Transitions", "NoncurrentVersionTransitions"} & set(r):
            yield f"{r.get('ID')} does nothing"
        if len(r.get("Filter", {})) > 1:
            yield f"{r.get('ID')}: Filter of {', '.join(r['Filter'])}"
        if len(r.get("Expiration", {})) > 1:
            yield f"{r.get('ID')}: Expiration of {', '.join(r['Expiration'])}"


@rule("route53-alias", "route53:ChangeResourceRecordSets", "an alias has no TTL and no values, any other record both",
      "Route53/latest/APIReference/API_ResourceRecordSet.html")  # fmt: skip
def _(p, _history):
    for change in p.get("ChangeBatch", {}).get("Changes", []):
        r = change.get("ResourceRecordSet", {})
        alias, plain = "AliasTarget" in r, ("TTL" in r, bool(r.get("ResourceRecords")))
        if alias and any(plain) or not alias and not all(plain):
            yield f"{r.get('Name')}: AliasTarget {alias}, TTL and values {plain}"


@rule("acm-name", "acm:RequestCertificate", "the first name has up to 64 octets", "acm/latest/APIReference/API_RequestCertificate.html")
def _(p, _history):
    if len(p.get("DomainName", "").encode()) > 64:
        yield f"DomainName of {len(p['DomainName'])}"


@rule("scaling-range", "application-autoscaling:RegisterScalableTarget", "the least is not above the most",
      "autoscaling/application/APIReference/API_RegisterScalableTarget.html")  # fmt: skip
def _(p, _history):
    if p.get("MinCapacity", 0) > p.get("MaxCapacity", 1e9):
        yield f"MinCapacity {p['MinCapacity']}, MaxCapacity {p['MaxCapacity']}"


@rule("scaling-metric", "application-autoscaling:PutScalingPolicy", "a metric of AWS's or one's own; requests by target need the load balancer's label",
      "autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html")  # fmt: skip
def _(p, _history):
    config = p.get("TargetTrackingScalingPolicyConfiguration")
    if config is None:
        return
    known = config.get("PredefinedMetricSpecification")
    if (known is not None) == ("CustomizedMetricSpecification" in config):
        yield "PredefinedMetricSpecification and CustomizedMetricSpecification: one of them"
    if known and (known["PredefinedMetricType"] == "ALBRequestCountPerTarget") != ("ResourceLabel" in known):
        yield f"{known['PredefinedMetricType']} with ResourceLabel {known.get('ResourceLabel')}"


@rule("events-rule", "events:PutRule", "a schedule or a pattern; a pattern's leaves are lists", "eventbridge/latest/APIReference/API_PutRule.html")
def _(p, _history):
    if not p.get("ScheduleExpression") and not p.get("EventPattern"):
        yield "neither ScheduleExpression nor EventPattern"
    if p.get("EventPattern"):
        try:
            nodes = [json.loads(p["EventPattern"])]
        except ValueError:
            yield "EventPattern is not JSON"
            return
        for node in nodes:
            for key, value in node.items():
                if isinstance(value, dict):
                    nodes.append(value)
                elif not isinstance(value, list) or not value:
                    yield f"EventPattern: {key} is no list"


@rule("schedule", "events:PutRule scheduler:CreateSchedule scheduler:UpdateSchedule", "cron of six fields, one day field ?, or a rate with the right plural",
      "scheduler/latest/UserGuide/schedule-types.html")  # fmt: skip
def _(p, _history):
    text = p.get("ScheduleExpression")
    if not text:
        return
    cron, rate = re.fullmatch(r"cron\((.+)\)", text), re.fullmatch(r"rate\((\d+) (minute|hour|day)(s?)\)", text)
    fields = cron[1].split() if cron else []
    good = len(fields) == 6 and (fields[2] == "?") != (fields[4] == "?") if cron else bool(rate) and int(rate[1]) > 0 and (rate[1] == "1") == (not rate[3])
    if not good and not re.fullmatch(r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)", text):
        yield f"ScheduleExpression {text}"


@rule("sns-subscription", "sns:Subscribe", "an email's endpoint is an address, a queue's, a function's an ARN", "sns/latest/api/API_Subscribe.html")
def _(p, _history):
    protocol, where = p.get("Protocol", ""), p.get("Endpoint", "")
    if protocol.startswith("email") and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", where) or protocol in ("sqs", "lambda", "firehose") and not where.startswith("arn:"):  # fmt: skip
        yield f"{protocol} to {where!r}"


@rule("kms-alias", "kms:CreateAlias", "alias/ and not alias/aws/", "kms/latest/APIReference/API_CreateAlias.html")
def _(p, _history):
    if not re.fullmatch(r"alias/(?!aws/)[a-zA-Z0-9/_-]+", p.get("AliasName", "")):
        yield f"AliasName {p.get('AliasName')}"


@rule("kms-window", "kms:ScheduleKeyDeletion", "a key is deleted after 7 to 30 days", "kms/latest/APIReference/API_ScheduleKeyDeletion.html")
def _(p, _history):
    if not 7 <= p.get("PendingWindowInDays", 30) <= 30:
        yield f"PendingWindowInDays {p['PendingWindowInDays']}"


@rule("secret-deletion", "secretsmanager:DeleteSecret", "a window of 7 to 30 days or none at all, not both", "secretsmanager/latest/apireference/API_DeleteSecret.html")
def _(p, _history):
    days = p.get("RecoveryWindowInDays")
    if days is not None and (p.get("ForceDeleteWithoutRecovery") or not 7 <= days <= 30):
        yield f"RecoveryWindowInDays {days}, ForceDeleteWithoutRecovery {p.get('ForceDeleteWithoutRecovery')}"


@rule("ecr-lifecycle", "ecr:PutLifecyclePolicy", "priorities once, `any` last; prefixes or patterns for tagged images",
      "AmazonECR/latest/userguide/lifecycle_policy_parameters.html")  # fmt: skip
def _(p, _history):
    try:
        rules = json.loads(p.get("lifecyclePolicyText", ""))["rules"]
    except (ValueError, KeyError, TypeError):
        yield "lifecyclePolicyText is no JSON with rules"
        return
    priorities = [r.get("rulePriority") for r in rules]
    if len(set(priorities)) < len(priorities):
        yield f"priorities {priorities}"
    for r in rules:
        selection = r.get("selection", {})
        status = selection.get("tagStatus")
        if status == "any" and r.get("rulePriority") != max(priorities):
            yield "a rule for any image is not the last"
        if (status == "tagged") != bool({"tagPrefixList", "tagPatternList"} & set(selection)):
            yield f"tagStatus {status} with {sorted(selection)}"
        if ("countUnit" in selection) != (selection.get("countType") == "sinceImagePushed"):
            yield f"countType {selection.get('countType')} with countUnit {selection.get('countUnit')}"


@rule("budget", "budgets:CreateBudget budgets:CreateNotification", "up to 10 notifications of up to 11 subscribers; percentages up to 1,000,000 %",
      "aws-cost-management/latest/APIReference/API_budgets_CreateBudget.html")  # fmt: skip
def _(p, _history):
    notifications = p.get("NotificationsWithSubscribers") or ([p] if "Notification" in p else [])
    if len(notifications) > 10:
        yield f"{len(notifications)} notifications"
    for n in notifications:
        if not 1 <= len(n.get("Subscribers", [])) <= 11:
            yield f"{len(n.get('Subscribers', []))} subscribers"
