"""The one client to the Docker engine."""

from __future__ import annotations

import os
from functools import cache

import docker
from docker.errors import DockerException

from slipway_local.errors import Problem

#: Seconds for one call; commits of a few hundred MB on a busy disk take the longest.
TIMEOUT = 600


@cache
def client() -> docker.DockerClient:
    """The engine that DOCKER_HOST names, else the local one.

    Raises Problem when it does not answer.
    """
    try:
        found = docker.from_env(timeout=TIMEOUT)
        found.ping()
    except (DockerException, OSError) as error:
        raise Problem(
            f"no Docker engine answers ({error})",
            "run `python -m slipway_local engine`, or start Docker, and repeat",
        ) from error
    return found


def available() -> bool:
    """Whether an engine answers."""
    try:
        client()
    except Problem:
        client.cache_clear()
        return False
    return True


def socket_path() -> str:
    """The engine's socket on the host, which the local AWS needs to start tasks and databases."""
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not host.startswith("unix://"):
        raise Problem(f"DOCKER_HOST is {host}", "unset it: the local AWS needs an engine on this machine's socket")
    return host.removeprefix("unix://")
