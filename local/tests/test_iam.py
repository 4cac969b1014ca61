"""IAM enforced: what a task's role may do, and nothing else."""

import json
import uuid
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "000000000000"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, *resources, **conditions):
    found = {"Effect": "Allow", "Action": actions, "Resource": list(resources)}
    return found | ({"Condition": conditions} if conditions else {})


class Account:
    """Two buckets, two keys, two secrets, and roles made as they are needed."""

    def __init__(self, server):
        self.server = server
        self.s3, self.iam, self.kms, self.secrets = (server.client(n) for n in ("s3", "iam", "kms", "secretsmanager"))
        use = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
        self.key, self.other_key = (
            self.kms.create_key(Policy=document(use))["KeyMetadata"]["Arn"] for _ in range(2)
        )
        self.secret, self.other_secret = (
            self.secrets.create_secret(Name=name, SecretString="s", KmsKeyId=key)["ARN"]
            for name, key in (("own", self.key), ("other", self.other_key))
        )
        self.plain_secret = self.secrets.create_secret(Name="plain", SecretString="s")["ARN"]
        for bucket in ("media", "logs"):
            self.s3.create_bucket(Bucket=bucket)
            # As every bucket of a program on AWS: TLS only.
            refuse = {"Effect": "Deny", "Principal": {"AWS": ["*"]}, "Action": "s3:*",
                      "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
                      "Condition": {"Bool": {"aws:SecureTransport": "false"}}}  # fmt: skip
            self.s3.put_bucket_policy(Bucket=bucket, Policy=document(refuse))
            for name in ("media/a", "static/a"):
                self.s3.put_object(Bucket=bucket, Key=name, Body=b"x")

    def role(self, *statements, name=None):
        """Credentials of a new role with these statements."""
        name = name or f"role-{uuid.uuid4().hex[:8]}"
        trust = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:AssumeRole"}
        arn = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
        if statements:
            self.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(*statements))
        sts = self.server.client("sts")
        return sts.assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]

    def client(self, service, credentials):
        return self.server.client(service, credentials)


@pytest.fixture(scope="module")
def account(secured):
    return Account(secured)


@pytest.fixture(scope="module")
def task(account):
    """The role of the app's tasks."""
    return account.role(
        allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], "arn:aws:s3:::media/media/*"),
        allow("s3:ListBucket", "arn:aws:s3:::media", StringLike={"s3:prefix": "media/*"}),
        allow("secretsmanager:GetSecretValue", account.secret, account.other_secret),
        allow(["kms:Decrypt"], account.key),
        name="task",
    )


@contextmanager
def refused(text="is not authorized to perform"):
    with pytest.raises(ClientError) as problem:
        yield
    assert text in problem.value.response["Error"]["Message"]


def test_the_app_can_do_its_work(account, task):
    s3 = account.client("s3", task)
    s3.put_object(Bucket="media", Key="media/b", Body=b"y")
    assert s3.get_object(Bucket="media", Key="media/b")["Body"].read() == b"y"
    assert s3.list_objects_v2(Bucket="media", Prefix="media/")["KeyCount"] == 2
    s3.delete_object(Bucket="media", Key="media/b")
    assert account.client("secretsmanager", task).get_secret_value(SecretId="own")["SecretString"] == "s"
    sealed = account.kms.encrypt(KeyId=account.key, Plaintext=b"z")["CiphertextBlob"]
    assert account.client("kms", task).decrypt(CiphertextBlob=sealed)["Plaintext"] == b"z"
    assert ":assumed-role/task/" in account.client("sts", task).get_caller_identity()["Arn"]


