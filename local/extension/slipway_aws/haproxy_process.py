"""HAProxy: its process, and commands to it while it runs.

https://docs.haproxy.org/3.0/management.html
"""

from __future__ import annotations

import csv
import logging
import socket
import subprocess
import time
from pathlib import Path

_LOG = logging.getLogger("slipway.haproxy")
#: Seconds for its first answer and for one command; a reload on a busy machine is the longest.
_START, _COMMAND = 60, 60


class HAProxyError(RuntimeError):
    """HAProxy does not run or refuses a configuration or a command."""


class HAProxy:
    """A master process, whose worker is replaced when the configuration changes; connections in use live on."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.process: subprocess.Popen | None = None

    def load(self, config: str) -> None:
        """Starts with this configuration, or goes over to it. Raises HAProxyError with HAProxy's own words."""
        (self.directory / "haproxy.cfg").write_text(config)
        if self.process is None or self.process.poll() is not None:
            self._start()
        else:
            answer = self._ask("master.sock", "reload")
            if "Success=1" not in answer:
                raise HAProxyError(f"HAProxy refuses its configuration:\n{answer}")

    def _start(self) -> None:
        for old in self.directory.glob("*.sock"):
            old.unlink()
        command = ["haproxy", "-W", "-S", f"{self.directory}/master.sock", "-f", f"{self.directory}/haproxy.cfg"]
        self.process = subprocess.Popen(command, cwd=self.directory)
        deadline = time.monotonic() + _START
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise HAProxyError(f"HAProxy exited with {self.process.returncode}; its last lines are above")
            try:
                self.command("show info")
                return
            except OSError:
                time.sleep(0.05)
        raise HAProxyError(f"HAProxy did not answer within {_START} s")

    def stop(self) -> None:
        """Ends it at once."""
        if self.process:
            self.process.terminate()
            self.process.wait(_COMMAND)

    def command(self, text: str) -> str:
        """What HAProxy answers to one command."""
        return self._ask("admin.sock", text).strip()

    def change(self, text: str, *accepted: str) -> None:
        """A command that answers nothing, or one of these, when it was done. Raises HAProxyError."""
        answer = self.command(text)
        if answer and not any(word in answer for word in accepted):
            raise HAProxyError(f"HAProxy refuses {text!r}: {answer}")

    def sessions(self, backend: str) -> dict[str, int]:
        """Requests in flight by server of a backend."""
        rows = csv.DictReader(self.command(f"show stat {backend} 4 -1").removeprefix("# ").splitlines())
        return {row["svname"]: int(row["scur"]) for row in rows}

    def _ask(self, name: str, text: str) -> str:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_COMMAND)
            connection.connect(str(self.directory / name))
            connection.sendall(text.encode() + b"\n")
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while part := connection.recv(65536):
                answer += part
        return answer.decode(errors="replace")
