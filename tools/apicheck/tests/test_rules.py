"""Every rule lets a right request pass and finds a fault in a wrong one."""

from __future__ import annotations

import json
import re

import pytest

from apicheck.decode import Call
from apicheck.rules import RULES, History, check

_FARGATE = {"family": "a", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512"}


def task(**container) -> dict:
    return _FARGATE | {"executionRoleArn": "r", "containerDefinitions": [{"name": "app", "image": "i"} | container]}


def acl(*statements: dict, **changes) -> dict:
    rules = [{"Name": f"r{n}", "Priority": n, "Statement": s, ("OverrideAction" if "Managed" in next(iter(s)) else "Action"): {}} for n, s in enumerate(statements)]
    for one in rules:
        one |= changes
    return {"Rules": rules}


def group(name: str) -> dict:
    return {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": name}}


def distribution(behaviour: dict | None = None, **config) -> dict:
    origins = {"Quantity": 1, "Items": [{"Id": "o", "S3OriginConfig": {"OriginAccessIdentity": ""}, "OriginAccessControlId": "c"}]}
    default = {"TargetOriginId": "o", "CachePolicyId": "p"} if behaviour is None else behaviour
    return {"DistributionConfig": {"Origins": origins, "DefaultCacheBehavior": default} | config}


def policy(key: str = "PolicyDocument", **changes) -> dict:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"} | changes
    statement = {k: v for k, v in statement.items() if v is not None}
    return {key: json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


def board(**widget) -> dict:
    base = {"type": "metric", "width": 12, "properties": {"region": "us-east-1", "metrics": [["AWS/ECS", "CPU", "a", "b"]]}}
    return {"DashboardBody": json.dumps({"widgets": [base | widget]})}


ALARM = {"MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 3,
         "ComparisonOperator": "GreaterThanThreshold", "Threshold": 1}  # fmt: skip
QUERIES = {"EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 1}
STAT = {"Id": "m1", "MetricStat": {"Metric": {}, "Period": 60, "Stat": "Sum"}, "ReturnData": False}
DATABASE = {"DBInstanceIdentifier": "a", "Engine": "postgres", "BackupRetentionPeriod": 1}
REPLICA = {"DBInstanceIdentifier": "a-1", "SourceDBInstanceIdentifier": "a"}
OPEN = {"Type": "forward", "TargetGroupArn": "t"}

#: By rule: the operation, a right request, and wrong ones.
CASES: dict[str, tuple[str, dict, list[dict]]] = {
    "rds-identifier": ("rds:CreateDBInstance", {"DBInstanceIdentifier": "a-b"}, [{"DBInstanceIdentifier": "a--b"}, {"DBInstanceIdentifier": "a-"}, {"DBInstanceIdentifier": "1a"}, {"DBInstanceIdentifier": "a" * 64}]),
    "rds-password": ("rds:CreateDBInstance", DATABASE | {"ManageMasterUserPassword": True}, [DATABASE | {"ManageMasterUserPassword": True, "MasterUserPassword": "p"}]),
    "rds-storage": ("rds:CreateDBInstance", DATABASE | {"AllocatedStorage": 20, "MaxAllocatedStorage": 100}, [DATABASE | {"AllocatedStorage": 20, "MaxAllocatedStorage": 21}]),
    "rds-backups": ("rds:CreateDBInstance", DATABASE, [DATABASE | {"BackupRetentionPeriod": 36}]),
    "rds-monitoring": ("rds:CreateDBInstance", DATABASE | {"MonitoringInterval": 60, "MonitoringRoleArn": "r"}, [DATABASE | {"MonitoringInterval": 60}, DATABASE | {"MonitoringInterval": 20, "MonitoringRoleArn": "r"}]),
    "rds-insights": ("rds:CreateDBInstance", DATABASE | {"PerformanceInsightsRetentionPeriod": 93}, [DATABASE | {"PerformanceInsightsRetentionPeriod": 30}]),
    "rds-windows": ("rds:CreateDBInstance", DATABASE | {"PreferredBackupWindow": "03:00-04:00", "PreferredMaintenanceWindow": "sun:04:30-sun:05:30"}, [
        DATABASE | {"PreferredBackupWindow": "03:00-03:10"}, DATABASE | {"PreferredBackupWindow": "3-4"},
        DATABASE | {"PreferredBackupWindow": "03:00-05:00", "PreferredMaintenanceWindow": "sun:04:30-sun:05:30"}]),
    "rds-final-snapshot": ("rds:DeleteDBInstance", {"SkipFinalSnapshot": True}, [{"SkipFinalSnapshot": False}, {"SkipFinalSnapshot": True, "FinalDBSnapshotIdentifier": "a"}]),
    "rds-apply": ("rds:ModifyDBParameterGroup", {"Parameters": [{"ParameterName": "max_connections", "ApplyMethod": "pending-reboot"}]}, [{"Parameters": [{"ParameterName": "max_connections", "ApplyMethod": "immediate"}]}]),
    "rds-user": ("rds:CreateDBInstance", DATABASE | {"MasterUsername": "app", "DBName": "app"}, [DATABASE | {"MasterUsername": "admin"}, DATABASE | {"DBName": "my-app"}]),
    "ecs-size": ("ecs:RegisterTaskDefinition", _FARGATE, [_FARGATE | {"memory": "4096"}, _FARGATE | {"networkMode": "bridge"}]),
    "ecs-execution-role": ("ecs:RegisterTaskDefinition", task(secrets=[{"name": "A"}]), [{**task(secrets=[{"name": "A"}]), "executionRoleArn": None}]),
    "ecs-containers": ("ecs:RegisterTaskDefinition", task(), [task(essential=False), task(dependsOn=[{"containerName": "x", "condition": "START"}]), task(mountPoints=[{"sourceVolume": "tmp"}]), task(dependsOn=[{"containerName": "app", "condition": "HEALTHY"}])]),
    "ecs-environment": ("ecs:RegisterTaskDefinition", task(environment=[{"name": "A"}]), [task(environment=[{"name": "A"}], secrets=[{"name": "A"}])]),
    "ecs-health": ("ecs:RegisterTaskDefinition", task(healthCheck={"command": ["CMD", "true"], "interval": 5}), [task(healthCheck={"command": ["true"]}), task(healthCheck={"command": ["CMD", "true"], "interval": 3}), task(healthCheck={"command": ["CMD", "true"], "startPeriod": 301})]),
    "ecs-stop": ("ecs:RegisterTaskDefinition", task(stopTimeout=120), [task(stopTimeout=121)]),
    "ecs-logs": ("ecs:RegisterTaskDefinition", task(logConfiguration={"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-region": "r", "awslogs-stream-prefix": "p"}}), [task(logConfiguration={"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-region": "r"}})]),
    "ecs-capacity": ("ecs:UpdateService", {"capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1, "base": 1}]}, [{"launchType": "FARGATE", "capacityProviderStrategy": [{"weight": 1}]}, {"capacityProviderStrategy": [{"weight": 0}]}, {"capacityProviderStrategy": [{"weight": 1, "base": 1}, {"weight": 1, "base": 2}]}]),
    "ecs-deployment": ("ecs:UpdateService", {"deploymentConfiguration": {"maximumPercent": 200, "minimumHealthyPercent": 100}}, [{"deploymentConfiguration": {"maximumPercent": 100, "minimumHealthyPercent": 100}}]),
    "ecs-network": ("ecs:RunTask", {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["s"]}}}, [{}, {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["s"], "securityGroups": list("abcdef")}}}]),
    "elb-name": ("elbv2:CreateTargetGroup", {"Name": "a-b"}, [{"Name": "a-"}, {"Name": "internal-a"}, {"Name": "a" * 33}, {"Name": "a_b"}]),
    "elb-zones": ("elbv2:CreateLoadBalancer", {"Name": "a", "Subnets": ["a", "b"]}, [{"Name": "a", "Subnets": ["a", "a"]}]),
    "elb-health": ("elbv2:ModifyTargetGroup", {"HealthCheckIntervalSeconds": 10, "HealthCheckTimeoutSeconds": 5}, [{"HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 5}, {"HealthyThresholdCount": 1}, {"HealthCheckPath": "health"}]),
    "elb-listener": ("elbv2:CreateListener", {"Protocol": "HTTPS", "Certificates": [{}], "DefaultActions": [OPEN]}, [{"Protocol": "HTTPS"}, {"Protocol": "HTTP", "SslPolicy": "p"}]),
    "elb-actions": ("elbv2:CreateRule", {"Actions": [OPEN]}, [{"Actions": [{"Type": "redirect"}]}, {"Actions": [OPEN, OPEN]}, {"Actions": [{"Type": "authenticate-oidc"}]}]),
    "elb-rule": ("elbv2:CreateRule", {"Priority": 1, "Conditions": [{"Field": "path-pattern", "Values": ["/a"]}]}, [{"Priority": 0}, {"Conditions": [{"PathPatternConfig": {"Values": list("abcdef")}}]}]),
    "elb-attributes": ("elbv2:ModifyTargetGroupAttributes", {"Attributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}]}, [{"Attributes": [{"Key": "idle_timeout.timeout_seconds", "Value": "0"}]}, {"Attributes": [{"Key": "slow_start.duration_seconds", "Value": "20"}]}, {"Attributes": [{"Key": "access_logs.s3.enabled", "Value": "true"}]}]),
    "waf-capacity": ("wafv2:CreateWebACL", acl(group("AWSManagedRulesCommonRuleSet"), group("AWSManagedRulesKnownBadInputsRuleSet")), [acl(*[group(f"AWSManagedRules{n}RuleSet") for n in ("Common", "KnownBadInputs", "SQLi", "Linux", "Windows", "Unix")])]),
    "waf-rules": ("wafv2:CreateWebACL", acl(group("AWSManagedRulesUnixRuleSet")), [acl(group("AWSManagedRulesUnixRuleSet"), Action={}), acl({"GeoMatchStatement": {}}, {"GeoMatchStatement": {}}, Priority=1)]),
    "waf-rate": ("wafv2:CreateWebACL", acl({"RateBasedStatement": {"Limit": 100}}), [acl({"RateBasedStatement": {"Limit": 9}}), acl({"RateBasedStatement": {"Limit": 100, "EvaluationWindowSec": 30}})]),
    "waf-nesting": ("wafv2:CreateWebACL", acl({"AndStatement": {"Statements": [{"GeoMatchStatement": {}}] * 2}}), [acl({"AndStatement": {"Statements": [{"GeoMatchStatement": {}}]}})]),
    "waf-logs": ("wafv2:PutLoggingConfiguration", {"LoggingConfiguration": {"LogDestinationConfigs": ["arn:aws:logs:us-east-1:1:log-group:aws-waf-logs-a:*"]}}, [{"LoggingConfiguration": {"LogDestinationConfigs": ["arn:aws:logs:us-east-1:1:log-group:waf:*"]}}]),
    "cloudfront-quantity": ("cloudfront:UpdateDistribution", distribution(), [distribution(Aliases={"Quantity": 1})]),
    "cloudfront-origin": ("cloudfront:UpdateDistribution", distribution(), [distribution({"TargetOriginId": "x", "CachePolicyId": "p"})]),
    "cloudfront-cache": ("cloudfront:UpdateDistribution", distribution(), [distribution({"TargetOriginId": "o", "CachePolicyId": "p", "ForwardedValues": {}}), distribution({"TargetOriginId": "o"}), distribution({"TargetOriginId": "o", "ForwardedValues": {}, "MinTTL": 5, "MaxTTL": 1})]),
    "cloudfront-methods": ("cloudfront:UpdateDistribution", distribution({"TargetOriginId": "o", "CachePolicyId": "p", "AllowedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]}}), [distribution({"TargetOriginId": "o", "CachePolicyId": "p", "AllowedMethods": {"Quantity": 1, "Items": ["GET"]}})]),
    "cloudfront-certificate": ("cloudfront:UpdateDistribution", distribution(ViewerCertificate={"CloudFrontDefaultCertificate": True}), [distribution(ViewerCertificate={"CloudFrontDefaultCertificate": True}, Aliases={"Quantity": 1, "Items": ["a"]}), distribution(ViewerCertificate={"ACMCertificateArn": "arn:aws:acm:eu-west-1:1:certificate/a", "SSLSupportMethod": "sni-only"}), distribution(ViewerCertificate={"MinimumProtocolVersion": "TLSv1"})]),
    "alarm-period": ("cloudwatch:PutMetricAlarm", ALARM, [ALARM | {"Period": 45}, ALARM | {"Period": 300, "EvaluationPeriods": 289}]),
    "alarm-datapoints": ("cloudwatch:PutMetricAlarm", ALARM | {"DatapointsToAlarm": 3}, [ALARM | {"DatapointsToAlarm": 4}]),
    "alarm-metric": ("cloudwatch:PutMetricAlarm", QUERIES | {"Metrics": [STAT, {"Id": "e", "Expression": "m1 * 100"}]}, [
        QUERIES, ALARM | {"ExtendedStatistic": "p99"}, QUERIES | {"Metrics": [STAT]}, QUERIES | {"Metrics": [STAT, {"Id": "e", "Expression": "m2"}]}, QUERIES | {"Statistic": "Sum", "Metrics": [STAT, {"Id": "e", "Expression": "m1"}]}]),
    "alarm-actions": ("cloudwatch:PutMetricAlarm", ALARM | {"TreatMissingData": "ignore"}, [ALARM | {"TreatMissingData": "ok"}, ALARM | {"AlarmActions": list("abcdef")}]),
    "alarm-threshold": ("cloudwatch:PutMetricAlarm", ALARM, [{k: v for k, v in ALARM.items() if k != "Threshold"}, ALARM | {"ComparisonOperator": "GreaterThanUpperThreshold"}]),
    "dashboard": ("cloudwatch:PutDashboard", board(), [{"DashboardBody": "["}, board(type="graph"), board(x=20), board(properties={"metrics": [["a", "b"]]}), board(properties={"region": "r", "metrics": [["a", "b", "c"]]}), board(type="text", properties={})]),
    "logs-retention": ("logs:PutRetentionPolicy", {"retentionInDays": 30}, [{"retentionInDays": 31}]),
    "logs-filter": ("logs:PutMetricFilter", {"metricTransformations": [{"defaultValue": 0}]}, [{"metricTransformations": [{"defaultValue": 0, "dimensions": {"a": "b"}}]}]),
    "policy": ("iam:PutRolePolicy", policy(), [{"PolicyDocument": "{"}, policy(Effect="Permit"), policy(Resource=None), policy(Principal="*"), policy(Sid="a b"), policy(Action="s3/GetObject"), policy(Ressource="*"), policy(Resource=["a" * 10240])]),
    "tags": ("iam:TagRole", {"Tags": [{"Key": "a", "Value": "b"}]}, [{"Tags": [{"Key": "a", "Value": "b"}] * 2}, {"Tags": [{"Key": "aws:a", "Value": "b"}]}, {"Tags": [{"Key": str(n), "Value": ""} for n in range(51)]}]),
    "ec2-description": ("ec2:CreateSecurityGroup", {"GroupName": "a", "Description": "HTTP from anywhere"}, [{"Description": "the app's"}, {"GroupName": "sg-a"}, {"IpPermissions": [{"IpRanges": [{"Description": "a" * 256}]}]}]),
    "ec2-endpoint": ("ec2:CreateVpcEndpoint", {"VpcEndpointType": "Interface", "PrivateDnsEnabled": True}, [{"VpcEndpointType": "Gateway", "SubnetIds": ["s"]}, {"VpcEndpointType": "Interface", "RouteTableIds": ["r"]}]),
    "s3-bucket": ("s3:CreateBucket", {"Bucket": "staging-media"}, [{"Bucket": "Staging"}, {"Bucket": "ab"}, {"Bucket": "192.168.5.4"}, {"Bucket": "a..b"}]),
    "s3-lifecycle": ("s3:PutBucketLifecycleConfiguration", {"LifecycleConfiguration": {"Rules": [{"Expiration": {"Days": 1}}]}}, [{"LifecycleConfiguration": {"Rules": [{"ID": "a"}]}}, {"LifecycleConfiguration": {"Rules": [{"Expiration": {"Days": 1, "Date": "d"}}]}}, {"LifecycleConfiguration": {"Rules": [{"Expiration": {"Days": 1}, "Filter": {"Prefix": "a", "Tag": {}}}]}}]),
    "route53-alias": ("route53:ChangeResourceRecordSets", {"ChangeBatch": {"Changes": [{"ResourceRecordSet": {"AliasTarget": {}}}]}}, [{"ChangeBatch": {"Changes": [{"ResourceRecordSet": {"AliasTarget": {}, "TTL": 60}}]}}, {"ChangeBatch": {"Changes": [{"ResourceRecordSet": {"ResourceRecords": [{}]}}]}}]),
    "acm-name": ("acm:RequestCertificate", {"DomainName": "a" * 64}, [{"DomainName": "a" * 65}]),
    "scaling-range": ("application-autoscaling:RegisterScalableTarget", {"MinCapacity": 1, "MaxCapacity": 1}, [{"MinCapacity": 2, "MaxCapacity": 1}]),
    "scaling-metric": ("application-autoscaling:PutScalingPolicy", {"TargetTrackingScalingPolicyConfiguration": {"PredefinedMetricSpecification": {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": "l"}}}, [{"TargetTrackingScalingPolicyConfiguration": {}}, {"TargetTrackingScalingPolicyConfiguration": {"PredefinedMetricSpecification": {"PredefinedMetricType": "ALBRequestCountPerTarget"}}}]),
    "events-rule": ("events:PutRule", {"EventPattern": '{"source": ["aws.ecs"]}'}, [{}, {"EventPattern": '{"source": "aws.ecs"}'}, {"EventPattern": "{"}]),
    "schedule": ("scheduler:CreateSchedule", {"ScheduleExpression": "cron(30 3 * * ? *)"}, [{"ScheduleExpression": "cron(30 3 * * *)"}, {"ScheduleExpression": "cron(30 3 * * * *)"}, {"ScheduleExpression": "rate(1 days)"}, {"ScheduleExpression": "rate(2 day)"}]),
    "sns-subscription": ("sns:Subscribe", {"Protocol": "email", "Endpoint": "ops@example.com"}, [{"Protocol": "email", "Endpoint": "ops"}, {"Protocol": "sqs", "Endpoint": "queue"}]),
    "kms-alias": ("kms:CreateAlias", {"AliasName": "alias/a"}, [{"AliasName": "alias/aws/a"}, {"AliasName": "a"}]),
    "kms-window": ("kms:ScheduleKeyDeletion", {"PendingWindowInDays": 7}, [{"PendingWindowInDays": 6}]),
    "secret-deletion": ("secretsmanager:DeleteSecret", {"RecoveryWindowInDays": 7}, [{"RecoveryWindowInDays": 0}, {"RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": True}]),
    "ecr-lifecycle": ("ecr:PutLifecyclePolicy", {"lifecyclePolicyText": json.dumps({"rules": [{"rulePriority": 1, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan"}}]})}, [{"lifecyclePolicyText": "{"}, {"lifecyclePolicyText": json.dumps({"rules": [{"rulePriority": 1, "selection": {"tagStatus": "tagged", "countType": "imageCountMoreThan"}}]})}]),
    "budget": ("budgets:CreateNotification", {"Notification": {}, "Subscribers": [{}]}, [{"Notification": {}, "Subscribers": []}]),
}  # fmt: skip


def found(call: str, parameters: dict, history: History | None = None) -> list[str]:
    service, operation = call.split(":")
    return [fault.kind for fault in check(Call(service, operation, {k: v for k, v in parameters.items() if v is not None}), history or History())]


@pytest.mark.parametrize("name", CASES)
def test_a_right_request_passes(name):
    call, right, _ = CASES[name]
    assert name not in found(call, right)


@pytest.mark.parametrize(("name", "number"), [(name, n) for name, (_, _, wrong) in CASES.items() for n in range(len(wrong))])
def test_a_wrong_request_is_found(name, number):
    call, _, wrong = CASES[name]
    assert name in found(call, wrong[number])


@pytest.mark.parametrize(
    ("rule", "before", "call", "right"),
    [
        ("rds-replica-password", ("rds:CreateDBInstance", DATABASE | {"ManageMasterUserPassword": True}), ("rds:CreateDBInstanceReadReplica", REPLICA), ("rds:CreateDBInstance", DATABASE)),
        ("rds-replica-backups", ("rds:CreateDBInstance", DATABASE | {"BackupRetentionPeriod": 0}), ("rds:CreateDBInstanceReadReplica", REPLICA), ("rds:CreateDBInstance", DATABASE)),
        ("ecs-balancer", ("ecs:RegisterTaskDefinition", task(portMappings=[{"containerPort": 80}])),
         ("ecs:CreateService", {"taskDefinition": "arn:aws:ecs:us-east-1:1:task-definition/a:3", "loadBalancers": [{"containerName": "app", "containerPort": 8000}]}),
         ("ecs:RegisterTaskDefinition", task(portMappings=[{"containerPort": 8000}]))),
    ],
)  # fmt: skip
def test_rules_about_several_requests(rule, before, call, right):
    wrong, well = History(), History()
    found(*before, wrong)
    found(*right, well)
    assert rule in found(*call, wrong)
    assert rule not in found(*call, well)


def test_every_rule_is_tried_and_says_where_it_stands():
    tried = set(CASES) | {"rds-replica-password", "rds-replica-backups", "ecs-balancer"}
    assert {rule.name for rule in RULES} == tried
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert re.fullmatch(r"https://docs\.aws\.amazon\.com/\S+\.html", rule.document)
        assert rule.text
