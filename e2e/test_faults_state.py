"""The faults of whoever deploys: interrupted, killed, locked out, misled. Part of `make faults`.

They come after those of test_faults.py, on the same stack.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import planes
import pytest
from changed import ROOT, Changed
from conftest import Fault, Slipway
from ecs import Service

_BUCKET = "slipway-state"
#: Lines of Pulumi's output: it has begun to change things; it uploads the image, after which most of the work comes.
_BEGUN, _PUSHING = "Updating (", "pushing to"
#: The end of a preview that has nothing to do.
_UNCHANGED = re.compile(r"Resources:\s+\d+ unchanged\s")
#: The changed line of two scenarios.
_EXPIRED = "Credentials expire"
#: What is said about the lock of a pulumi that was killed.
_REMOVED = "recovery: removed"


def read_until(process: subprocess.Popen, text: str) -> str:
    """Shows a process's output up to a line with this text; its end before that is a failure."""
    seen = []
    for line in process.stdout:
        print(line, end="", flush=True)
        seen.append(line)
        if text in line:
            return "".join(seen)
    raise AssertionError(f"it ended with {process.wait()} before {text!r} was printed")


def rest_of(process: subprocess.Popen) -> tuple[int, str]:
    """Shows the rest of a process's output; its exit code and that rest."""
    seen = []
    for line in process.stdout:
        print(line, end="", flush=True)
        seen.append(line)
    return process.wait(), "".join(seen)


def session_of(process: subprocess.Popen) -> list[int]:
    """All processes of its session, whatever group they are in."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == process.pid:
            found.append(int(entry.parent.name))
    return found


def kill_session(process: subprocess.Popen) -> None:
    """SIGKILL for all of it, as when a machine is lost."""
    while alive := [pid for pid in session_of(process) if pid != os.getpid()]:
        for pid in alive:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        process.poll()
        if alive == [process.pid]:
            break
    process.wait()


def resources(service: Service, slipway: Slipway) -> dict[str, int]:
    """How many things of each kind there are in AWS that a deploy may leave twice."""
    ecs, elb = service.client("ecs"), service.client("elbv2")
    found = {
        "services": len(ecs.list_services(cluster=service.cluster)["serviceArns"]),
        "clusters": len(ecs.list_clusters()["clusterArns"]),
        "load balancers": len(elb.describe_load_balancers()["LoadBalancers"]),
        "target groups": len(elb.describe_target_groups()["TargetGroups"]),
        "databases": len(service.client("rds").describe_db_instances()["DBInstances"]),
        "repositories": len(service.client("ecr").describe_repositories()["repositories"]),
        "roles": len([r for r in service.client("iam").list_roles()["Roles"] if r["RoleName"].startswith("slipway-staging-")]),
        "log groups": len(service.client("logs").describe_log_groups()["logGroups"]),
        # Revisions stay, since AWS can't tell whose they are: docs/decisions/0009-who-may-do-what.md.
        "task definitions": len(ecs.list_task_definition_families(status="ACTIVE")["families"]),
    }
    return found


def next_up(changed: Changed, service: Service, fault: Fault) -> str:
    """The next `up` needs no step by hand; afterwards nothing is left to do."""
    began = time.monotonic()
    output = changed.up()
    fault.note += f"; the next up succeeded after {time.monotonic() - began:.0f} s"
    assert service.settled()
    assert _UNCHANGED.search(changed.run("preview")), "the next preview is not empty"
    return output


def test_two_ups_at_once(fault, traffic, service, changed, slipway):
    """one wins; the other changes nothing and names the holder"""
    changed.change_a_line("Two at once")
    first = changed.start("up", "--yes")
    read_until(first, _BEGUN)
    second = changed.start("up", "--yes", environment={"SLIPWAY_LEASE_WAIT": "3s"})
    refused, said = rest_of(second)
    status, _ = rest_of(first)
    assert (status, refused) == (0, 75)
    assert _BEGUN not in said and "Previewing" not in said
    (held,) = [line.strip() for line in said.splitlines() if "is held by" in line][:1]
    assert str(first.pid) in held and os.uname().nodename in held, "it does not name the holder"
    fault.note = held
    assert service.settled()
    result = traffic.stop()
    assert result.bad == 0, result.first_failures


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_interrupted_up(fault, traffic, service, changed, slipway, number):
    """state saved, lock released"""
    changed.change_a_line(f"Interrupted by {number.name}")
    before = resources(service, slipway)
    process = changed.start("up", "--yes")
    read_until(process, _PUSHING)
    began = time.monotonic()
    os.killpg(process.pid, number)
    status, _ = rest_of(process)
    fault.note = f"it ended {time.monotonic() - began:.0f} s later"
    assert status != 0
    assert locks(service) == [], "a lock is left"
    assert changed.output("version")
    said = next_up(changed, service, fault)
    assert _REMOVED not in said, "the next up had a lock to remove"
    assert resources(service, slipway) == before
    result = traffic.stop()
    assert result.bad == 0, result.first_failures


def locks(service: Service) -> list[str]:
    """Pulumi's lock files."""
    found = service.client("s3").list_objects_v2(Bucket=_BUCKET, Prefix=".pulumi/locks/")
    return [entry["Key"] for entry in found.get("Contents", [])]


