"""The container's health check, against real servers."""

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from config import healthcheck

ROOT = Path(__file__).parent.parent


@pytest.fixture
def answering():
    """Start a server that answers every request with a status; returns its port."""
    servers = []

    def start(status: int) -> int:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status if self.path == "/health/live" else 404)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        servers.append(HTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return servers[-1].server_port

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def run(port: int) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "config.healthcheck", str(port)],
        cwd=ROOT, env={}, capture_output=True, text=True,
    )  # fmt: skip


def test_healthy(answering):
    port = answering(200)

    assert healthcheck.problem(port) is None
    assert run(port).returncode == 0


def test_unhealthy(answering):
    port = answering(503)

    assert healthcheck.problem(port) == "/health/live answered 503"
    ended = run(port)
    assert (ended.returncode, ended.stderr) == (1, "/health/live answered 503\n")


def test_nothing_listens():
    # Port 1 is privileged; no service has used it in decades.
    assert healthcheck.problem(1).startswith("no answer on port 1: ")


def test_the_default_port_is_gunicorns():
    text = (ROOT / "gunicorn.conf.py").read_text()

    assert f'bind = "0.0.0.0:{healthcheck.PORT}"' in text
