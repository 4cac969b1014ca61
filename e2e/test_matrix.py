"""Every option to each of its other values and back, on one running stack: each works in one `up` and the preview
after it is empty, or is refused before anything changes, with the way to do it. The table is .slipway/matrix.md.

Options that touch different parts of a stack change in one step, one of each lane: the preview that follows is empty
only if each of them is done. OPTION=nat,cdn goes through some alone, PART=ci through those that CI has time for,
PART=round through each value once, instead of from each to each, and as many options at a time as there can be.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise, zip_longest
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, Slipway
from running import is_up
from tables import table

TABLE = ROOT / ".slipway/matrix.md"
STACK = os.environ.get("STACK", "staging")
PART = os.environ.get("PART", "")
_PROJECT = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["name"]

Values = Mapping[str, object]

_ENDPOINTS = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssmmessages"]
_NO_DOMAIN = {"domain": "", "hostedZone": "", "redirectDomains": []}
_DOMAIN = {"domain": "recipes.example.com", "hostedZone": "example.com", "redirectDomains": []}
_ALONE = {"nat": "none", "adminHost": False, "interfaceEndpoints": _ENDPOINTS}
_NAT = {value: {"nat": value, "interfaceEndpoints": []} for value in ("instance", "single", "perZone")} | {"none": _ALONE}
#: What protection asks for.
_KEPT = {"alarmEmails": ["ops@example.com"], "onDemandTasks": 1, "databaseFinalSnapshot": True} | _DOMAIN
#: Names that the tests give to the snapshots that they take first.
_SNAPSHOTS = ("matrix-one", "matrix-another")


@dataclass(frozen=True)
class Option:
    """An option with its values by name. Values that go together change together."""

    #: Options of one lane change after one another.
    lane: str
    values: Mapping[str, Values]
    #: Whether each value becomes each other one, or only the next, and the last one the first.
    each: bool = True
    #: Whether a protected stack, or its standby, refuses some of it.
    unprotected: bool = False

    @property
    def keys(self) -> set[str]:
        return {key for values in self.values.values() for key in values}

    def route(self, own: Values) -> list[str]:
        """The values one after another, from the stack's own and back to it."""
        names = list(self.values)
        first = next((name for name, values in self.values.items() if values.items() <= own.items()), OWN)
        names = [first, *(name for name in names if name != first)]
        return walk(names) if self.each else [*names, first]


#: The name of a stack's own value where it is none of the option's.
OWN = "as committed"


def switch(lane: str, key: str, *values: object, **settings: bool) -> Option:
    """An option of one key."""
    return Option(lane, {_text(value): {key: value} for value in values}, **settings)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value) or "none"


OPTIONS: dict[str, Option] = {
    "nat": Option("network", _NAT),
    "adminHost": Option("network", {
        "NAT instance, host": {"nat": "instance", "adminHost": True},
        "NAT instance, no host": {"nat": "instance", "adminHost": False},
        "single, host": {"nat": "single", "adminHost": True},
        "single, no host": {"nat": "single", "adminHost": False},
    }),
    "interfaceEndpoints": switch("network", "interfaceEndpoints", [], _ENDPOINTS),
    "domain": Option("edge", {
        "none": _NO_DOMAIN,
        "one": _DOMAIN,
        "another": _DOMAIN | {"domain": "www.example.com"},
        "with a redirect": _DOMAIN | {"redirectDomains": ["www.example.com"]},
    }, unprotected=True),
    "hsts": Option("edge", {hsts: _DOMAIN | {"hsts": hsts} for hsts in ("host", "subdomains", "preload")}),
    "firewall": switch("edge", "firewall", False, True),
    "cdn": switch("edge", "cdn", False, True, unprotected=True),
    "onDemandTasks": Option("service", {
        "all on Spot": {"onDemandTasks": 0, "maxTasks": 4},
        "one on demand": {"onDemandTasks": 1, "maxTasks": 4},
        "none on Spot": {"onDemandTasks": 4, "maxTasks": 4},
    }, unprotected=True),
    "workerTasks": switch("service", "workerTasks", 1, 0, 2),
    "tasks": Option("service", {"1 to 4": {"minTasks": 1, "maxTasks": 4}, "2 to 6": {"minTasks": 2, "maxTasks": 6}}),
    "size": Option("service", {
        "256": {"taskCpu": 256, "taskMemoryMiB": 512}, "512": {"taskCpu": 512, "taskMemoryMiB": 1024},
    }),
    "architecture": switch("service", "architecture", "arm64", "amd64"),
    # One lane: while there is a standby, no zone goes.
    "databaseMultiAz": switch("data", "databaseMultiAz", False, True),
    "zones": switch("data", "zones", ["a", "b"], ["a", "b", "c"], unprotected=True),
    "databaseClass": switch("data", "databaseClass", "db.t4g.micro", "db.t4g.small"),
    "databaseBackupDays": switch("data", "databaseBackupDays", 1, 7),
    "databaseFinalSnapshot": switch("data", "databaseFinalSnapshot", False, True, unprotected=True),
    "databaseSnapshot": switch("data", "databaseSnapshot", "", *_SNAPSHOTS, unprotected=True),
    "databaseStorageGiB": switch("data", "databaseStorageGiB", 20, 40),
    "containerInsights": switch("operations", "containerInsights", False, True),
    "mediaCorsOrigins": switch("operations", "mediaCorsOrigins", [], ["https://www.example.com"]),
    "logRetentionDays": switch("operations", "logRetentionDays", 30, 90),
    "alarmEmails": switch("operations", "alarmEmails", [], ["ops@example.com"], unprotected=True),
    "monthlyBudgetUsd": switch("operations", "monthlyBudgetUsd", 100, 0),
    "permissionsBoundary": switch("operations", "permissionsBoundary", f"{_PROJECT}-{STACK}-boundary", ""),
    "owner": switch("operations", "owner", "platform-team", "another-team"),
    # By itself, since it asks for values of the others.
    "protect": Option("alone", {
        "false": {"protect": False, "alarmEmails": [], "onDemandTasks": 0, "databaseFinalSnapshot": False} | _NO_DOMAIN,
        "true": {"protect": True} | _KEPT,
    }),
}  # fmt: skip

