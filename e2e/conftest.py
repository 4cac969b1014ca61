"""Fixtures of the end-to-end run: one stack on the local AWS, from nothing to nothing."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import pytest

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
    values = dict(
        line.split("=", 1) for line in (ROOT / ".slipway/local.env").read_text().splitlines() if "=" in line
    )

    def client(service: str):
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
