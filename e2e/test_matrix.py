"""Every option to each of its other values and back, on one running stack: each works in one `up` and the preview
after it is empty, or is refused before anything changes, with the way to do it. The table is .slipway/matrix.md."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from running import is_up
from tables import table

TABLE = ROOT / ".slipway/matrix.md"
_ENDPOINTS = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssmmessages"]
_DOMAIN = {"domain": "recipes.example.com", "hostedZone": "example.com"}
_NO_DOMAIN = {"domain": "", "hostedZone": ""}
_ALONE = {"nat": "none", "adminHost": False, "interfaceEndpoints": _ENDPOINTS}
_NAT = {value: {"nat": value, "interfaceEndpoints": []} for value in ("instance", "single", "perZone")} | {"none": _ALONE}

#: The values of each option, by name; the first is the stack's own. Values that go together change together.
OPTIONS: dict[str, dict[str, dict[str, object]]] = {
    "gateways": {value: _NAT[value] for value in ("instance", "single", "perZone")},
    "nat": _NAT,
    "adminHost": {"true": {"adminHost": True}, "false": {"adminHost": False}},
    "adminHost without NAT": {
        "instance": {"nat": "instance", "adminHost": True},
        "single, host": {"nat": "single", "adminHost": True},
        "single, no host": {"nat": "single", "adminHost": False},
    },
    "domain": {"none": _NO_DOMAIN, "one": _DOMAIN},
    "another domain": {"none": _NO_DOMAIN, "one": _DOMAIN, "another": _DOMAIN | {"domain": "www.example.com"}},
    "firewall": {"false": {"firewall": False}, "true": {"firewall": True}},
    "cdn": {"false": {"cdn": False}, "true": {"cdn": True}},
    "interfaceEndpoints": {"none": {"interfaceEndpoints": []}, "five": {"interfaceEndpoints": _ENDPOINTS}},
    "protect": {
        "false": {"protect": False, "alarmEmails": [], "onDemandTasks": 0, "databaseFinalSnapshot": False} | _NO_DOMAIN,
        "true": {"protect": True, "alarmEmails": ["ops@example.com"], "onDemandTasks": 1, "databaseFinalSnapshot": True} | _DOMAIN,
    },
    "onDemandTasks": {
        "all on Spot": {"onDemandTasks": 0},
        "one on demand": {"onDemandTasks": 1},
        "none on Spot": {"onDemandTasks": 4},
    },
    "workerTasks": {"1": {"workerTasks": 1}, "0": {"workerTasks": 0}, "2": {"workerTasks": 2}},
    "tasks": {"1 to 4": {"minTasks": 1, "maxTasks": 4}, "2 to 6": {"minTasks": 2, "maxTasks": 6}},
    "size": {"256": {"taskCpu": 256, "taskMemoryMiB": 512}, "512": {"taskCpu": 512, "taskMemoryMiB": 1024}},
    "containerInsights": {"false": {"containerInsights": False}, "true": {"containerInsights": True}},
    "databaseMultiAz": {"false": {"databaseMultiAz": False}, "true": {"databaseMultiAz": True}},
    "databaseClass": {"micro": {"databaseClass": "db.t4g.micro"}, "small": {"databaseClass": "db.t4g.small"}},
    "databaseBackupDays": {"1": {"databaseBackupDays": 1}, "7": {"databaseBackupDays": 7}},
    "mediaCorsOrigins": {"none": {"mediaCorsOrigins": []}, "one": {"mediaCorsOrigins": ["https://www.example.com"]}},
    "logRetentionDays": {"30": {"logRetentionDays": 30}, "90": {"logRetentionDays": 90}},
    "alarmEmails": {"none": {"alarmEmails": []}, "one": {"alarmEmails": ["ops@example.com"]}},
    "monthlyBudgetUsd": {"100": {"monthlyBudgetUsd": 100}, "0": {"monthlyBudgetUsd": 0}},
}

#: What is refused, with what the error says.
REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "nat none without endpoints": ({"nat": "none", "adminHost": False}, "or add to interfaceEndpoints"),
    "adminHost without a way out": (_ALONE | {"adminHost": True}, "or nat to another value than none"),
    "protect without a domain": ({"protect": True, "onDemandTasks": 1, "alarmEmails": ["a@example.com"]}, "needs a domain"),
}

#: The part that fits in CI: what changes routes and listeners.
CI = ("gateways", "domain", "firewall")


def walk(values: list[str]) -> list[str]:
    """A round trip from the first value that goes from each to each other one once."""
    left = {a: [b for b in values if b != a] for a in values}
    trail, route = [values[0]], []
    while trail:
        if left[trail[-1]]:
            trail.append(left[trail[-1]].pop())
        else:
            route.append(trail.pop())
    return route[::-1]


def test_a_walk_goes_from_each_value_to_each_other_one_and_back():
    route = walk(list("abcd"))
    assert route[0] == route[-1] == "a"
    steps = list(zip(route, route[1:], strict=False))
    assert sorted(steps) == sorted((x, y) for x in "abcd" for y in "abcd" if x != y)


@dataclass
class Matrix:
    """The running stack, and the rows of what was changed."""

    slipway: object
    file: Path
    rows: list[tuple[str, str, str, str]]

    def configure(self, changes: dict[str, object]) -> None:
        """Writes the stack's own values with these changes to a file that the commands are given."""
        text = yaml.safe_load((ROOT / f".slipway/Pulumi.{self.slipway.stack}.yaml").read_text())
        text["config"] |= {f"slipway:{key}": value for key, value in changes.items()}
        self.file.write_text(yaml.safe_dump(text))

    def up(self) -> subprocess.CompletedProcess:
        return subprocess.run(
            [ROOT / "scripts/pulumi", self.slipway.stack, "up", "--yes", "--config-file", self.file],
            cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def changes(self) -> dict[str, str]:
        return self.slipway.changes("--config-file", self.file)


@pytest.fixture(scope="module")
def matrix(slipway, aws, tmp_path_factory) -> Iterator[Matrix]:
    """The stack that is up, or one that is brought up and taken down again; the table at the end."""
    slipway.stack = os.environ.get("STACK", "staging")
    found = is_up(slipway.stack)
    if not found:
        slipway.make("up")
    zones = aws("route53").list_hosted_zones_by_name(DNSName="example.com")["HostedZones"]
    if not any(zone["Name"] == "example.com." for zone in zones):
        aws("route53").create_hosted_zone(Name="example.com", CallerReference="matrix")
    made = Matrix(slipway, tmp_path_factory.mktemp("matrix") / f"Pulumi.{slipway.stack}.yaml", [])
    yield made
    text = table(("change", "from -> to", "result", "seconds"), made.rows)
    TABLE.write_text(f"```text\n{text}\n```\n")
    print("\n" + text)
    if not found:
        slipway.make("down")


@pytest.mark.stack
@pytest.mark.parametrize(
    "option", [pytest.param(name, marks=[pytest.mark.ci] if name in CI else []) for name in OPTIONS]
)
def test_every_value_becomes_every_other_one_in_one_up(matrix, option):
    values = OPTIONS[option]
    route = walk(list(values))
    failures = []
    for before, after in zip(route, route[1:], strict=False):
        matrix.configure(values[after])
        began = time.monotonic()
        done = matrix.up()
        seconds = f"{time.monotonic() - began:.0f}"
        left = matrix.changes() if done.returncode == 0 else {}
        result = "ok" if done.returncode == 0 and not left else f"not empty: {left}" if left else "FAILED"
        matrix.rows.append((option, f"{before} -> {after}", result, seconds))
        print(*matrix.rows[-1], flush=True)
        if result != "ok":
            failures.append(f"{before} -> {after}: {left or done.stdout[-3000:]}")
    assert not failures, "\n\n".join(failures)


@pytest.mark.stack
@pytest.mark.ci
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_before_anything(matrix, name):
    changes, complaint = REFUSED[name]
    matrix.configure(changes)
    before = matrix.slipway.pulumi("stack", "export")
    done = matrix.up()
    assert done.returncode != 0
    assert complaint in done.stdout, done.stdout
    assert matrix.slipway.pulumi("stack", "export") == before
    matrix.rows.append((name, "", f"refused: ... {complaint}", "-"))
