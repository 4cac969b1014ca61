"""Servers that tests talk to: the extension in a process of its own, and a whole local AWS."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

LOCAL = Path(__file__).resolve().parent.parent
_START_SECONDS = 120


@dataclass(frozen=True)
class Server:
    """A local AWS under test."""

    port: int
    #: Of its load balancers, and the authority of their certificates.
    http: int = 0
    https: int = 0
    ca: Path | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str, credentials: dict | None = None):
        """A client of the account's root, or of these credentials."""
        found = credentials or {"AccessKeyId": "test", "SecretAccessKey": "test"}
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=found["AccessKeyId"],
            aws_secret_access_key=found["SecretAccessKey"],
            aws_session_token=found.get("SessionToken"),
            config=Config(s3={"addressing_style": "path"}),
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_subnets(ec2, prefix: str, zones: str = "ab") -> list[str]:
    """One subnet in each zone of a new VPC; the prefix is the first two numbers of its addresses."""
    vpc = ec2.create_vpc(CidrBlock=f"{prefix}.0.0/16")["Vpc"]["VpcId"]
    return [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"{prefix}.{n}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for n, zone in enumerate(zones)
    ]


def wait_for(condition, what: str, seconds: float = 90):
    """The condition's first true value; fails with `what` after the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    pytest.fail(f"not within {seconds} s: {what}")


@pytest.fixture(autouse=True)
def _no_outer_aws(monkeypatch):
    """Nothing of the caller's AWS configuration reaches a test."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def extension(tmp_path_factory):
    """MiniStack with the extension and no Docker engine: the control planes."""
    yield from _control_planes(tmp_path_factory.mktemp("extension") / "log")


@pytest.fixture(scope="session")
def secured(tmp_path_factory):
    """The same, with IAM enforced."""
    yield from _control_planes(tmp_path_factory.mktemp("secured") / "log", AUTH="true")


def _control_planes(log, **settings):
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | {
        "GATEWAY_PORT": str(port),
        "DOCKER_HOST": "unix:///nonexistent",
        "PYTHONPATH": str(LOCAL / "extension"),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        **settings,
    }
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-m", "slipway_aws"], env=environment, stdout=output, stderr=output)
    server = Server(port)
    try:
        _wait_until_up(server, process, log)
        yield server
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_up(server, process, log):
    def up():
        if process.poll() is not None:
            pytest.fail(f"the extension does not start:\n{log.read_text()[-3000:]}")
        try:
            with urllib.request.urlopen(server.url + "/_ministack/health", timeout=5):
                return True
        except OSError:
            return False

    wait_for(up, "the extension answers", _START_SECONDS)


@pytest.fixture(scope="session")
def local_aws():
    """A whole local AWS in containers, on a port and networks of its own."""
    yield from _whole()


@pytest.fixture(scope="session")
def secured_aws():
    """The same, with IAM enforced."""
    yield from _whole("--auth")


def _whole(*options):
    port, http, https = (free_port() for _ in range(3))
    environment = os.environ | {
        "SLIPWAY_LOCAL_PORT": str(port),
        "SLIPWAY_LOCAL_HTTP_PORT": str(http),
        "SLIPWAY_LOCAL_HTTPS_PORT": str(https),
        "PYTHONPATH": str(LOCAL),
    }
    command = [sys.executable, "-m", "slipway_local"]
    started = subprocess.run([*command, "up", *options], env=environment, capture_output=True, text=True, check=False)
    assert started.returncode == 0, started.stdout + started.stderr
    try:
        yield Server(port, http, https, LOCAL.parent / f".slipway/ca-{port}.pem")
    finally:
        stopped = subprocess.run([*command, "down"], env=environment, capture_output=True, text=True, check=False)
        assert stopped.returncode == 0, stopped.stdout + stopped.stderr
