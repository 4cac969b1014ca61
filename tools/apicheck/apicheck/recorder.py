"""A proxy between the programs and the control planes of a local AWS that writes down every request.

A request is kept as it was sent. Two answers are altered, since no container runs: a command in a task of its own has
ended well, and AWS's public list of services is as the control planes give it.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import planes

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


class Recorder(planes.Forwarder):
    """Passes everything on and writes it down."""

    def __init__(self, upstream: int) -> None:
        super().__init__(upstream)
        #: Put on every request from now on.
        self.run = ""
        self.requests: list[Recorded] = []
        self._commands: set[str] = set()

    def answered(self, request: BaseHTTPRequestHandler, body: bytes, status: int, content: bytes) -> bytes:
        kept = {name.lower(): value for name, value in request.headers.items() if name.lower() not in _DROPPED}
        with self._lock:
            self.requests.append(Recorded(self.run, request.command, request.path, kept, body, status))
        return self._ended(kept.get("x-amz-target", ""), body, content)

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
