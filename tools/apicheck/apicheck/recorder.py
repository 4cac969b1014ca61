"""A proxy between the programs and the control planes of a local AWS that writes down every request.

A request is kept as it was sent. Two answers are altered, since no container runs: a command in a task of its own has
ended well, and AWS's public list of services is as the control planes give it.
"""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_UPSTREAM_SECONDS = 120
#: What says nothing about the request's content.
_DROPPED = {"connection", "host", "accept-encoding", "user-agent", "content-length", "expect"}


@dataclass(frozen=True)
class Recorded:
    """One request as it was sent, and how it was answered."""

    #: What was being done, such as `prod up`.
    run: str
    method: str
    #: With the query string.
    path: str
    #: Lower-case names.
    headers: dict[str, str]
    body: bytes
    status: int = 200


def write(path: Path, requests: list[Recorded]) -> None:
    """Writes a recording, one request a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", compresslevel=4) as file:
        for request in requests:
            file.write(json.dumps(asdict(request) | {"body": base64.b64encode(request.body).decode()}) + "\n")


def read(path: Path) -> Iterator[Recorded]:
    """The requests of a recording."""
    with gzip.open(path, "rt") as file:
        for line in file:
            fields = json.loads(line)
            yield Recorded(**fields | {"body": base64.b64decode(fields["body"])})


class Recorder:
    """Listens on a port of 127.0.0.1 and passes everything on to `upstream`, another one."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        #: Put on every request from now on.
        self.run = ""
        self.requests: list[Recorded] = []
        self._commands: set[str] = set()
        self._lock = threading.Lock()
        recorder = self

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

            def _pass(self):
                recorder._pass(self)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = _pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()

    def _pass(self, request: BaseHTTPRequestHandler) -> None:
        body = _body(request)
        headers = {name: value for name, value in request.headers.items() if name.lower() != "connection"}
        headers.pop("Transfer-Encoding", None)
        headers.pop("Expect", None)
        upstream = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=_UPSTREAM_SECONDS)
        try:
            upstream.request(request.command, request.path, body, headers)
            answer = upstream.getresponse()
            content = answer.read()
        finally:
            upstream.close()
        kept = {name.lower(): value for name, value in request.headers.items() if name.lower() not in _DROPPED}
        with self._lock:
            self.requests.append(Recorded(self.run, request.command, request.path, kept, body, answer.status))
        content = self._ended(kept.get("x-amz-target", ""), body, content)
        request.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                request.send_header(name, value)
        length = answer.getheader("Content-Length") if request.command == "HEAD" else str(len(content))
        request.send_header("Content-Length", length or "0")
        request.end_headers()
        request.wfile.write(content)
        request.wfile.flush()

    def _ended(self, target: str, asked: bytes, content: bytes) -> bytes:
        """The answer about tasks in which those that a client started have ended with exit code 0."""
        action = target.removeprefix("AmazonEC2ContainerServiceV20141113.")
        if action not in ("RunTask", "DescribeTasks"):
            return content
        answer = json.loads(content)
        tasks = answer.get("tasks") or []
        with self._lock:
            if action == "RunTask":
                self._commands |= {task["taskArn"] for task in tasks}
                return content
            mine = [task for task in tasks if task["taskArn"] in self._commands]
        for task in mine:
            task |= {"lastStatus": "STOPPED", "desiredStatus": "STOPPED", "stopCode": "EssentialContainerExited"}
            for container in task["containers"]:
                container |= {"lastStatus": "STOPPED", "exitCode": 0}
        return json.dumps(answer).encode()


def _body(request: BaseHTTPRequestHandler) -> bytes:
    if request.headers.get("Expect", "").lower() == "100-continue":
        pass  # http.server has answered already
    if "chunked" not in request.headers.get("Transfer-Encoding", ""):
        return request.rfile.read(int(request.headers.get("Content-Length") or 0))
    body = b""
    while size := int(request.rfile.readline().split(b";")[0], 16):
        body += request.rfile.read(size)
        request.rfile.readline()
    request.rfile.readline()
    return body
