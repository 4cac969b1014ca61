"""gunicorn with the real configuration file: how it stops."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


class Server:
    """A gunicorn on a free port; its log is read as it runs."""

    def __init__(self, **environ: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py",
             "--bind", "127.0.0.1:0", "tests.blocking_app:application"],
            cwd=ROOT,
            env=os.environ | {"WEB_CONCURRENCY": "1", "WEB_THREADS": "4"} | environ,
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        self.port = int(self.wait_for("Listening at").rsplit(":", 1)[1].split()[0])

    def wait_for(self, text: str) -> str:
        """Return the next message with this text; the log's end is a failure."""
        for line in self.process.stdout:
            message = json.loads(line)["message"]
            if text in message:
                return message
        raise AssertionError(f"the server ended before it logged {text!r}")

    def get(self, path: str) -> tuple[int, bytes]:
        """Request over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


@pytest.fixture
def serve(tmp_path):
    servers = []

    def start(**environ: str) -> Server:
        servers.append(Server(**environ))
        return servers[-1]

    yield start
    for server in servers:
        server.process.kill()
        server.process.wait()
        server.process.stdout.close()


def test_serves_new_connections_after_sigterm_and_finishes_requests(serve, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    server = serve(DRAIN_DELAY="1", BLOCK_FIFO=str(fifo))
    with ThreadPoolExecutor() as pool:
        in_flight = pool.submit(server.get, "/block")
        with fifo.open("wb") as unblock:  # opens once the request is being served
            server.process.send_signal(signal.SIGTERM)
            server.wait_for("draining")
            assert server.get("/health/live") == (200, b'{"status": "ok"}')
            server.wait_for("Handling signal: term")
            unblock.write(b"done")
        assert in_flight.result() == (200, b"done")
    assert server.process.wait(60) == 0


def test_a_second_sigterm_stops_at_once(serve):
    server = serve(DRAIN_DELAY="110")
    server.get("/health/live")

    server.process.send_signal(signal.SIGTERM)
    server.wait_for("draining")
    server.process.send_signal(signal.SIGTERM)

    assert server.process.wait(60) == 0


def test_no_delay(serve):
    server = serve(DRAIN_DELAY="0")
    server.get("/health/live")

    server.process.send_signal(signal.SIGTERM)

    server.wait_for("Shutting down")
    assert server.process.wait(60) == 0


def test_keeps_connections_longer_than_a_load_balancer(serve):
    """The idle timeout of an Application Load Balancer is 60 s."""
    ended = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "--print-config",
         "config.wsgi:application"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    config = dict(line.split("=", 1) for line in ended.stdout.splitlines() if "=" in line)
    values = {key.strip(): value.strip() for key, value in config.items()}

    assert int(values["keepalive"]) >= 65
    assert values["worker_class"] == "gthread"
    assert values["bind"] == "['0.0.0.0:8000']"
    assert values["worker_tmp_dir"] in ("/dev/shm", "/tmp")  # noqa: S108
    assert values["control_socket_disable"] == "True"
