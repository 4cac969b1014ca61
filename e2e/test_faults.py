"""The faults that a trusted system survives, one after another on one stack, under light traffic.

Each test is one fault with its promise. `make faults` runs them all and prints the table; `make faults
FAULT=broken_image` one of them. Everything else that was measured is in .slipway/e2e.
"""

from __future__ import annotations

import json
import re
import subprocess
import time

import psycopg
import pytest
from changed import Changed
from conftest import Fault
from ecs import Service, eventually

#: Seconds within which an `up` of something broken has to end.
_LIMIT = 180


@pytest.fixture
def superuser(slipway, aws):
    """Connects to the database as its master user, with the password of the moment."""
    host, port = slipway.outputs()["databaseEndpoint"].split(":")

    def connect() -> psycopg.Connection:
        (instance,) = [i for i in aws("rds").describe_db_instances()["DBInstances"] if i["Endpoint"]["Address"] == host]
        secret = aws("secretsmanager").get_secret_value(SecretId=instance["MasterUserSecret"]["SecretArn"])
        login = json.loads(secret["SecretString"])
        return psycopg.connect(
            host=host, port=port, dbname="app", sslmode="require", user=login["username"], password=login["password"]
        )

    return connect


def tasks(service: Service) -> set[str]:
    """ARNs of the running tasks."""
    return {task["taskArn"] for task in service.tasks()}


def container_of(task: str) -> str:
    """Identifier of the container behind a task."""
    command = ["docker", "ps", "--quiet", "--filter", f"label=com.amazonaws.ecs.task-arn={task}"]
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()


def broken_up(changed: Changed, fault: Fault) -> str:
    """An `up` that has to fail, in time; its output."""
    began = time.monotonic()
    output = changed.up(check=False)
    took = time.monotonic() - began
    fault.note = f"up failed after {took:.0f} s"
    assert took <= _LIMIT, fault.note
    assert changed.output("version"), "the stack has no outputs after a failed up"
    return output


def good_up(changed: Changed, service: Service, fault: Fault, line: str) -> None:
    """The next `up` of something good: it needs no step by hand, and its version serves."""
    changed.restore()
    changed.change_a_line(line)
    began = time.monotonic()
    changed.up()
    fault.note += f"; the next one succeeded after {time.monotonic() - began:.0f} s"
    assert service.settled()


def serving(service: Service) -> tuple[str, set[str], list[str]]:
    """What serves, to compare: the version, its tasks, its deployments."""
    found = service.describe()
    return found["taskDefinition"], tasks(service), [deployment["id"] for deployment in found["deployments"]]


def add_migration(changed: Changed, operation: str) -> None:
    """Adds a migration that runs one statement to the copy's app."""
    versions = sorted((changed.app / "apps/recipes/migrations").glob("0*.py"))
    changed.write(
        f"apps/recipes/migrations/{len(versions) + 1:04d}_fault.py",
        f"""from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("recipes", "{versions[-1].stem}")]
    operations = [migrations.RunSQL({operation!r}, migrations.RunSQL.noop)]
""",
    )


def test_task_stopped(fault, traffic, service):
    """0 failed requests"""
    service.wait_for_the_end(service.stop_task())
    result = traffic.stop()
    assert result.bad == 0, result.first_failures


def test_task_killed(fault, traffic, service):
    """only its in-flight requests fail; it is replaced"""
    before = tasks(service)
    victim = sorted(before)[0]
    container = container_of(victim)
    traffic.mark("kill")
    subprocess.run(["docker", "kill", "--signal", "KILL", container], check=True, stdout=subprocess.DEVNULL)
    service.wait_for_the_end(victim)
    result = traffic.stop()
    assert len(tasks(service) - before) == 1
    (kill,) = [mark["seconds"] for mark in result.marks]
    late = max((failure["seconds"] - kill for failure in result.failures), default=0.0)
    fault.note = f"the last request that failed began {late:.1f} s after the kill"
    # It was in flight, or on its way to the target before ECS had deregistered it.
    assert late < 1, result.first_failures


