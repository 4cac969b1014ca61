"""RDS without an engine: what the API takes, keeps and gives back."""

import json

import pytest
from botocore.exceptions import ClientError
from conftest import make_subnets, wait_for
from slipway_aws import rds_parameters

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


def test_more_settings_read_back_as_given(extension, create):
    create(
        "more", MasterUserPassword="given-password", EngineLifecycleSupport="open-source-rds-extended-support-disabled",
        PreferredBackupWindow="01:00-02:00", BackupRetentionPeriod=7, NetworkType="DUAL",
        VpcSecurityGroupIds=["sg-1"], Tags=[{"Key": "a", "Value": "b"}],
    )
    rds = extension.client("rds")
    got = rds.describe_db_instances(DBInstanceIdentifier="more")["DBInstances"][0]
    assert (got["PreferredBackupWindow"], got["BackupRetentionPeriod"]) == ("01:00-02:00", 7)
    assert got["NetworkType"] == "DUAL"
    assert [group["VpcSecurityGroupId"] for group in got["VpcSecurityGroups"]] == ["sg-1"]
    assert got["TagList"] == [{"Key": "a", "Value": "b"}]
    assert "ReadReplicaSourceDBInstanceIdentifier" not in got
    rds.modify_db_instance(DBInstanceIdentifier="more", AutoMinorVersionUpgrade=False)
    assert not rds.describe_db_instances(DBInstanceIdentifier="more")["DBInstances"][0]["AutoMinorVersionUpgrade"]


def test_instances_are_found_by_resource_id(extension, create):
    first, second = create("first"), create("second")
    for wanted, found in ([first, second], ["first", "second"]), ([second], ["second"]), ([], []):
        values = [instance["DbiResourceId"] for instance in wanted] or ["db-NONE"]
        answer = extension.client("rds").describe_db_instances(Filters=[{"Name": "dbi-resource-id", "Values": values}])
        assert [instance["DBInstanceIdentifier"] for instance in answer["DBInstances"]] == found


def test_a_database_keeps_the_subnets_of_its_zones(extension, create):
    rds, subnets = extension.client("rds"), make_subnets(extension.client("ec2"), "10.77", "abc")
    group = {"DBSubnetGroupName": "zones", "DBSubnetGroupDescription": "zones"}
    rds.create_db_subnet_group(**group, SubnetIds=subnets)
    assert create("placed", DBSubnetGroupName="zones")["AvailabilityZone"] == "us-east-1a"

    def zones():
        (found,) = rds.describe_db_instances(DBInstanceIdentifier="placed")["DBInstances"]
        return found["AvailabilityZone"], found.get("SecondaryAvailabilityZone")

    with pytest.raises(ClientError, match="SubnetAlreadyInUse"):
        rds.modify_db_subnet_group(**group, SubnetIds=subnets[1:])
    with pytest.raises(ClientError, match="InvalidParameterCombination"):
        rds.reboot_db_instance(DBInstanceIdentifier="placed", ForceFailover=True)
    rds.modify_db_instance(DBInstanceIdentifier="placed", MultiAZ=True, ApplyImmediately=True)
    assert zones() == ("us-east-1a", "us-east-1c")
    with pytest.raises(ClientError, match="SubnetAlreadyInUse"):
        rds.modify_db_subnet_group(**group, SubnetIds=subnets[:2])
    rds.reboot_db_instance(DBInstanceIdentifier="placed", ForceFailover=True)
    wait_for(lambda: zones() == ("us-east-1c", "us-east-1a"), "the failover")
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="placed", WaiterConfig={"Delay": 1})
    rds.modify_db_instance(DBInstanceIdentifier="placed", MultiAZ=False, ApplyImmediately=True)
    assert zones()[0] == "us-east-1c"
    rds.modify_db_subnet_group(**group, SubnetIds=subnets[1:])
    with pytest.raises(ClientError, match="InvalidDBSubnetGroupStateFault"):
        rds.delete_db_subnet_group(DBSubnetGroupName="zones")


def test_an_instance_moves_to_no_other_group_of_its_network(extension, create):
    rds, subnets = extension.client("rds"), make_subnets(extension.client("ec2"), "10.78", "ab")
    for name in ("stay", "go"):
        rds.create_db_subnet_group(DBSubnetGroupName=name, DBSubnetGroupDescription=name, SubnetIds=subnets)
    create("settled", DBSubnetGroupName="stay")
    with pytest.raises(ClientError, match="InvalidVPCNetworkStateFault"):
        rds.modify_db_instance(DBInstanceIdentifier="settled", DBSubnetGroupName="go")
    rds.modify_db_instance(DBInstanceIdentifier="settled", DBSubnetGroupName="stay")
    rds.delete_db_subnet_group(DBSubnetGroupName="go")


