"""The Docker engine: found, or installed and started where that is allowed, and stopped if it was us."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from slipway_local import paths, privilege
from slipway_local.docker_client import available, client
from slipway_local.errors import Problem
from slipway_local.steps import Progress, step

#: Seconds for dockerd's first answer and for its end.
_START_SECONDS = 60
_STOP_SECONDS = 60
_POLL = 0.2

_MANUAL = "install Docker (https://docs.docker.com/engine/install/), start it and repeat"


def ensure() -> None:
    """Makes sure that an engine answers. Raises Problem saying what to do where we may not, or where DOCKER_HOST names
    an engine that is not ours to start.
    """
    with step("Docker engine") as progress:
        if available():
            progress.outcome = "answers"
            return
        if host := os.environ.get("DOCKER_HOST"):
            raise Problem(
                f"no Docker engine answers at DOCKER_HOST={host}",
                "start that engine, or unset DOCKER_HOST to use this machine's own, and repeat",
            )
        sudo = _privilege()
        if not _daemon():
            _install(sudo, progress)
        progress.note("start")
        if Path("/run/systemd/system").is_dir():
            subprocess.run([*sudo, "systemctl", "start", "docker"], check=True)
            _marker().write_text("systemd\n")
        else:
            _marker().write_text(f"{_start_daemon(sudo)}\n")
        _wait_for_start()
        progress.outcome = "started"


def stop() -> None:
    """Stops the engine if we started it and no container runs on it."""
    with step("Docker engine") as progress:
        if not ours():
            _marker().unlink(missing_ok=True)
            progress.outcome = "not started by us, left alone" if available() else "not running"
            return
        running = [container.name for container in client().containers.list(ignore_removed=True)]
        if running:
            progress.outcome = f"left running for {', '.join(running)}"
            return
        sudo, started = _privilege(), _marker().read_text().strip()
        if started == "systemd":
            subprocess.run([*sudo, "systemctl", "stop", "docker.socket", "docker"], check=True)
        else:
            _stop_daemon(int(started), sudo)
        _marker().unlink()
        client.cache_clear()
        progress.outcome = "stopped"


def ours() -> bool:
    """Whether the engine that runs is one that `ensure` started."""
    marker = _marker()
    if not marker.is_file():
        return False
    started = marker.read_text().strip()
    if started == "systemd":
        return subprocess.run(["systemctl", "is-active", "-q", "docker"], check=False).returncode == 0
    return _is_dockerd(int(started))


def _directory() -> Path:
    path = paths.cache() / "engine"
    path.mkdir(exist_ok=True)
    return path


def _marker() -> Path:
    return _directory() / "started"


def _daemon() -> str | None:
    return shutil.which("dockerd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def _privilege() -> list[str]:
    return privilege.prefix("starting or stopping the Docker engine", _MANUAL)


def _install(sudo: list[str], progress: Progress) -> None:
    release = Path("/etc/os-release")
    like = release.read_text() if release.is_file() else ""
    if not shutil.which("apt-get") or not any(f"={name}" in like.replace('"', "") for name in ("debian", "ubuntu")):
        raise Problem("no Docker engine is installed, and this is neither Debian nor Ubuntu", _MANUAL)
    environment = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive"]
    install = ["install", "-y", "--no-install-recommends", "docker.io", "ca-certificates", "iptables"]
    for command in (["update"], install):
        progress.note(f"apt-get {command[0]}")
        done = subprocess.run([*environment, "apt-get", "-q", *command], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Problem(f"apt-get {' '.join(command)} failed:\n{(done.stdout + done.stderr)[-1500:]}", _MANUAL)


def _start_daemon(sudo: list[str]) -> int:
    log = _directory() / "dockerd.log"
    pid_file = _directory() / "dockerd.pid"
    subprocess.run([*sudo, "rm", "-f", str(pid_file)], check=True)
    with log.open("ab") as output:
        subprocess.Popen(
            [*sudo, _daemon(), "--pidfile", str(pid_file)],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, cwd="/",
        )
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if pid_file.is_file() and (text := pid_file.read_text().strip()):
            return int(text)
        time.sleep(_POLL)
    raise _failed()


def _wait_for_start() -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if available():
            return
        time.sleep(_POLL)
    raise _failed()


def _failed() -> Problem:
    log = _directory() / "dockerd.log"
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-12:]) if log.is_file() else ""
    return Problem(f"the Docker engine does not start:\n{tail}", f"see {log} or `journalctl -u docker`, then repeat")


def _stop_daemon(pid: int, sudo: list[str]) -> None:
    subprocess.run([*sudo, "kill", f"-{signal.SIGTERM.name}", str(pid)], check=True)
    deadline = time.monotonic() + _STOP_SECONDS
    while _is_dockerd(pid):
        if time.monotonic() > deadline:
            raise Problem(f"dockerd (process {pid}) does not end", f"see {_directory() / 'dockerd.log'}, then end it")
        time.sleep(_POLL)


def _is_dockerd(pid: int) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.path.basename(command[0].decode()) == "dockerd" and str(_directory() / "dockerd.pid").encode() in command

