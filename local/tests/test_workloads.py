"""Real containers: databases, the registry, tasks behind a load balancer. Needs a Docker engine."""

import json
import urllib.error
import urllib.request

import boto3
import docker
import pytest
from conftest import wait_for
from service import Service

pytestmark = pytest.mark.engine

IMAGE = "python:3.13-slim"

@pytest.fixture(scope="module")
def engine():
    return docker.from_env()


@pytest.fixture(scope="module")
def image(local_aws, engine):
    """The app's image in the local registry."""
    uri = local_aws.client("ecr").create_repository(repositoryName="app", imageTagMutability="IMMUTABLE")["repository"][
        "repositoryUri"
    ]
    push(engine, engine.images.get(IMAGE), uri, "1")
    yield f"{uri}:1"
    engine.images.remove(f"{uri}:1")


def push(engine, image, uri, tag):
    """Pushes; returns the error, or None."""
    image.tag(uri, tag)
    lines = engine.images.push(uri, tag=tag, stream=True, decode=True)
    return next((line["error"] for line in lines if "error" in line), None)


def test_an_immutable_tag_takes_the_same_image_only(local_aws, engine, image):
    uri = image.rpartition(":")[0]
    assert push(engine, engine.images.get(IMAGE), uri, "1") is None
    container = engine.containers.create(IMAGE, ["true"])
    try:
        other = container.commit(changes="LABEL other=1")
    finally:
        container.remove()
    assert "immutable" in push(engine, other, uri, "1")
    (kept,) = local_aws.client("ecr").describe_images(repositoryName="app")["imageDetails"]
    assert kept["imageTags"] == ["1"]
    engine.images.get(IMAGE).tag(uri, "1")
    engine.images.remove(other.id)


@pytest.fixture(scope="module")
def database(local_aws):
    rds = local_aws.client("rds")
    rds.create_db_parameter_group(DBParameterGroupName="app", DBParameterGroupFamily="postgres17", Description="app")
    set_parameter(rds, "lock_timeout", "2000")
    rds.create_db_instance(
        DBInstanceIdentifier="db", Engine="postgres", EngineVersion="17.6", DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20, MasterUsername="app", DBName="app", ManageMasterUserPassword=True,
        DBParameterGroupName="app",
    )
    yield wait_for(lambda: available(rds), "an available database")
    rds.delete_db_instance(DBInstanceIdentifier="db", SkipFinalSnapshot=True)


def set_parameter(rds, name, value):
    parameter = {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "immediate"}
    rds.modify_db_parameter_group(DBParameterGroupName="app", Parameters=[parameter])


def available(rds, name="db"):
    instance = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    return instance if instance["DBInstanceStatus"] == "available" else None