def test_killed_up(fault, traffic, service, changed, slipway):
    """the stale lock is diagnosed and safely broken; no orphan or duplicate resource afterwards"""
    changed.change_a_line("Killed")
    before = resources(service, slipway)
    process = changed.start("up", "--yes")
    # By now what was made before the migration is in the state. What is made in the very moment of the kill is found by
    # its name or its tags, but for a revision of a task definition: it stays, unused.
    read_until(process, "migration: starting")
    kill_session(process)
    assert locks(service), "the killed pulumi had no lock: it was killed too late"
    said = next_up(changed, service, fault)
    assert _REMOVED in said, "nothing is said about the stale lock"
    assert locks(service) == []
    assert resources(service, slipway) == before
    result = traffic.stop()
    assert result.bad == 0, result.first_failures


#: How AWS's services name credentials that they do not take any more.
_NO_LOGIN = ("ExpiredToken", "InvalidClientTokenId", "UnrecognizedClientException")


def test_credentials_expire(fault, traffic, service, slipway):
    """state recoverable"""
    iam = service.client("iam")
    name = "fault-expiring"
    iam.create_user(UserName=name)
    iam.put_user_policy(
        UserName=name, PolicyName="everything",
        PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    )  # fmt: skip
    key = iam.create_access_key(UserName=name)["AccessKey"]
    before = resources(service, slipway)
    try:
        login = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        changed = Changed(slipway.stack, environment=login)
        changed.change_a_line(_EXPIRED)
        process = changed.start("up", "--yes")
        read_until(process, _PUSHING)
        iam.update_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], Status="Inactive")
        status, said = rest_of(process)
        assert status != 0
        assert any(code in said for code in _NO_LOGIN), "it does not say why"
    finally:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName=name, PolicyName="everything")
        iam.delete_user(UserName=name)
    changed = Changed(slipway.stack)
    changed.change_a_line(_EXPIRED)
    next_up(changed, service, fault)
    assert resources(service, slipway) == before
    result = traffic.stop()
    assert result.bad == 0, result.first_failures


def test_state_object_deleted(fault, service, slipway):
    """restored from the bucket's versions; the next preview is empty"""
    changed = Changed(slipway.stack)
    # What the scenario before has deployed: nothing is rolled out, and a preview of it is empty.
    changed.change_a_line(_EXPIRED)
    changed.up()
    s3 = service.client("s3")
    (key,) = [
        entry["Key"]
        for entry in s3.list_objects_v2(Bucket=_BUCKET, Prefix=".pulumi/stacks/")["Contents"]
        if entry["Key"].endswith(f"/{slipway.stack}.json")
    ]
    s3.delete_object(Bucket=_BUCKET, Key=key)
    versions = s3.list_object_versions(Bucket=_BUCKET, Prefix=key)["Versions"]
    newest = max(versions, key=lambda version: version["LastModified"])["VersionId"]
    slipway.make("state-restore", f"VERSION={newest}")
    assert _UNCHANGED.search(changed.run("preview")), "the next preview is not empty"


@pytest.mark.parametrize(
    "what",
    [
        {"PULUMI_BACKEND_URL": "s3://no-such-bucket?region=us-east-1&endpoint=127.0.0.1:4566&disableSSL=true"
         "&s3ForcePathStyle=true"},
        {"SLIPWAY_LEASE_TABLE": "no-such-table"},
    ],
    ids=["bucket", "lease table"],
)  # fmt: skip
def test_state_unreachable(fault, service, slipway, what):
    """refused before any change"""
    before = service.describe()["deployments"][0]["id"], resources(service, slipway)
    changed = Changed(slipway.stack, environment=what)
    changed.change_a_line("State unreachable")
    said = changed.up(check=False)
    assert _BEGUN not in said
    (name,) = [value for value in ("no-such-bucket", "no-such-table") if value in str(what)]
    assert name in said, "it does not name what can't be reached"
    assert (service.describe()["deployments"][0]["id"], resources(service, slipway)) == before
    fault.note = next(line.strip() for line in said.splitlines() if name in line)[:100]


def test_bad_configuration(fault, service, slipway):
    """rejected before the first API call, naming every bad key"""
    bad = {"slipway:zones": ["a"], "slipway:nat": "perhaps", "slipway:taskCpu": 3, "slipway:zonez": 3}
    proxy = planes.Proxy(urlsplit(service.client("ecs").meta.endpoint_url).port)
    try:
        address = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}"}
        said = Changed(slipway.stack, environment=address, configuration=bad).up(check=False)
    finally:
        proxy.close()
    assert all(key in said for key in bad), said
    # The lease, Pulumi's own key and the state come first; the program has asked for nothing.
    own = {"Decrypt", "GetItem", "PutItem", "UpdateItem", "DeleteItem"}
    others = [action for action in proxy.actions if action not in own and f" /{_BUCKET}" not in action]
    assert others == [], others
    fault.note = f"{len(bad)} keys named, {len(others)} calls of AWS"


def test_destroy_of_prod(fault, aws):
    """blocked"""
    prod = Slipway(stack="prod")
    prod.make("up", "AUTH=true")
    try:
        before = prod.pulumi("stack", "export")
        said = prod.make("down", check=False)
        assert "stack prod is protected" in said
        direct = subprocess.run(
            [ROOT / "scripts/pulumi", "prod", "destroy", "--yes"], cwd=ROOT, text=True, capture_output=True
        )
        assert direct.returncode != 0
        assert prod.pulumi("stack", "export") == before
        fault.note = said.splitlines()[-1]
    finally:
        open_prod = Changed("prod", configuration={"slipway:protect": False})
        open_prod.up()
        open_prod.run("destroy", "--yes")
        prod.pulumi("stack", "rm", "--yes")