#: What CI has time for: what changes routes, listeners, subnets and the standby.
CI: dict[str, Option] = {
    "nat": Option("network", {
        "instance, host": {"nat": "instance", "adminHost": True, "interfaceEndpoints": []},
        "perZone, host": {"nat": "perZone", "adminHost": True, "interfaceEndpoints": []},
        "single, no host": {"nat": "single", "adminHost": False, "interfaceEndpoints": []},
        "none": _ALONE,
    }, each=False),
    "zones": switch("zones", "zones", ["a", "b"], ["a", "b", "c"]),
    "domain": Option("edge", {"none": _NO_DOMAIN, "one": _DOMAIN, "another": _DOMAIN | {"domain": "www.example.com"}}, each=False),
    "databaseMultiAz": switch("zones", "databaseMultiAz", False, True),
    "firewall": Option("firewall", OPTIONS["firewall"].values),
}  # fmt: skip

#: What else has to go after one another when each option has a lane of its own: they share a key, or a standby.
_AFTER = {"hsts": "domain", "zones": "databaseMultiAz", "tasks": "onDemandTasks"}
ROUND: dict[str, Option] = {
    name: replace(option, lane=option.lane if name == "protect" else _AFTER.get(name, name), each=False)
    for name, option in (OPTIONS | {"nat": CI["nat"]}).items()
    if name not in ("adminHost", "interfaceEndpoints")  # those of nat
}

#: What is refused, with what the error says.
REFUSED: dict[str, tuple[Values, str]] = {
    "nat none without endpoints": ({"nat": "none", "adminHost": False, "interfaceEndpoints": []}, "or add to interfaceEndpoints"),
    "adminHost without a way out": (_ALONE | {"adminHost": True}, "or nat to another value than none"),
    "vpcCidr": ({"vpcCidr": "10.99.0.0/16"}, "AWS moves neither its database nor its load balancer"),
    "zones turned around": ({"zones": ["b", "a"]}, "Leave the order, and add zones at the end"),
}  # fmt: skip
_REFUSED_UNPROTECTED = {
    "protect without a domain": ({"protect": True} | _KEPT | _NO_DOMAIN, "is served over TLS only, which needs a domain"),
}
_REFUSED_PROTECTED = {
    "no domain": (_NO_DOMAIN, "a protected environment is served over TLS only"),
    "all tasks on Spot": ({"onDemandTasks": 0}, "needs a task that AWS does not stop at will"),
    "nobody to alarm": ({"alarmEmails": []}, "needs an address that its alarms go to"),
    "no final snapshot": ({"databaseFinalSnapshot": False}, "must be in a snapshot when it is deleted"),
    "a zone less beside a standby": ({"zones": ["a", "b"]}, "has a standby in one that Pulumi can't see"),
}
_REFUSED_SHARED = {
    "a network of its own": (
        {"sharedNetwork": "", "vpcCidr": "10.99.0.0/16", "nat": "single"}, "the environment stands in another network"
    ),
}
#: What belongs to the owner of a shared network.
_OWNERS = {"nat", "adminHost", "interfaceEndpoints", "zones", "vpcCidr"}


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