def query(local_aws, engine, database, sql, secret=None):
    arn = secret or database["MasterUserSecret"]["SecretArn"]
    secret = json.loads(local_aws.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
    address = f"host={database['Endpoint']['Address']} port={database['Endpoint']['Port']}"
    client = engine.containers.create(
        "postgres:17-alpine",
        ["psql", f"{address} user={secret['username']} dbname=app sslmode=require", "-Atc", sql],
        environment={"PGPASSWORD": secret["password"]},
        network=f"slipway-{local_aws.port}",
        labels={"slipway.local": "test"},
    )
    try:
        client.start()
        status, output = client.wait()["StatusCode"], client.logs().decode().strip()
    finally:
        client.remove(force=True, v=True)
    assert status == 0, output
    return output


def test_the_database_is_real_encrypted_and_on_the_network_only(local_aws, engine, database):
    assert database["Endpoint"]["Port"] == 5432
    assert query(local_aws, engine, database, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == "t"
    assert query(local_aws, engine, database, "SHOW server_version").startswith("17.")
    (container,) = [
        c for c in engine.containers.list(ignore_removed=True, filters={"label": "ministack=rds"})
        if f"slipway-{local_aws.port}" in c.attrs["NetworkSettings"]["Networks"]
    ]
    assert not any(container.ports.values())


def test_a_reboot_keeps_address_and_data(local_aws, engine, database):
    rds = local_aws.client("rds")
    query(local_aws, engine, database, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    rds.reboot_db_instance(DBInstanceIdentifier="db")
    after = wait_for(lambda: available(rds), "a rebooted database")
    assert after["Endpoint"] == database["Endpoint"]
    assert query(local_aws, engine, after, "SELECT n FROM kept") == "7"


def test_rotation_changes_the_databases_password(local_aws, engine, database):
    secrets, arn = local_aws.client("secretsmanager"), database["MasterUserSecret"]["SecretArn"]
    before = secrets.get_secret_value(SecretId=arn)["SecretString"]
    secrets.rotate_secret(SecretId=arn)
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] != before
    assert query(local_aws, engine, database, "SELECT 1") == "1"


def test_the_parameters_of_its_group_take_effect(local_aws, engine, database):
    def setting(name):
        return query(local_aws, engine, database, f"SHOW {name}")

    assert setting("lock_timeout") == "2s"
    set_parameter(local_aws.client("rds"), "statement_timeout", "30000")
    assert (setting("lock_timeout"), setting("statement_timeout")) == ("2s", "30s")


def test_a_replica_reads_and_a_snapshot_restores_the_data(local_aws, engine, database):
    rds, secret = local_aws.client("rds"), database["MasterUserSecret"]["SecretArn"]
    query(local_aws, engine, database, "CREATE ROLE reader; CREATE TABLE saved (n int); INSERT INTO saved VALUES (42)")
    rds.create_db_instance_read_replica(DBInstanceIdentifier="replica", SourceDBInstanceIdentifier="db")
    replica = available(rds, "replica")
    assert query(local_aws, engine, replica, "SELECT n FROM saved", secret) == "42"
    rds.delete_db_instance(DBInstanceIdentifier="replica", SkipFinalSnapshot=True)

    rds.create_db_snapshot(DBSnapshotIdentifier="before", DBInstanceIdentifier="db")
    query(local_aws, engine, database, "DROP TABLE saved")
    rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="restored", DBSnapshotIdentifier="before")
    restored = wait_for(lambda: available(rds, "restored"), "a restored database")
    assert restored["Endpoint"]["Address"] != database["Endpoint"]["Address"]
    # It starts with the password that the snapshot was taken with.
    assert query(local_aws, engine, restored, "SELECT n FROM saved", secret) == "42"
    managed = rds.modify_db_instance(DBInstanceIdentifier="restored", ManageMasterUserPassword=True)["DBInstance"]
    assert query(local_aws, engine, managed, "SELECT count(*) FROM pg_roles WHERE rolname = 'reader'") == "1"

    # The final snapshot holds the data of an instance that is gone.
    rds.delete_db_instance(DBInstanceIdentifier="restored", FinalDBSnapshotIdentifier="final")
    rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="again", DBSnapshotIdentifier="final")
    again = wait_for(lambda: available(rds, "again"), "a database restored again")
    rds.modify_db_instance(DBInstanceIdentifier="again", ManageMasterUserPassword=True)
    assert query(local_aws, engine, available(rds, "again") or again, "SELECT n FROM saved") == "42"
    rds.delete_db_instance(DBInstanceIdentifier="again", SkipFinalSnapshot=True)


@pytest.fixture(scope="module")
def service(local_aws, image):
    service = Service(local_aws, image)
    service.create(service.definition("echo migrated"))
    wait_for(lambda: service.get()[0] == 200, "an answer through the load balancer")
    return service


