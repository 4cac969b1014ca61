"""Leases, recovery and restore, with the real commands on a small stack; AWS is the local control planes.

Every test has a stack of its own, so that they don't depend on each other.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import planes
import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "e2e/statestack"
CLI = ROOT / ".slipway/cli/slipway"
PULUMI = ROOT / ".slipway/bin/pulumi"
BUCKET, TABLE = "slipway-state", "statestack-leases"
#: Seconds; a lease runs out after as many without a renewal.
TTL = 16
#: Seconds within which one command ends on a busy machine.
PATIENCE = 300


def eventually(what: str, condition, seconds: float = 120):
    """Waits until condition() is true and returns its value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.1)
    return value


@dataclass
class Stack:
    """A stack of the small program, reached through a proxy that a test can make misbehave."""

    name: str
    port: int
    proxy: planes.Proxy
    directory: Path

    def environment(self, **changes: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PULUMI_", "CI_", "SLIPWAY_", "GITLAB_"))}
        return kept | {
            "PATH": f"{ROOT / '.slipway/bin'}:{os.environ['PATH']}",
            "PULUMI_HOME": str(ROOT / ".slipway/pulumi"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
            "PULUMI_ENABLE_LEGACY_PLUGIN_SEARCH": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_BACKEND_URL": f"s3://{BUCKET}?region=us-east-1&endpoint=127.0.0.1:{self.proxy.port}&disableSSL=true&s3ForcePathStyle=true",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.proxy.port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
            "SLIPWAY_POLL_INTERVAL": "500ms",
            "SLIPWAY_LEASE_TTL": f"{TTL}s",
        } | changes  # fmt: skip

    def start(self, *command: str | Path, **changes: str) -> subprocess.Popen:
        return subprocess.Popen(
            command, cwd=self.directory, env=self.environment(**changes), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, *command: str | Path, status: int = 0, **changes: str) -> str:
        output, code = finish(self.start(*command, **changes))
        assert code == status, f"{command} ended with {code}:\n{output}"
        return output

    def pulumi(self, *arguments: str) -> tuple[str | Path, ...]:
        """pulumi under the lease, as scripts/pulumi runs it."""
        return (
            CLI, "lease", "--stack", self.name, "--operation", arguments[0], "--",
            PULUMI, *arguments, "--non-interactive", "--stack", self.name,
        )  # fmt: skip

    def up(self, generation: int = 1) -> tuple[str | Path, ...]:
        return self.pulumi("up", "--yes", "--skip-preview", "--config", f"generation={generation}")

    def aws(self, service: str):
        """A client that goes past the proxy."""
        return planes.client(self.port, service)

    @property
    def key(self) -> str:
        return f".pulumi/stacks/statestack/{self.name}.json"

    def state(self) -> dict:
        """The state's content, which has to be valid."""
        text = self.aws("s3").get_object(Bucket=BUCKET, Key=self.key)["Body"].read()
        return json.loads(text)["checkpoint"]["latest"] or {}

    def lease(self) -> dict:
        found = self.aws("dynamodb").get_item(TableName=TABLE, Key={"stack": {"S": f"statestack/{self.name}"}}, ConsistentRead=True)
        return found.get("Item", {})

    def holder(self) -> dict:
        return json.loads(self.lease()["holder"]["S"])

    def locks(self) -> list[str]:
        found = self.aws("s3").list_objects_v2(Bucket=BUCKET, Prefix=f".pulumi/locks/organization/statestack/{self.name}/")
        return [entry["Key"] for entry in found.get("Contents", [])]

    def in_aws(self) -> dict[str, set[str]]:
        """Every resource of the account that such a program makes, by type."""
        ec2, kms = self.aws("ec2"), self.aws("kms")
        keys = [kms.describe_key(KeyId=k["KeyId"])["KeyMetadata"] for k in kms.list_keys()["Keys"]]
        return {
            "aws:ec2/vpc:Vpc": {v["VpcId"] for v in ec2.describe_vpcs()["Vpcs"] if not v.get("IsDefault")},
            "aws:ec2/securityGroup:SecurityGroup": {g["GroupId"] for g in ec2.describe_security_groups()["SecurityGroups"] if g["GroupName"] != "default"},
            "aws:kms/key:Key": {k["KeyId"] for k in keys if k["KeyState"] == "Enabled" and k.get("Description") == "state test"},
            "aws:cloudwatch/logGroup:LogGroup": {g["logGroupName"] for g in self.aws("logs").describe_log_groups()["logGroups"]},
            "aws:s3/bucketV2:BucketV2": {b["Name"] for b in self.aws("s3").list_buckets()["Buckets"]} - {BUCKET},
            "aws:iam/role:Role": {r["RoleName"] for r in self.aws("iam").list_roles()["Roles"] if r["RoleName"].startswith("role-")},
        }  # fmt: skip

    def in_state(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for resource in self.state().get("resources", []):
            if resource["type"].startswith("aws:"):
                found.setdefault(resource["type"], set()).add(resource["id"])
        return found

    def preview_is_empty(self, generation: int = 1) -> None:
        self.run(
            PULUMI, "preview", "--expect-no-changes", "--non-interactive", "--stack", self.name,
            "--config", f"generation={generation}",
        )  # fmt: skip


def finish(process: subprocess.Popen) -> tuple[str, int]:
    output, _ = process.communicate(timeout=PATIENCE)
    return output, process.returncode


def kill_tree(process: subprocess.Popen) -> None:
    """kill -9 of the process alone; its child has to end by itself."""
    os.kill(process.pid, signal.SIGKILL)
    process.wait(30)


@pytest.fixture
def stack(tmp_path) -> Iterator[Stack]:
    with planes.serve(tmp_path / "aws.log") as port:
        proxy = planes.Proxy(port)
        made = Stack("test", port, proxy, tmp_path)
        made.aws("s3").create_bucket(Bucket=BUCKET)
        made.aws("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        made.aws("dynamodb").create_table(
            TableName=TABLE, BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "stack", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "stack", "AttributeType": "S"}],
        )  # fmt: skip
        for name in ("Pulumi.yaml", "go.mod", "go.sum"):
            (tmp_path / name).write_text((PROGRAM / name).read_text().replace("../..", str(ROOT)))
        settings = dict.fromkeys(("skipCredentialsValidation", "skipMetadataApiCheck", "s3UsePathStyle"), "true")
        (tmp_path / "Pulumi.test.yaml").write_text(json.dumps({"config": {f"aws:{k}": v for k, v in settings.items()}}))
        made.run(PULUMI, "stack", "init", "--non-interactive", "--no-select", "--stack", "test")
        try:
            yield made
        finally:
            proxy.close()


def test_twenty_ups_at_once(stack):
    """One at a time; whoever waits is told who has it; the state is one of theirs."""
    stack.run(*stack.up(0))
    processes = [stack.start(*stack.up(n), CI_JOB_URL=f"https://gitlab.example.com/jobs/{n}") for n in range(1, 21)]
    counters: list[tuple[int, str]] = []
    watching = True

    def watch() -> None:
        while watching:
            item = stack.lease()
            counters.append((int(item["counter"]["N"]), item["owner"]["S"]))
            assert len(stack.locks()) <= 1
            time.sleep(0.05)

    with ThreadPoolExecutor(21) as pool:
        watcher = pool.submit(watch)
        results = list(pool.map(finish, processes))
        watching = False
        watcher.result()
    for n, (output, status) in enumerate(results, 1):
        assert status == 0, f"up {n}:\n{output}"
    waited = [output for output, _ in results if "is held by" in output]
    assert len(waited) == 19
    for output in waited:
        assert re.search(r"is held by \S+@\S+ \(pulumi up, process \d+\) since .* UTC, https://gitlab.example.com/jobs/\d+", output)
    assert counters == sorted(counters, key=lambda seen: seen[0])
    assert len({owner for _, owner in counters} - {""}) == 20
    assert stack.lease()["owner"]["S"] == ""
    assert stack.locks() == []
    assert "pending_operations" not in stack.state()
    assert stack.in_aws() == stack.in_state()
    assert {len(ids) for ids in stack.in_state().values()} == {1}


#: What is being created when the holder is killed: types whose ID is a name, and such whose ID AWS chooses.
CREATIONS = {
    "CreateLogGroup": "aws:cloudwatch/logGroup:LogGroup",
    "CreateRole": "aws:iam/role:Role",
    "CreateVpc": "aws:ec2/vpc:Vpc",
    "CreateKey": "aws:kms/key:Key",
}


def killed_while_creating(stack, action: str, **changes: str) -> None:
    """kill -9 of the lease's process after AWS has made a resource and before anybody knows of it."""
    hold = stack.proxy.hold(action)
    process = stack.start(*stack.up(), **changes)
    assert hold.held.wait(PATIENCE), action
    child = eventually("the child's process ID in the lease", lambda: stack.holder().get("child"))
    os.kill(process.pid, signal.SIGKILL)
    process.wait(30)
    eventually("pulumi's end with its parent", lambda: not Path(f"/proc/{child}").exists() or "Z" in status(child))
    hold.let_go.set()
    assert stack.locks(), "pulumi has left no lock behind: it was killed too late"


def status(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"


@pytest.mark.parametrize("action", CREATIONS)
def test_killed_holder(stack, action):
    """The next run takes over at once, and recovers by itself: nothing is left behind, nothing made twice."""
    killed_while_creating(stack, action)
    owner = stack.lease()["owner"]["S"]
    assert owner
    began = time.monotonic()
    output = stack.run(*stack.up())
    assert "have ended without giving it back" in output
    assert "recovery: removed pulumi's lock" in output
    assert "was under way when pulumi was ended" in output
    assert "not renewed" not in output, f"waited {time.monotonic() - began:.0f} s for the lease to run out"
    assert stack.in_aws() == stack.in_state()
    assert len(stack.in_state()[CREATIONS[action]]) == 1
    assert "pending_operations" not in stack.state()
    assert stack.locks() == []
    assert stack.lease()["owner"]["S"] == ""
    stack.preview_is_empty()


def test_killed_holder_of_another_machine(stack, tmp_path):
    """Its mark is not here: the lease runs out, and is taken over then."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    killed_while_creating(stack, "CreateVpc", TMPDIR=str(elsewhere))
    for mark in elsewhere.glob("slipway-lease-*"):
        mark.unlink()
    output = stack.run(*stack.up())
    assert f"it was not renewed for {TTL}s" in output
    assert stack.in_aws() == stack.in_state()
    stack.preview_is_empty()


def test_lost_heartbeat_stops_pulumi(stack):
    """Without the table the holder can't know whether it still has the lease: it ends its pulumi in time."""
    hold = stack.proxy.hold("CreateVpc")
    process = stack.start(*stack.up())
    assert hold.held.wait(PATIENCE)
    child = eventually("the child's process ID in the lease", lambda: stack.holder().get("child"))
    stack.proxy.unreachable.add("dynamodb")
    eventually("the end of pulumi", lambda: status(child) == "Z")
    hold.let_go.set()
    stack.proxy.unreachable.clear()
    output, code = finish(process)
    assert code == 1, output
    assert "could not be renewed" in output
    assert "stopping pulumi" in output
    stack.run(*stack.up())
    assert stack.in_aws() == stack.in_state()
    stack.preview_is_empty()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(stack, number):
    """Ctrl-C and SIGTERM: the state is saved, the lock and the lease are given back."""
    hold = stack.proxy.hold("CreateLogGroup")
    process = stack.start(*stack.up())
    assert hold.held.wait(PATIENCE)
    process.send_signal(number)
    hold.let_go.set()
    output, code = finish(process)
    assert code != 0, output
    assert stack.locks() == []
    assert stack.lease()["owner"]["S"] == ""
    stack.state()
    stack.run(*stack.up())
    assert stack.in_aws() == stack.in_state()
    stack.preview_is_empty()


def test_waiting_has_a_limit(stack):
    hold = stack.proxy.hold("CreateVpc")
    process = stack.start(*stack.up())
    assert hold.held.wait(PATIENCE)
    output = stack.run(*stack.up(), status=75, SLIPWAY_LEASE_WAIT="1s")
    assert f"process {process.pid})" in output
    assert "nothing was changed" in output
    hold.let_go.set()
    output, code = finish(process)
    assert code == 0, output


def test_pulumi_without_a_lease_is_not_overrun(stack):
    """Somebody runs pulumi by hand: its lock stays, and is named."""
    hold = stack.proxy.hold("CreateVpc")
    by_hand = stack.start(PULUMI, "up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack.name)
    assert hold.held.wait(PATIENCE)
    output = stack.run(*stack.up(), status=1)
    assert f"pulumi's lock of process {by_hand.pid}," in output
    assert len(stack.locks()) == 1
    hold.let_go.set()
    output, code = finish(by_hand)
    assert code == 0, output
    assert stack.in_aws() == stack.in_state()


def test_lost_state_is_restored(stack):
    stack.run(*stack.up())
    stack.aws("s3").delete_object(Bucket=BUCKET, Key=stack.key)
    output = stack.run(CLI, "state", "history", "--stack", stack.name)
    lines = output.splitlines()
    assert lines[0].split()[0] == "VERSION"
    assert "latest deleted here" in lines[1]
    version = lines[2].split()[0]
    output = stack.run(CLI, "state", "restore", "--stack", stack.name, "--version", version)
    assert f"restored version {version} of statestack/test" in output
    stack.preview_is_empty()
    assert stack.in_aws() == stack.in_state()


def test_what_is_no_version_is_not_restored(stack):
    stack.run(*stack.up())
    before = stack.state()
    output = stack.run(CLI, "state", "restore", "--stack", stack.name, "--version", "no-such-version", status=1)
    assert "slipway state history lists" in output
    assert stack.state() == before


@pytest.mark.parametrize(("service", "complaint"), [("s3", "the state bucket slipway-state can't be reached"), ("dynamodb", "the lease of statestack/test can't be read")])
def test_unreachable_is_refused_before_any_change(stack, service, complaint):
    before = stack.state(), stack.in_aws()
    stack.proxy.actions.clear()
    stack.proxy.unreachable.add(service)
    output = stack.run(*stack.up(), status=1)
    assert complaint in output
    assert "nothing was changed" in output
    reads = {"GetItem", "HEAD /slipway-state"}
    assert set(stack.proxy.actions) <= reads, stack.proxy.actions
    assert (stack.state(), stack.in_aws()) == before