@dataclass(frozen=True)
class Step:
    """What one `up` changes: from and to, by option; and all values that differ from the stack's own after it."""

    changes: Mapping[str, tuple[str, str]]
    values: Values

    def __str__(self) -> str:
        return ", ".join(f"{option} {before} -> {after}" for option, (before, after) in self.changes.items())


def plan(own: Values, options: Mapping[str, Option]) -> list[Step]:
    """All steps on a stack with these values of its own. A protected one does without what its protection refuses, and
    then does that with its protection and its standby off."""
    shared = bool(own["sharedNetwork"])
    options = {name: o for name, o in options.items() if not (shared and o.keys & _OWNERS)}
    if not own["protect"]:
        return _steps(own, options, {})
    off = {"protect": False, "databaseMultiAz": False}
    rest = {name: option for name, option in options.items() if option.unprotected}
    options = {name: option for name, option in options.items() if name not in rest and name != "protect"}
    return [
        *_steps(own, options, {}),
        Step({"protection and standby": (OWN, "off")}, off),
        *_steps(own, rest, off),
        Step({"protection and standby": ("off", OWN)}, {}),
    ]


def _steps(own: Values, options: Mapping[str, Option], always: Values) -> list[Step]:
    """The lanes side by side; what is alone comes last."""
    lanes: dict[str, list[tuple[str, str, str]]] = {}
    for name, option in options.items():
        lanes.setdefault(option.lane, []).extend((name, *pair) for pair in pairwise(option.route(own)))
    alone = [[move] for move in lanes.pop("alone", [])]
    steps = []
    for moves in [*zip_longest(*lanes.values()), *alone]:
        values = dict(always)
        for option, _, after in filter(None, moves):
            values |= options[option].values.get(after, {})
        steps.append(Step({option: (before, after) for option, before, after in filter(None, moves)}, values))
    return steps


def own_values() -> dict[str, object]:
    """What the stack's file says, by key without the project."""
    config = yaml.safe_load((ROOT / f"Pulumi.{STACK}.yaml").read_text())["config"]
    return {key.partition(":")[2]: value for key, value in config.items() if key.startswith(f"{_PROJECT}:")}


def chosen() -> dict[str, Option]:
    assert PART in ("", "ci", "round"), f"PART is {PART}; there are ci and round"
    if PART == "ci":
        return CI
    options = ROUND if PART == "round" else OPTIONS
    names = os.environ.get("OPTION", "").split(",")
    unknown = set(names) - {""} - set(options)
    assert not unknown, f"OPTION names {', '.join(sorted(unknown))}; there are {', '.join(options)}"
    return {name: option for name, option in options.items() if names == [""] or name in names}


def refused(own: Values) -> dict[str, tuple[Values, str]]:
    """What a stack with these values refuses."""
    common = _REFUSED_SHARED if own["sharedNetwork"] else REFUSED
    return common | (_REFUSED_PROTECTED if own["protect"] else _REFUSED_UNPROTECTED)


def test_a_walk_goes_from_each_value_to_each_other_one_and_back():
    route = walk(list("abcd"))
    assert route[0] == route[-1] == "a"
    assert sorted(pairwise(route)) == sorted((x, y) for x in "abcd" for y in "abcd" if x != y)


@pytest.mark.parametrize("options", [OPTIONS, ROUND, CI], ids=["each", "round", "ci"])
@pytest.mark.parametrize("protect", [False, True])
def test_the_plan_goes_through_all_and_ends_where_it_began(protect, options):
    own = own_values() | {"protect": protect, "sharedNetwork": ""}
    at: dict[str, str] = {}
    first: dict[str, str] = {}
    gone = set()
    for step in plan(own, options):
        keys: set[str] = set()
        for option, (before, after) in step.changes.items():
            assert at.setdefault(option, before) == before, f"{option} is at {at[option]}"
            first.setdefault(option, before)
            at[option] = after
            gone.add((option, before, after))
            changed = options[option].keys if option in options else set()
            assert not keys & changed, f"{step} changes {keys & changed} twice"
            keys |= changed
    assert at == first
    options = {name: option for name, option in options.items() if not (protect and name == "protect")}
    reached = {(option, after) for option, _, after in gone}
    assert {(name, value) for name, option in options.items() for value in option.values} <= reached
    each = {(name, a, b) for name, o in options.items() if o.each for a in o.values for b in o.values if a != b}
    assert each <= gone, each - gone


