"""Fixtures of the end-to-end run: one stack on the local AWS, from nothing to nothing."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import pytest
from changed import Changed
from running import running
from tables import table
from traffic import RESULTS, Traffic

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Slipway:
    """Runs the project's commands as a user would and remembers what they printed."""

    stack: str = "staging"
    printed: list[str] = field(default_factory=list)

    def make(self, *targets: str, check: bool = True) -> str:
        """Runs make, shows its output as it comes, and returns it."""
        process = subprocess.Popen(
            ["make", *targets, f"STACK={self.stack}"],
            cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        lines = []
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
        output = "".join(lines)
        self.printed.append(output)
        status = process.wait()
        if check:
            assert status == 0, f"make {' '.join(targets)} ended with {status}"
        else:
            assert status != 0, f"make {' '.join(targets)} succeeded; it should not have"
        return output

    def shell(self, line: str) -> int:
        """Runs a line as it is typed, and returns its exit code."""
        done = subprocess.run(
            ["bash", "-c", line], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        print(done.stdout)
        self.printed.append(done.stdout)
        return done.returncode

    def pulumi(self, *arguments: str) -> str:
        return subprocess.run(
            [ROOT / "scripts/pulumi", self.stack, *arguments],
            cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE,
        ).stdout  # fmt: skip

    def outputs(self) -> dict[str, str]:
        return json.loads(self.pulumi("stack", "output", "--json"))

    def changes(self, *arguments: str) -> dict[str, str]:
        """What `pulumi preview` would do, resource by resource, without what stays the same."""
        preview = json.loads(self.pulumi("preview", "--json", *arguments))
        return {
            step["urn"].split("::", 2)[2]: step["op"]
            for step in preview["steps"]
            if step["op"] not in ("same", "read", "read-discard")
        }


@pytest.fixture(scope="session")
def slipway() -> Slipway:
    os.environ.pop("TARGET", None)
    return Slipway()


@pytest.fixture(scope="session")
def aws(slipway: Slipway):
    """Clients of the local AWS, by service name."""

    def client(service: str):
        lines = (ROOT / ".slipway/local.env").read_text().splitlines()
        values = dict(line.split("=", 1) for line in lines if "=" in line)
        return boto3.client(
            service,
            endpoint_url=values["AWS_ENDPOINT_URL"].strip("'\""),
            region_name="us-east-1",
            aws_access_key_id=values["AWS_ACCESS_KEY_ID"].strip("'\""),
            aws_secret_access_key=values["AWS_SECRET_ACCESS_KEY"].strip("'\""),
        )

    return client


@pytest.fixture
def changed_line() -> Iterator[Path]:
    """Changes one line of the app for the length of a test."""
    source = ROOT / "django-app/apps/core/views.py"
    before = source.read_text()
    source.write_text(before + "\n# A changed line.\n")
    yield source
    source.write_text(before)


@pytest.fixture(scope="session")
def service(slipway, aws):
    """The app's service with two tasks, of the stack that is up or of one that is brought up for the tests."""
    with running(slipway, aws) as found:
        yield found


@pytest.fixture(scope="session")
def url(slipway, service):
    """Where the stack answers."""
    return slipway.outputs()["url"]


@dataclass
class Fault:
    """One fault while it is observed, for its row in the table."""

    name: str
    promise: str
    traffic: Traffic | None = None
    note: str = ""

    def row(self, seconds: float, held: bool) -> tuple[str, ...]:
        """The cells of its row."""
        result = self.traffic.result if self.traffic else None
        figures = (str(result.requests), str(result.bad)) if result else ("-", "-")
        return self.name, self.promise, "yes" if held else "NO", *figures, f"{seconds:.0f}", self.note


_FAULT_ROWS = pytest.StashKey[list]()
_HELD = pytest.StashKey[bool]()
#: Light and constant: what a fault does to it is seen within a tenth of a second.
_LIGHT = {"rate": 60, "fresh": 20, "slow": 1, "users": 1}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Remembers whether a test passed, for its row."""
    report = yield
    if report.when == "call":
        item.stash[_HELD] = report.passed
    return report


@pytest.fixture
def fault(request):
    """The row of this test; its name is the test's, its promise the test's docstring."""
    found = Fault(request.node.name.removeprefix("test_").replace("_", " "), request.function.__doc__.strip())
    began = time.monotonic()
    yield found
    rows = request.config.stash.setdefault(_FAULT_ROWS, [])
    rows.append(found.row(time.monotonic() - began, request.node.stash.get(_HELD, False)))


@pytest.fixture
def traffic(fault, url):
    """Light traffic from the test's begin to its end, or to where the test stops it."""
    with Traffic(url, f"fault-{fault.name.replace(' ', '-')}", **_LIGHT) as found:
        fault.traffic = found
        yield found


def pytest_terminal_summary(terminalreporter, config):
    """The table of the faults."""
    rows = config.stash.get(_FAULT_ROWS, [])
    if rows:
        head = ("fault", "promise", "held", "requests", "bad", "seconds", "observed")
        terminalreporter.write_line("\n" + table(head, rows))
        terminalreporter.write_line(f"\nresults and plots: {RESULTS}/fault-*/load.png")


@pytest.fixture
def changed(slipway, service) -> Changed:
    """A copy of the project whose app may be changed and broken."""
    return Changed(slipway.stack)
