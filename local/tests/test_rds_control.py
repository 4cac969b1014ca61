"""RDS without an engine: what the API takes, keeps and gives back."""

import json

import pytest
from botocore.exceptions import ClientError

BASE = {
    "Engine": "postgres", "EngineVersion": "17.6", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20,
    "MasterUsername": "app", "DBName": "app",
}


@pytest.fixture
def create(extension):
    rds, made = extension.client("rds"), []

    def create(name, **settings):
        made.append(name)
        return rds.create_db_instance(DBInstanceIdentifier=name, **BASE, **settings)["DBInstance"]

    yield create
    left = {i["DBInstanceIdentifier"] for i in rds.describe_db_instances()["DBInstances"]}
    for name in left.intersection(made):
        rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)


def password(extension, instance):
    arn = instance["MasterUserSecret"]["SecretArn"]
    content = json.loads(extension.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
    assert content["username"] == "app"
    return content["password"]


def test_the_managed_secret_lives_as_long_as_its_instance(extension, create):
    rds, secrets = extension.client("rds"), extension.client("secretsmanager")
    made = create("managed", ManageMasterUserPassword=True, MasterUserSecretKmsKeyId="key-1")
    assert made["MasterUserSecret"]["SecretStatus"] == "active"
    assert made["MasterUserSecret"]["KmsKeyId"] == "key-1"
    described = rds.describe_db_instances(DBInstanceIdentifier="managed")["DBInstances"][0]
    assert described["MasterUserSecret"] == made["MasterUserSecret"]
    secret = secrets.describe_secret(SecretId=made["MasterUserSecret"]["SecretArn"])
    assert secret["Name"].startswith("rds!db-")
    assert len(password(extension, made)) >= 32
    rds.delete_db_instance(DBInstanceIdentifier="managed", SkipFinalSnapshot=True)
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.describe_secret(SecretId=secret["ARN"])


def test_two_instances_have_two_passwords(extension, create):
    first, second = (create(name, ManageMasterUserPassword=True) for name in ("one", "two"))
    assert password(extension, first) != password(extension, second)


def test_management_can_be_turned_on_rotated_and_off(extension, create):
    rds = extension.client("rds")
    assert "MasterUserSecret" not in create("plain", MasterUserPassword="given-password")
    on = rds.modify_db_instance(DBInstanceIdentifier="plain", ManageMasterUserPassword=True)["DBInstance"]
    first = password(extension, on)
    rds.modify_db_instance(DBInstanceIdentifier="plain", RotateMasterUserPassword=True, ApplyImmediately=True)
    second = password(extension, on)
    extension.client("secretsmanager").rotate_secret(SecretId=on["MasterUserSecret"]["SecretArn"])
    assert len({first, second, password(extension, on)}) == 3
    off = rds.modify_db_instance(
        DBInstanceIdentifier="plain", ManageMasterUserPassword=False, MasterUserPassword="given-again"
    )["DBInstance"]
    assert "MasterUserSecret" not in off


def test_a_password_beside_a_managed_one_is_refused(extension, create):
    with pytest.raises(ClientError, match="InvalidParameterCombination"):
        create("both", ManageMasterUserPassword=True, MasterUserPassword="given-password")
    create("managed", ManageMasterUserPassword=True)
    with pytest.raises(ClientError, match="InvalidParameterCombination"):
        extension.client("rds").modify_db_instance(DBInstanceIdentifier="managed", MasterUserPassword="given-password")


def test_settings_read_back_as_given(extension, create):
    create(
        "settings", ManageMasterUserPassword=True, EnableCloudwatchLogsExports=["postgresql", "upgrade"],
        MonitoringInterval=60, MonitoringRoleArn="arn:aws:iam::000000000000:role/monitoring", CopyTagsToSnapshot=True,
        EnableIAMDatabaseAuthentication=True, EnablePerformanceInsights=True, PerformanceInsightsKMSKeyId="key-2",
        MaxAllocatedStorage=100, CACertificateIdentifier="rds-ca-ecc384-g1", DeletionProtection=False,
    )
    rds = extension.client("rds")
    got = rds.describe_db_instances(DBInstanceIdentifier="settings")["DBInstances"][0]
    assert got["EnabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]
    assert got["EnhancedMonitoringResourceArn"].endswith(got["DbiResourceId"])
    assert (got["MonitoringInterval"], got["MaxAllocatedStorage"]) == (60, 100)
    assert got["CopyTagsToSnapshot"] and got["IAMDatabaseAuthenticationEnabled"] and got["PerformanceInsightsEnabled"]
    assert (got["PerformanceInsightsKMSKeyId"], got["CACertificateIdentifier"]) == ("key-2", "rds-ca-ecc384-g1")
    rds.modify_db_instance(
        DBInstanceIdentifier="settings", CloudwatchLogsExportConfiguration={"DisableLogTypes": ["upgrade"]}
    )
    got = rds.describe_db_instances(DBInstanceIdentifier="settings")["DBInstances"][0]
    assert got["EnabledCloudwatchLogsExports"] == ["postgresql"]
