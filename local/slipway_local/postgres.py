"""A throw-away PostgreSQL for the Django tests."""

from __future__ import annotations

import hashlib
import secrets
import time
from pathlib import Path

from docker.errors import NotFound

from slipway_local import base_images, names, paths
from slipway_local.docker_client import client
from slipway_local.errors import Problem
from slipway_local.steps import step

_DATA = "/var/lib/postgresql/data"
_USER = _DATABASE = "test"
_READY_SECONDS = 60
_POLL = 0.1


def up(env_file: Path) -> None:
    """Starts one on a free port of 127.0.0.1 and writes DB_* lines to the file, mode 0600."""
    base_images.ensure_one(base_images.POSTGRES)
    with step("PostgreSQL for tests") as progress:
        _remove()
        password = secrets.token_urlsafe(24)
        container = client().containers.run(
            base_images.POSTGRES,
            # Its data lives in memory and ends with it: nothing needs to reach a disk.
            ["postgres", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"],
            name=_name(),
            detach=True,
            environment={"POSTGRES_USER": _USER, "POSTGRES_DB": _DATABASE, "POSTGRES_PASSWORD": password},
            tmpfs={_DATA: "rw,size=1g"},
            ports={"5432/tcp": ("127.0.0.1", None)},
            labels={names.LABEL: "test-postgres"},
        )
        _wait_until_ready(container)
        container.reload()
        port = container.ports["5432/tcp"][0]["HostPort"]
        values = {
            "DB_HOST": "127.0.0.1",
            "DB_PORT": port,
            "DB_NAME": _DATABASE,
            "DB_USER": _USER,
            "DB_PASSWORD": password,
            "DB_SSLMODE": "disable",
        }
        paths.write_private(env_file, "".join(f"{name}={value}\n" for name, value in values.items()))
        progress.outcome = f"127.0.0.1:{port}, settings in {env_file}"


def down(env_file: Path | None) -> None:
    """Removes it and the file."""
    with step("PostgreSQL for tests") as progress:
        progress.outcome = "removed" if _remove() else "was not up"
        if env_file:
            env_file.unlink(missing_ok=True)


def _name() -> str:
    """One per checkout."""
    return "slipway-test-postgres-" + hashlib.sha256(str(paths.ROOT).encode()).hexdigest()[:8]


def _remove() -> bool:
    try:
        client().containers.get(_name()).remove(force=True, v=True)
    except NotFound:
        return False
    return True


def _wait_until_ready(container) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        # The server that creates the database listens on its socket only; this asks the one that stays.
        if container.exec_run(["pg_isready", "-q", "-h", "127.0.0.1", "-U", _USER]).exit_code == 0:
            return
        container.reload()
        if container.status != "running":
            break
        time.sleep(_POLL)
    raise Problem(
        f"PostgreSQL does not start:\n{container.logs(tail=15).decode(errors='replace')}", "repair this and repeat"
    )
