"""Runs the programs against the control planes of a local AWS and records what they ask for."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import planes

from apicheck import stacks
from apicheck.recorder import Recorded, Recorder

ROOT = stacks.ROOT
BIN = ROOT / ".slipway/bin"
CLI = ROOT / ".slipway/cli/slipway"
NO_IMAGES = ROOT / ".slipway/bin/noimages"
BUCKET = "slipway-state"
BOOTSTRAP = {"slipway-bootstrap:stateBucket": BUCKET, "slipway-bootstrap:pullAccounts": ["222233334444"]}
_STEP_SECONDS = 900
#: What the AWS provider needs to talk to an endpoint that is not AWS.
PROVIDER = {"aws:skipCredentialsValidation": "true", "aws:skipMetadataApiCheck": "true", "aws:s3UsePathStyle": "true"}


class Failed(Exception):
    """A step that did not succeed, with its output."""


def record(work: Path) -> list[Recorded]:
    """Every request of the bootstrap program and of all steps. `work` is a directory of its own."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    with planes.serve(work / "aws.log") as upstream, _no_images() as images:
        recorder = Recorder(upstream)
        try:
            run = _Run(work, recorder, images)
            run.bootstrap()
            run.zone()
            for step in stacks.STEPS:
                run.step(step)
            run.bootstrap_away()
        finally:
            recorder.close()
        return recorder.requests


