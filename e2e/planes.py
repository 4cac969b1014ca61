"""The control planes of the local AWS in a process of their own, and a proxy before them that can hold answers back.

No container runs: a test that needs AWS's API only has an account of its own here, within seconds.
"""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import boto3
from botocore.config import Config

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".slipway/venvs/local-test/bin/python"
_START_SECONDS = 120
_UPSTREAM_SECONDS = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serve(log: Path, *, auth: bool = False) -> Iterator[int]:
    """The control planes on a port of 127.0.0.1, until the end of the block."""
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | {
        "AUTH": str(auth).lower(),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "DOCKER_HOST": "unix:///nonexistent",
        "PYTHONPATH": str(ROOT / "local/extension"),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }
    with log.open("wb") as output:
        process = subprocess.Popen([PYTHON, "-m", "slipway_aws"], env=environment, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(port):
            assert process.poll() is None, f"the control planes do not start:\n{log.read_text()[-3000:]}"
            assert time.monotonic() < deadline, f"no answer within {_START_SECONDS} s:\n{log.read_text()[-3000:]}"
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def client(port: int, service: str):
    """A boto3 client of the account's root."""
    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(s3={"addressing_style": "path"}),
    )


@dataclass
class Hold:
    """Holds the answer to the first request for an action back: AWS has done it, and nobody learns of it."""

    action: str
    held: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)


class Forwarder:
    """Listens on a port of 127.0.0.1 and passes everything on to `upstream`, another one."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self._lock = threading.Lock()
        forwarder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Two writes an answer otherwise wait for each other's acknowledgement.
            disable_nagle_algorithm = True
            wbufsize = -1

            def log_message(self, *_):
                """Says nothing."""

            def handle_one_request(self):
                try:
                    super().handle_one_request()
                except (ConnectionError, http.client.HTTPException, TimeoutError):
                    self.close_connection = True

            def _forward(self):
                forwarder._forward(self)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = _forward

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()

    def asked(self, request: BaseHTTPRequestHandler, body: bytes) -> bool:
        """Is told of every request. False cuts its connection."""
        return True

    def answered(self, request: BaseHTTPRequestHandler, body: bytes, status: int, content: bytes) -> bytes:
        """Is told of every answer; what it returns is sent."""
        return content

    def _forward(self, request: BaseHTTPRequestHandler) -> None:
        body = _body(request)
        if not self.asked(request, body):
            request.close_connection = True
            request.connection.close()
            return
        upstream = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=_UPSTREAM_SECONDS)
        try:
            # http.server has answered what expects to be told to continue.
            own = ("connection", "expect", "transfer-encoding")
            headers = {name: value for name, value in request.headers.items() if name.lower() not in own}
            upstream.request(request.command, request.path, body, headers)
            answer = upstream.getresponse()
            content = answer.read()
        finally:
            upstream.close()
        content = self.answered(request, body, answer.status, content)
        request.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                request.send_header(name, value)
        length = answer.getheader("Content-Length") if request.command == "HEAD" else str(len(content))
        request.send_header("Content-Length", length or "0")
        request.end_headers()
        request.wfile.write(content)
        request.wfile.flush()


def _body(request: BaseHTTPRequestHandler) -> bytes:
    if "chunked" not in request.headers.get("Transfer-Encoding", ""):
        return request.rfile.read(int(request.headers.get("Content-Length") or 0))
    body = b""
    while size := int(request.rfile.readline().split(b";")[0], 16):
        body += request.rfile.read(size)
        request.rfile.readline()
    request.rfile.readline()
    return body


class Proxy(Forwarder):
    """Stands between clients and the control planes."""

    def __init__(self, upstream: int) -> None:
        super().__init__(upstream)
        self.holds: list[Hold] = []
        #: Services, as in a request's signature, whose connections are cut.
        self.unreachable: set[str] = set()
        #: Actions in the order of their requests.
        self.actions: list[str] = []

    def close(self) -> None:
        for hold in self.holds:
            hold.let_go.set()
        super().close()

    def hold(self, action: str) -> Hold:
        """Holds the next answer to an action back."""
        hold = Hold(action)
        with self._lock:
            self.holds.append(hold)
        return hold

    def asked(self, request: BaseHTTPRequestHandler, body: bytes) -> bool:
        if _service(request) in self.unreachable:
            return False
        with self._lock:
            self.actions.append(_action(request, body))
        return True

    def answered(self, request: BaseHTTPRequestHandler, body: bytes, status: int, content: bytes) -> bytes:
        action = _action(request, body)
        with self._lock:
            hold = next((h for h in self.holds if h.action == action and not h.held.is_set()), None)
            if hold:
                hold.held.set()
        if hold:
            hold.let_go.wait()
        return content


def _service(request: BaseHTTPRequestHandler) -> str:
    """The service that a request is signed for."""
    found = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", request.headers.get("Authorization", ""))
    return found[1] if found else ""


def _action(request: BaseHTTPRequestHandler, body: bytes) -> str:
    """The action that a request asks for: its name in the JSON and Query protocols, method and path in REST."""
    if target := request.headers.get("X-Amz-Target"):
        return target.rpartition(".")[2]
    if b"Action=" in body:
        return parse_qs(body.decode())["Action"][0]
    return f"{request.command} {request.path.partition('?')[0]}"