@pytest.mark.parametrize(
    ("service", "call", "arguments"),
    [
        ("s3", "get_object", {"Bucket": "media", "Key": "static/a"}),
        ("s3", "put_object", {"Bucket": "media", "Key": "static/b"}),
        ("s3", "get_object", {"Bucket": "logs", "Key": "media/a"}),
        ("s3", "list_objects_v2", {"Bucket": "media"}),
        ("s3", "list_objects_v2", {"Bucket": "media", "Prefix": "static/"}),
        ("s3", "copy_object", {"Bucket": "media", "Key": "media/c", "CopySource": "logs/media/a"}),
        ("s3", "delete_bucket_policy", {"Bucket": "media"}),
        ("s3", "list_buckets", {}),
        ("secretsmanager", "get_secret_value", {"SecretId": "plain"}),
        ("secretsmanager", "put_secret_value", {"SecretId": "own", "SecretString": "t"}),
        ("secretsmanager", "list_secrets", {}),
        ("kms", "list_keys", {}),
        ("iam", "create_user", {"UserName": "me"}),
        ("iam", "put_role_policy", {"RoleName": "task", "PolicyName": "p", "PolicyDocument": "{}"}),
        ("sts", "assume_role", {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/admin", "RoleSessionName": "me"}),
        ("ec2", "describe_instances", {}),
        ("ec2", "modify_network_interface_attribute", {"NetworkInterfaceId": "eni-1", "Groups": ["sg-1"]}),
        ("rds", "describe_db_instances", {}),
        ("rds", "create_event_subscription", {"SubscriptionName": "me", "SnsTopicArn": "arn"}),
        ("dynamodb", "list_tables", {}),
        ("logs", "filter_log_events", {"logGroupName": "app"}),
        ("ecr", "get_authorization_token", {}),
        ("ecs", "run_task", {"taskDefinition": "app"}),
        ("ssm", "create_document", {"Name": "doc", "Content": "{}"}),
        ("wafv2", "list_logging_configurations", {"Scope": "REGIONAL"}),
        ("elbv2", "describe_listener_certificates", {"ListenerArn": "arn"}),
        ("application-autoscaling", "describe_scalable_targets", {"ServiceNamespace": "ecs"}),
    ],
)
def test_the_app_can_do_nothing_else(account, task, service, call, arguments):
    with refused():
        getattr(account.client(service, task), call)(**arguments)


def test_the_log_of_a_web_acl_is_its_own_matter(account):
    own, other = (f"arn:aws:wafv2:us-east-1:{ACCOUNT}:regional/webacl/{name}/1" for name in ("own", "other"))
    actions = ["wafv2:DeleteLoggingConfiguration", "wafv2:PutLoggingConfiguration", "wafv2:TagResource"]
    waf = account.client("wafv2", account.role(allow(actions, own)))
    log = [f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:aws-waf-logs-own"]

    def calls(arn):
        yield lambda: waf.put_logging_configuration(
            LoggingConfiguration={"ResourceArn": arn, "LogDestinationConfigs": log}
        )
        yield lambda: waf.delete_logging_configuration(ResourceArn=arn)
        yield lambda: waf.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "b"}])

    for call in calls(other):
        with refused():
            call()
    for call in calls(own):
        # Allowed, and then there is no such web ACL.
        with pytest.raises(ClientError, match="WAFNonexistentItemException"):
            call()