class _Run:
    def __init__(self, work: Path, recorder: Recorder, images: str) -> None:
        self.work, self.recorder = work, recorder
        endpoint = f"127.0.0.1:{recorder.port}"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PULUMI_", "CI_", "SLIPWAY_", "GITLAB_"))}
        self.environment = kept | {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "PULUMI_HOME": str(ROOT / ".slipway/pulumi"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
            "PULUMI_ENABLE_LEGACY_PLUGIN_SEARCH": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DEBUG_PROVIDERS": f"docker:{images}",
            "PULUMI_BACKEND_URL": f"s3://{BUCKET}?region=us-east-1&endpoint={endpoint}&disableSSL=true&s3ForcePathStyle=true",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "AWS_ENDPOINT_URL": f"http://{endpoint}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
            "SLIPWAY_POLL_INTERVAL": "100ms",
        }  # fmt: skip
        self.values: dict[str, dict] = {}

    def bootstrap(self) -> None:
        """What an account needs, its state in a file: the bucket is not there before."""
        self._bootstrap("init", "stack", "init", "--stack", "account")
        self._bootstrap("up", "up", "--yes", "--skip-preview", "--stack", "account")
        self._bootstrap("refresh", "refresh", "--yes", "--skip-preview", "--stack", "account")

    def bootstrap_away(self) -> None:
        """Deletes what bootstrap has made. Its resources are protected, hence what stands before."""
        self._bootstrap("destroy", "state", "unprotect", "--all", "--yes", "--stack", "account")
        # A bucket with states in it and a table with deletion protection stay.
        self._bootstrap("destroy", "destroy", "--yes", "--skip-preview", "--continue-on-error", "--stack", "account", fails=True)

    def _bootstrap(self, name: str, *arguments: str, fails: bool = False) -> None:
        project = self.work / "bootstrap"
        if not project.exists():
            (project / "state").mkdir(parents=True)
            text = (ROOT / "bootstrap/Pulumi.yaml").read_text()
            (project / "Pulumi.yaml").write_text(text.replace("../.slipway/bin", str(BIN)))
            stack = stacks.yaml.safe_load((ROOT / "bootstrap/Pulumi.account.yaml").read_text())
            stack["config"] |= PROVIDER | BOOTSTRAP
            (project / "Pulumi.account.yaml").write_text(json.dumps(stack))
        self._run(
            f"bootstrap {name}", [BIN / "pulumi", *arguments, "--non-interactive"], project, fails=fails,
            PULUMI_BACKEND_URL=f"file://{project}/state",
        )  # fmt: skip

    def given(self, service: str, method: str, path: str, body: str, target: str = "") -> None:
        """Makes what stacks find in an account, by a request that is none of theirs and is not recorded."""
        connection = http.client.HTTPConnection("127.0.0.1", self.recorder.upstream, timeout=30)
        scope = f"Credential=test/20260101/us-east-1/{service}/aws4_request"
        connection.request(method, path, body, {
            "Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
            "Content-Type": "application/x-amz-json-1.1" if target else "application/x-www-form-urlencoded",
            "X-Amz-Target": target,
        })  # fmt: skip
        answer = connection.getresponse()
        if answer.status >= 300:
            raise Failed(f"the control planes refuse {service} {path}: {answer.status} {answer.read()!r}")

    def zone(self) -> None:
        """The hosted zone that prod's domain is in."""
        self.given("route53", "POST", "/2013-04-01/hostedzone", (
            '<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/">'
            "<CallerReference>apicheck</CallerReference><Name>example.com.</Name></CreateHostedZoneRequest>"
        ))  # fmt: skip

    def snapshot(self, stack: str, name: str) -> None:
        """A snapshot of a stack's database, made by hand."""
        mine = b"&".join(r.body for r in self.recorder.requests if r.run == f"{stack} up" and b"Action=CreateDBInstance&" in r.body)
        found = re.search(r"(?:^|&)DBInstanceIdentifier=([^&]+)", mine.decode())
        if not found:
            raise Failed(f"{stack} has made no database")
        self.given("rds", "POST", "/", (
            f"Action=CreateDBSnapshot&Version=2014-10-31&DBInstanceIdentifier={found[1]}&DBSnapshotIdentifier={name}"
        ))  # fmt: skip

    def image(self, stack: str) -> None:
        """The image that a stack has built, in the registry of another account: the control planes have one for all."""
        found = re.search(r'^ +version +: "(\w+)"', (self.work / f"{stack}-up.log").read_text(), re.MULTILINE)
        if not found:
            raise Failed(f"{stack} says no version")
        image = {"repositoryName": "slipway", "imageTag": found[1], "imageManifest": "{}"}
        self.given("ecr", "POST", "/", json.dumps(image), "AmazonEC2ContainerRegistry_V20150921.PutImage")

    def step(self, step: stacks.Step) -> None:
        first = step.stack not in self.values
        values = self.values.setdefault(step.stack, stacks.committed(step.stack))
        values |= step.values
        file = self.work / f"Pulumi.{step.stack}.yaml"
        shutil.copy(ROOT / "Pulumi.yaml", self.work / "Pulumi.yaml")
        known = stacks.yaml.safe_load(file.read_text()) if file.exists() else {}
        config = {key if ":" in key else f"slipway:{key}": value for key, value in values.items()}
        file.write_text(json.dumps(known | {"config": config | PROVIDER}))
        if first:
            secrets = f"awskms://alias/slipway-pulumi?region=us-east-1&context_stack={step.stack}"
            init = ["stack", "init", "--no-select", "--secrets-provider", secrets, "--stack", step.stack, "--non-interactive"]
            self._run(f"{step.stack} init", [BIN / "pulumi", *init], self.work)
        how = ["--skip-preview"] if step.operation == "up" else []
        pulumi = [BIN / "pulumi", step.operation, "--yes", *how, "--non-interactive", "--stack", step.stack, "--config-file", file]
        lease = [CLI, "lease", "--stack", step.stack, "--operation", step.operation, "--config-file", file, "--"]
        if step.values.get("databaseSnapshot"):
            self.snapshot(step.stack, values["databaseSnapshot"])
        if step.values.get("imageAccount"):
            self.image(step.stack)
        self._run(str(step), [*lease, *pulumi], ROOT)

    def _run(self, name: str, command: list, directory: Path, *, fails: bool = False, **changes: str) -> None:
        self.recorder.run = name
        began, before = time.monotonic(), len(self.recorder.requests)
        log = self.work / f"{name.replace(' ', '-')}.log"
        with log.open("ab") as output:
            done = subprocess.run(
                command, cwd=directory, env=self.environment | changes, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, timeout=_STEP_SECONDS, check=False,
            )  # fmt: skip
        if done.returncode and not fails:
            raise Failed(f"{name} ended with {done.returncode}:\n{log.read_text()[-6000:]}")
        print(f"{name:<20} {len(self.recorder.requests) - before:6} requests {time.monotonic() - began:5.0f} s", flush=True)


@contextmanager
def _no_images() -> Iterator[str]:
    """The stand-in for the docker plugin, and its port."""
    process = subprocess.Popen([NO_IMAGES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.terminate()
        process.wait(30)
