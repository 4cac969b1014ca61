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

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(s3={"addressing_style": "path"}),
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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
    port = free_port()
    log = tmp_path_factory.mktemp("extension") / "log"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | {
        "GATEWAY_PORT": str(port),
        "DOCKER_HOST": "unix:///nonexistent",
        "PYTHONPATH": str(LOCAL / "extension"),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
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
    port = free_port()
    environment = os.environ | {"SLIPWAY_LOCAL_PORT": str(port), "PYTHONPATH": str(LOCAL)}
    command = [sys.executable, "-m", "slipway_local"]
    started = subprocess.run([*command, "up"], env=environment, capture_output=True, text=True, check=False)
    assert started.returncode == 0, started.stdout + started.stderr
    try:
        yield Server(port)
    finally:
        stopped = subprocess.run([*command, "down"], env=environment, capture_output=True, text=True, check=False)
        assert stopped.returncode == 0, stopped.stdout + stopped.stderr