def test_a_replica_has_settings_of_its_own(extension, create):
    create(
        "source", ManageMasterUserPassword=True, EnableCloudwatchLogsExports=["postgresql", "upgrade"], MultiAZ=True,
        BackupRetentionPeriod=7, DeletionProtection=False,
    )  # fmt: skip
    rds = extension.client("rds")
    rds.create_db_instance_read_replica(
        DBInstanceIdentifier="replica", SourceDBInstanceIdentifier="source", DBInstanceClass="db.t4g.small",
        EnableCloudwatchLogsExports=["postgresql"], Tags=[{"Key": "a", "Value": "b"}],
    )  # fmt: skip
    source, replica = (
        rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0] for name in ("source", "replica")
    )
    assert source["ReadReplicaDBInstanceIdentifiers"] == ["replica"]
    assert replica["ReadReplicaSourceDBInstanceIdentifier"] == "source"
    assert replica["EnabledCloudwatchLogsExports"] == ["postgresql"]
    assert (replica["DBInstanceClass"], replica["MultiAZ"], replica["TagList"]) == (
        "db.t4g.small", False, [{"Key": "a", "Value": "b"}],
    )  # fmt: skip
    assert "MasterUserSecret" not in replica
    assert replica["Endpoint"] == source["Endpoint"]
    rds.delete_db_instance(DBInstanceIdentifier="replica", SkipFinalSnapshot=True)


def test_a_final_snapshot_is_made_or_waived(extension, create):
    create("last", MasterUserPassword="given-password")
    rds = extension.client("rds")
    for arguments in ({}, {"SkipFinalSnapshot": True, "FinalDBSnapshotIdentifier": "final"}):
        with pytest.raises(ClientError, match="InvalidParameterCombination"):
            rds.delete_db_instance(DBInstanceIdentifier="last", **arguments)
    rds.create_db_snapshot(DBInstanceIdentifier="last", DBSnapshotIdentifier="taken")
    with pytest.raises(ClientError, match="AlreadyExists"):
        rds.delete_db_instance(DBInstanceIdentifier="last", FinalDBSnapshotIdentifier="taken")
    rds.delete_db_instance(DBInstanceIdentifier="last", FinalDBSnapshotIdentifier="final")
    assert {s["DBSnapshotIdentifier"] for s in rds.describe_db_snapshots()["DBSnapshots"]} == {"taken", "final"}


def test_event_subscriptions(extension):
    rds = extension.client("rds")
    topic = "arn:aws:sns:us-east-1:000000000000:alerts"
    made = rds.create_event_subscription(
        SubscriptionName="events", SnsTopicArn=topic, SourceType="db-instance", SourceIds=["db"],
        EventCategories=["failover", "low storage"], Tags=[{"Key": "a", "Value": "b"}],
    )["EventSubscription"]  # fmt: skip
    assert (made["Status"], made["Enabled"], made["SourceIdsList"]) == ("active", True, ["db"])
    assert rds.list_tags_for_resource(ResourceName=made["EventSubscriptionArn"])["TagList"] == [
        {"Key": "a", "Value": "b"}
    ]
    rds.modify_event_subscription(SubscriptionName="events", Enabled=False, EventCategories=["failure"])
    rds.add_source_identifier_to_subscription(SubscriptionName="events", SourceIdentifier="other")
    rds.remove_source_identifier_from_subscription(SubscriptionName="events", SourceIdentifier="db")
    (got,) = rds.describe_event_subscriptions(SubscriptionName="events")["EventSubscriptionsList"]
    assert (got["Enabled"], got["EventCategoriesList"], got["SourceIdsList"]) == (False, ["failure"], ["other"])
    with pytest.raises(rds.exceptions.SubscriptionAlreadyExistFault):
        rds.create_event_subscription(SubscriptionName="events", SnsTopicArn=topic)
    with pytest.raises(rds.exceptions.SourceNotFoundFault):
        rds.modify_event_subscription(SubscriptionName="events", SourceType="db-nothing")
    rds.delete_event_subscription(SubscriptionName="events")
    with pytest.raises(rds.exceptions.SubscriptionNotFoundFault):
        rds.describe_event_subscriptions(SubscriptionName="events")


def test_only_a_groups_own_parameters_are_set_in_the_database():
    parameters = {
        "lock_timeout": {"ParameterValue": "2000"}, "rds.force_ssl": {"ParameterValue": "1"},
        "max_connections": {"ParameterValue": "LEAST({DBInstanceClassMemory/9531392},5000)"},
        "log_line_prefix": {"ParameterValue": "it's"}, "work_mem": {"ParameterValue": ""},
    }  # fmt: skip
    assert rds_parameters.statements(parameters) == [
        "ALTER SYSTEM RESET ALL",
        "ALTER SYSTEM SET lock_timeout = '2000'",
        "ALTER SYSTEM SET log_line_prefix = 'it''s'",
        "SELECT pg_reload_conf()",
    ]