def test_a_protected_stack_is_not_asked_for_what_it_refuses():
    own = own_values() | {"protect": True, "sharedNetwork": ""} | _KEPT
    for step in (*plan(own, OPTIONS), *plan(own, ROUND)):
        values = own | step.values
        assert not values["protect"] or all(values[key] for key in ("domain", "alarmEmails", "onDemandTasks")), step


@dataclass
class Matrix:
    """The running stack, and the rows of what was changed."""

    slipway: Slipway
    file: Path
    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    def configure(self, changes: Values) -> None:
        """Writes the stack's own values with these changes to a file that the commands are given."""
        text = yaml.safe_load((ROOT / f".slipway/Pulumi.{STACK}.yaml").read_text())
        text["config"] |= {f"{_PROJECT}:{key}": value for key, value in changes.items()}
        self.file.write_text(yaml.safe_dump(text))

    def up(self) -> subprocess.CompletedProcess:
        return subprocess.run(
            [ROOT / "scripts/pulumi", STACK, "up", "--yes", "--config-file", self.file],
            cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def changes(self) -> dict[str, str]:
        return self.slipway.changes("--config-file", self.file)


@pytest.fixture(scope="module")
def matrix(slipway, aws, tmp_path_factory) -> Iterator[Matrix]:
    """The stack that is up, or one that is brought up and taken down again; the table at the end."""
    slipway.stack = STACK
    stacks = [name for name in (own_values()["sharedNetwork"], STACK) if name and not is_up(name)]
    for stack in stacks:
        Slipway(stack).make("up")
    zones = aws("route53").list_hosted_zones_by_name(DNSName="example.com")["HostedZones"]
    if not any(zone["Name"] == "example.com." for zone in zones):
        aws("route53").create_hosted_zone(Name="example.com", CallerReference="matrix")
    if "databaseSnapshot" in chosen():
        _take_snapshots(aws("rds"), slipway.outputs()["databaseEndpoint"].partition(":")[0])
    made = Matrix(slipway, tmp_path_factory.mktemp("matrix") / f"Pulumi.{STACK}.yaml")
    yield made
    text = table(("step", "option", "from -> to", "result", "seconds"), made.rows)
    TABLE.write_text(f"```text\n{text}\n```\n")
    print("\n" + text)
    if STACK in stacks and own_values()["protect"]:
        made.configure({"protect": False})
        made.up()
    for stack in reversed(stacks):
        Slipway(stack).make("down")


def _take_snapshots(rds, address: str) -> None:
    there = {snapshot["DBSnapshotIdentifier"] for snapshot in rds.describe_db_snapshots()["DBSnapshots"]}
    (instance,) = [i for i in rds.describe_db_instances()["DBInstances"] if i["Endpoint"]["Address"] == address]
    for name in _SNAPSHOTS:
        if name not in there:
            rds.create_db_snapshot(DBSnapshotIdentifier=name, DBInstanceIdentifier=instance["DBInstanceIdentifier"])
            rds.get_waiter("db_snapshot_available").wait(DBSnapshotIdentifier=name, WaiterConfig={"Delay": 1})


@pytest.mark.stack
@pytest.mark.parametrize("number, step", list(enumerate(plan(own_values(), chosen()), 1)), ids=str)
def test_every_value_becomes_every_other_one_in_one_up(matrix, number, step):
    matrix.configure(step.values)
    began = time.monotonic()
    done = matrix.up()
    seconds = f"{time.monotonic() - began:.0f}"
    left = matrix.changes() if done.returncode == 0 else {}
    result = "not empty" if left else "ok" if done.returncode == 0 else "FAILED"
    for option, (before, after) in step.changes.items():
        matrix.rows.append((str(number), option, f"{before} -> {after}", result, seconds))
    print(number, step, result, seconds, flush=True)
    assert result == "ok", left or done.stdout[-6000:]


@pytest.mark.stack
@pytest.mark.parametrize("name", refused(own_values()))
def test_what_cannot_be_is_refused_before_anything(matrix, name):
    changes, complaint = refused(own_values())[name]
    matrix.configure(changes)
    before = matrix.slipway.pulumi("stack", "export")
    done = matrix.up()
    assert done.returncode != 0
    assert complaint in done.stdout, done.stdout
    assert matrix.slipway.pulumi("stack", "export") == before
    matrix.rows.append(("-", name, "", f"refused: ... {complaint}", "-"))