def test_a_task_runs_as_it_is_defined(local_aws, service):
    status, body = service.get()
    got = json.loads(body)
    assert (status, got["user"], got["writable"], got["environment"]["KEY"]) == (200, 1000, False, "value")
    environment = got["environment"]
    assert environment["AWS_REGION"] == "us-east-1"
    # The same address answers inside the task and on the host: a URL signed in the task opens on the host.
    with urllib.request.urlopen(environment["AWS_ENDPOINT_URL"] + "/_ministack/health", timeout=10) as response:
        assert response.status == 200
    assert "migrated" in service.messages("migrate/")


def test_a_tasks_credentials_are_a_session_of_its_role(local_aws, service):
    uri = json.loads(service.get()[1])["environment"]["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    with urllib.request.urlopen(uri, timeout=10) as response:
        got = json.loads(response.read())
    assert got["RoleArn"] == service.role
    sts = boto3.client(
        "sts", endpoint_url=local_aws.url, region_name="us-east-1", aws_access_key_id=got["AccessKeyId"],
        aws_secret_access_key=got["SecretAccessKey"], aws_session_token=got["Token"],
    )
    assert ":assumed-role/web/" in sts.get_caller_identity()["Arn"]
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(uri.rpartition("/")[0] + "/another", timeout=10)


def test_a_command_runs_once_and_says_how_it_ended(service):
    command = {"name": "app", "command": ["sh", "-c", "echo done once; exit 3"]}
    (task,) = service.ecs.run_task(
        cluster="web", taskDefinition=service.definition("true"), launchType="FARGATE",
        overrides={"containerOverrides": [command]},
    )["tasks"]  # fmt: skip

    def stopped():
        (got,) = service.ecs.describe_tasks(cluster="web", tasks=[task["taskArn"]])["tasks"]
        return got if got["lastStatus"] == "STOPPED" else None

    got = wait_for(stopped, "the end of a command")
    assert (got["stopCode"], got["group"]) == ("EssentialContainerExited", "family:web")
    assert {c["name"]: c["exitCode"] for c in got["containers"]} == {"app": 3, "migrate": 0}
    stream = f"app/app/{task['taskArn'].rpartition('/')[2]}"
    wait_for(lambda: service.messages(stream) == ["done once"], "the command's output in its own stream")


def test_a_failed_migration_stops_the_rollout_and_the_old_task_serves(service):
    service.ecs.update_service(cluster="web", service="web", taskDefinition=service.definition("echo broken; exit 3"))

    failed = []

    def rolled_back():
        assert service.get()[0] == 200
        deployments = service.ecs.describe_services(cluster="web", services=["web"])["services"][0]["deployments"]
        failed.extend(d for d in deployments if d["rolloutState"] == "FAILED")
        return failed and [(d["status"], d["rolloutState"]) for d in deployments] == [("PRIMARY", "COMPLETED")]

    wait_for(rolled_back, "a rollback")
    assert failed[0]["failedTasks"] == 3
    assert failed[0]["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."
    task = next(task for task in service.stopped() if task["stopCode"] == "TaskFailedToStart")
    assert "container 'migrate' exited with code 3, and container 'app' depends on its SUCCESS" in task["stoppedReason"]
    assert {c["name"]: c.get("exitCode") for c in task["containers"]}["migrate"] == 3
    wait_for(lambda: "broken" in service.messages("migrate/"), "the failed migration's output in its log")


def test_a_stopped_task_gets_its_time_and_nothing_of_it_stays(engine, service):
    service.ecs.delete_service(cluster="web", service="web", force=True)

    def gone():
        labels = ["slipway.local=workload-" + str(service.aws.port), "ministack=ecs"]
        return not engine.containers.list(all=True, sparse=True, filters={"label": labels})

    wait_for(gone, "the task's containers to go")
    # The app takes 7 seconds to stop: longer than the 5 that MiniStack would give it.
    assert "bye" in service.messages("app/")
    label = {"label": "slipway.local=workload-" + str(service.aws.port)}
    wait_for(lambda: not [v for v in engine.volumes.list(filters=label)], "the task's volumes to go")