def test_load_balancers_and_alarms_count_by_name(account):
    elb = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}"
    credentials = account.role(
        allow("elasticloadbalancing:*", f"{elb}:loadbalancer/app/own-*", f"{elb}:targetgroup/own-*"),
        allow("cloudwatch:*", f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:own-*"),
        allow("cloudwatch:*", f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/own-*"),
    )
    elbv2, cloudwatch = account.client("elbv2", credentials), account.client("cloudwatch", credentials)
    alarm = {"MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1,
             "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}  # fmt: skip

    def calls(name):
        arn = f"{elb}:targetgroup/{name}/0123456789abcdef"
        yield lambda: elbv2.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId="vpc-1")
        yield lambda: elbv2.add_tags(ResourceArns=[arn], Tags=[{"Key": "a", "Value": "b"}])
        yield lambda: cloudwatch.put_metric_alarm(AlarmName=name, **alarm)
        yield lambda: cloudwatch.delete_alarms(AlarmNames=[name])
        yield lambda: cloudwatch.put_dashboard(DashboardName=name, DashboardBody='{"widgets": []}')
        yield lambda: cloudwatch.delete_dashboards(DashboardNames=[name])

    for call in calls("other-1"):
        with refused():
            call()
    for call in calls("own-1"):
        try:
            call()
        except ClientError as problem:
            assert "is not authorized" not in str(problem)


def test_a_secret_needs_its_key(account, task):
    with refused(f"kms:Decrypt on resource: {account.other_key}"):
        account.client("secretsmanager", task).get_secret_value(SecretId="other")
    writer = account.role(allow("secretsmanager:PutSecretValue", account.secret), allow("kms:Decrypt", account.key))
    with refused("kms:GenerateDataKey"):
        account.client("secretsmanager", writer).put_secret_value(SecretId="own", SecretString="s")
    # The key that AWS manages is open to whoever may read the secret.
    reader = account.role(allow("secretsmanager:GetSecretValue", account.plain_secret))
    account.client("secretsmanager", reader).get_secret_value(SecretId="plain")


def test_an_object_needs_its_key(account):
    objects = allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::sealed/*")
    account.s3.create_bucket(Bucket="sealed")
    account.s3.put_bucket_encryption(
        Bucket="sealed",
        ServerSideEncryptionConfiguration={"Rules": [{"BucketKeyEnabled": True, "ApplyServerSideEncryptionByDefault": {
            "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": account.key}}]},
    )  # fmt: skip
    account.s3.put_object(Bucket="sealed", Key="a", Body=b"x")
    without = account.client("s3", account.role(objects))
    with refused("kms:Decrypt"):
        without.get_object(Bucket="sealed", Key="a")
    with refused("kms:GenerateDataKey"):
        without.put_object(Bucket="sealed", Key="b", Body=b"x")
    through = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
    key = allow(["kms:Decrypt", "kms:GenerateDataKey"], account.key, **through)
    credentials = account.role(objects, key)
    with_key = account.client("s3", credentials)
    assert with_key.get_object(Bucket="sealed", Key="a")["Body"].read() == b"x"
    with_key.put_object(Bucket="sealed", Key="b", Body=b"x")
    # Through S3 only.
    sealed = account.kms.encrypt(KeyId=account.key, Plaintext=b"z")["CiphertextBlob"]
    with refused("kms:Decrypt"):
        account.client("kms", credentials).decrypt(CiphertextBlob=sealed)


def test_the_encryption_context_of_a_call_counts(account):
    condition = {"StringEquals": {"kms:EncryptionContext:app": "slipway", "kms:CallerAccount": ACCOUNT}}
    kms = account.client("kms", account.role(allow("kms:Encrypt", account.key, **condition)))
    kms.encrypt(KeyId=account.key, Plaintext=b"z", EncryptionContext={"app": "slipway"})
    for context in ({}, {"app": "other"}):
        with refused():
            kms.encrypt(KeyId=account.key, Plaintext=b"z", EncryptionContext=context)


@pytest.mark.parametrize(
    ("operator", "key", "value", "allowed"),
    [
        ("StringEquals", "aws:RequestedRegion", "us-east-1", True),
        ("StringEquals", "aws:RequestedRegion", "eu-west-1", False),
        ("StringLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:role/role-*", True),
        ("StringLike", "aws:PrincipalArn", f"arn:aws:sts::{ACCOUNT}:assumed-role/*", False),
        ("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:role/*", True),
        ("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:role/other", False),
        ("Bool", "aws:SecureTransport", "true", True),
        ("Bool", "aws:SecureTransport", "false", False),
    ],
)
def test_conditions(account, operator, key, value, allowed):
    statement = allow("s3:GetObject", "arn:aws:s3:::media/*", **{operator: {key: value}})
    s3 = account.client("s3", account.role(statement))
    if allowed:
        s3.get_object(Bucket="media", Key="media/a")
    else:
        with refused():
            s3.get_object(Bucket="media", Key="media/a")


def test_keys_that_aws_manages(extension):
    kms = extension.client("kms")
    first = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert first["KeyManager"] == "AWS"
    assert kms.describe_key(KeyId=f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/aws/s3")["KeyMetadata"]["Arn"] == first["Arn"]
    assert kms.describe_key(KeyId="alias/aws/rds")["KeyMetadata"]["Arn"] != first["Arn"]
    assert kms.describe_key(KeyId=kms.create_key()["KeyMetadata"]["KeyId"])["KeyMetadata"]["KeyManager"] == "CUSTOMER"
    with pytest.raises(kms.exceptions.NotFoundException):
        kms.describe_key(KeyId="alias/aws/none")
