"""What docs/operations.md promises of a version and of the data: staging's image runs in prod, a roll back finds what
was built before, and prod's database is restored in four steps. The tests build on each other, in this order.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import psycopg
import pytest
import yaml
from api import Api
from app_check import Outcome, check
from changed import Changed
from conftest import ROOT, Slipway
from ecs import Service, eventually

from local import where

_SNAPSHOT = "before-the-accident"


class Prod(Slipway):
    """Prod, with the values of its file but for some."""

    def __init__(self) -> None:
        super().__init__("prod")
        #: What a restore leaves in the file.
        self.restored: dict[str, object] = {}

    def values(self, changes: dict[str, object]) -> tuple[str, str]:
        project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["name"]
        content = yaml.safe_load((ROOT / ".slipway/Pulumi.prod.yaml").read_text())
        content["config"] |= {f"{project}:{key}": value for key, value in changes.items()}
        path = ROOT / ".slipway/operations/Pulumi.prod.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(content))
        return "--config-file", str(path)

    def up(self, changes: dict[str, object]) -> None:
        print(self.pulumi("up", "--yes", *self.values(changes)))


@pytest.fixture(scope="module")
def staging() -> Iterator[Slipway]:
    stack = Slipway("staging")
    stack.make("up")
    yield stack
    stack.make("down")


@pytest.fixture(scope="module")
def prod() -> Iterator[Prod]:
    stack = Prod()
    stack.make("up")
    yield stack
    stack.up({"protect": False} | stack.restored)
    stack.make("down")


@pytest.fixture(scope="module")
def app(staging) -> Changed:
    return Changed("staging")


def api(stack: Slipway) -> Api:
    url = stack.outputs()["url"]
    return Api(url, *where(url))


def service(stack: Slipway, aws) -> Service:
    outputs = stack.outputs()
    return Service(aws, outputs["clusterName"], outputs["serviceName"])


def images(aws) -> dict[str, list[str]]:
    """Tags by digest of all that was ever pushed."""
    found = aws("ecr").describe_images(repositoryName="slipway")["imageDetails"]
    return {image["imageDigest"]: sorted(image.get("imageTags", [])) for image in found}


def registered(stack: Slipway, aws) -> str:
    """The image that the app's service runs, as its task definition names it."""
    arn = service(stack, aws).task_definition
    (container,) = aws("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]["containerDefinitions"]
    return container["image"]


def running(stack: Slipway) -> set[str]:
    """IDs of the images in the containers of the app's tasks."""
    family = f"label=com.amazonaws.ecs.task-definition-family=slipway-{stack.stack}-app"
    containers = subprocess.run(
        ["docker", "ps", "--quiet", "--filter", family], check=True, text=True, stdout=subprocess.PIPE
    ).stdout.split()
    asked = ["docker", "inspect", "--format", "{{.Image}}", *containers]
    return set(subprocess.run(asked, check=True, text=True, stdout=subprocess.PIPE).stdout.split())


def has_built(stack: Slipway) -> bool:
    """Whether the stack's state has an image or a builder."""
    resources = json.loads(stack.pulumi("stack", "export"))["deployment"]["resources"]
    return any(resource["type"].startswith("docker:") for resource in resources)


def test_the_image_of_staging_runs_in_prod(staging, prod, aws):
    assert prod.outputs()["version"] == staging.outputs()["version"]
    assert registered(prod, aws) == registered(staging, aws)
    assert "@sha256:" in registered(prod, aws)
    assert running(prod) == running(staging)
    assert has_built(staging)
    assert not has_built(prod)
    assert len(images(aws)) == 1, "prod has pushed something"


def test_an_earlier_content_is_found_and_nothing_is_built(staging, app, aws):
    version, first, there = staging.outputs()["version"], registered(staging, aws), running(staging)
    app.change_a_line("An accident.")
    app.up()
    second = registered(staging, aws)
    assert second != first
    assert api(staging).call("GET", "/version", 200).json()["version"] != version
    pushed = images(aws)
    app.restore()
    app.up()
    assert images(aws) == pushed, "going back has pushed something"
    assert not has_built(staging)
    assert registered(staging, aws) == first
    eventually("the tasks of the second version are gone", lambda: running(staging) == there)
    assert api(staging).call("GET", "/version", 200).json()["version"] == version
    assert staging.changes() == {}


def test_what_was_gone_back_from_is_found_too(staging, app, aws):
    pushed = images(aws)
    app.change_a_line("An accident.")
    app.up()
    assert images(aws) == pushed
    assert registered(staging, aws).rpartition("@")[2] in pushed
    app.restore()
    app.up()


@pytest.fixture(scope="module")
def recipes(prod, aws) -> tuple[Outcome, Outcome]:
    """A recipe that is in the snapshot, and one that was made after it."""
    before = check(api(prod), keep=True)
    rds = aws("rds")
    rds.create_db_snapshot(DBSnapshotIdentifier=_SNAPSHOT, DBInstanceIdentifier=database(prod, aws)["DBInstanceIdentifier"])
    rds.get_waiter("db_snapshot_available").wait(DBSnapshotIdentifier=_SNAPSHOT, WaiterConfig={"Delay": 1})
    return before, check(api(prod), keep=True)


def database(stack: Slipway, aws) -> dict:
    """The instance that the stack's app connects to."""
    host = stack.outputs()["databaseEndpoint"].partition(":")[0]
    (found,) = [i for i in aws("rds").describe_db_instances()["DBInstances"] if i["Endpoint"]["Address"] == host]
    return found


def titles(stack: Slipway, aws) -> set[str]:
    """What the database's recipes are called."""
    instance = database(stack, aws)
    secret = aws("secretsmanager").get_secret_value(SecretId=instance["MasterUserSecret"]["SecretArn"])
    login, endpoint = json.loads(secret["SecretString"]), instance["Endpoint"]
    with psycopg.connect(
        host=endpoint["Address"], port=endpoint["Port"], dbname="app", sslmode="require",
        user=login["username"], password=login["password"],
    ) as connection:  # fmt: skip
        return {title for (title,) in connection.execute("SELECT title FROM recipes_recipe")}


def test_a_protected_database_is_not_replaced(prod, recipes, aws):
    old = database(prod, aws)["DBInstanceIdentifier"]
    with pytest.raises(subprocess.CalledProcessError):
        prod.up({"databaseSnapshot": _SNAPSHOT})
    assert database(prod, aws)["DBInstanceIdentifier"] == old
    assert prod.changes() == {}, "the refusal has changed something"


def test_the_database_loses_its_protection_and_nothing_else(prod, recipes, aws):
    off = {"protect": False}
    assert set(prod.changes(*prod.values(off)).values()) == {"update"}
    prod.up(off)
    assert not database(prod, aws)["DeletionProtection"]


def test_the_database_is_what_the_snapshot_holds(prod, recipes, aws):
    before, after = recipes
    old = database(prod, aws)["DBInstanceIdentifier"]
    restore = {"protect": False, "databaseSnapshot": _SNAPSHOT}
    planned = {urn.split("$")[-1]: op for urn, op in prod.changes(*prod.values(restore)).items()}
    assert planned["aws:rds/instance:Instance::slipway-prod-database"] == "replace", planned
    prod.up(restore)
    prod.restored = {"databaseSnapshot": _SNAPSHOT}
    assert database(prod, aws)["DBInstanceIdentifier"] != old
    assert before.title in titles(prod, aws)
    assert after.title not in titles(prod, aws)
    names = {i["DBInstanceIdentifier"] for i in aws("rds").describe_db_instances()["DBInstances"]}
    assert old not in names
    final = aws("rds").describe_db_snapshots(DBSnapshotIdentifier=f"{old}-final")["DBSnapshots"]
    assert [snapshot["Status"] for snapshot in final] == ["available"]


def test_the_database_is_protected_again(prod, recipes, aws):
    assert set(prod.changes(*prod.values(prod.restored)).values()) == {"update"}
    prod.up(prod.restored)
    assert database(prod, aws)["DeletionProtection"]
    assert prod.changes(*prod.values(prod.restored)) == {}
    assert recipes[0].title in titles(prod, aws)
    check(api(prod))