def test_database_restarted(fault, traffic, service, slipway, aws):
    """bounded 5xx, no task replaced, recovery without a deploy"""
    before = serving(service)
    host = slipway.outputs()["databaseEndpoint"].split(":")[0]
    (database,) = [i for i in aws("rds").describe_db_instances()["DBInstances"] if i["Endpoint"]["Address"] == host]
    name = database["DBInstanceIdentifier"]

    def available():
        (found,) = aws("rds").describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
        return found["DBInstanceStatus"] == "available"

    aws("rds").reboot_db_instance(DBInstanceIdentifier=name)
    eventually("the database restarts", available)
    traffic.mark("the database is back")
    time.sleep(5)  # the time in which the answers have to be good again
    result = traffic.stop()
    (back,) = [mark["seconds"] for mark in result.marks]
    fault.note = f"{result.failed} of {result.requests} failed"
    assert serving(service) == before
    assert [f for f in result.failures if f["seconds"] > back + 2] == [], result.first_failures


def test_password_rotated(fault, traffic, service, aws, superuser):
    """0 authentication errors"""
    arns = [s["ARN"] for s in aws("secretsmanager").list_secrets()["SecretList"] if s["Name"].startswith("rds!db-")]
    old = superuser().info.password
    for arn in arns:
        aws("secretsmanager").rotate_secret(SecretId=arn)
    with superuser() as connection:
        assert connection.info.password != old
        (rotated,) = connection.execute("SELECT now()").fetchone()
        query = (
            "SELECT count(*), count(*) FILTER (WHERE backend_start < %s) FROM pg_stat_activity"
            " WHERE application_name = 'recipe-api' AND datname = 'app'"
        )

        def all_new():
            total, older = connection.execute(query, [rotated]).fetchone()
            connection.rollback()
            return total and not older

        # The app keeps a connection for a minute.
        eventually("every connection of the app is a new one", all_new, 120)
    result = traffic.stop()
    assert result.bad == 0, result.first_failures


def test_broken_image(fault, traffic, service, changed):
    """old tasks serve throughout; up exits non-zero and says what failed"""
    before = service.task_definition, tasks(service)
    dockerfile = (changed.app / "Dockerfile").read_text()
    changed.write("Dockerfile", re.sub(r"CMD .*", 'CMD ["no-such-program"]', dockerfile))
    output = broken_up(changed, fault)
    assert "no-such-program" in output, "up does not name the cause"
    assert (service.task_definition, tasks(service)) == before
    good_up(changed, service, fault, "After a broken image")
    result = traffic.stop()
    assert result.bad == 0, result.first_failures


def test_crash_looping_app(fault, traffic, service, changed):
    """old tasks serve throughout; up exits non-zero and says what failed"""
    before = service.task_definition, tasks(service)
    changed.write(
        "config/wsgi.py",
        "raise RuntimeError('the app that crashes has crashed')\n",
    )
    output = broken_up(changed, fault)
    assert "the app that crashes has crashed" in output, "up does not name the cause"
    assert (service.task_definition, tasks(service)) == before
    good_up(changed, service, fault, "After a crash loop")
    result = traffic.stop()
    assert result.bad == 0, result.first_failures


def test_broken_migration(fault, traffic, service, changed):
    """service never updated; old code and schema work; up exits non-zero with the migration's error"""
    before = serving(service)
    add_migration(changed, "ALTER TABLE recipes_recipe DROP COLUMN no_such_column")
    output = broken_up(changed, fault)
    assert "no_such_column" in output, "up does not name the cause"
    assert serving(service) == before
    good_up(changed, service, fault, "After a broken migration")
    result = traffic.stop()
    assert result.bad == 0, result.first_failures


def test_migration_waits_for_a_lock(fault, traffic, service, changed, superuser):
    """it gives up at lock_timeout; requests keep flowing"""
    before = serving(service)
    add_migration(changed, "ALTER TABLE recipes_recipe ADD COLUMN fault integer")
    with superuser() as connection:
        connection.execute("LOCK TABLE recipes_recipe IN ACCESS SHARE MODE")  # as a long report would
        output = broken_up(changed, fault)
        assert "waited 2 s for a table" in output, "up does not name the cause"
        assert serving(service) == before
        connection.rollback()
    good_up(changed, service, fault, "After a blocked migration")
    result = traffic.stop()
    assert result.bad == 0, result.first_failures
