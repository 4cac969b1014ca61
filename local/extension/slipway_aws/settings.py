"""The settings that the container is started with."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

#: Where every Fargate task finds its credentials and metadata.
#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
FARGATE = "169.254.170.2"


@dataclass(frozen=True)
class Settings:
    """Environment of the local AWS; the defaults suit tests without Docker."""

    #: Registry address that the Docker engine pushes to and pulls from: the published port.
    #: dockerd speaks plain HTTP with 127.0.0.0/8 only.
    registry: str
    #: Network that tasks and databases join.
    network: str
    #: Network of the tasks' credentials and metadata, empty without one, and this container's address there.
    metadata_network: str
    metadata_address: str
    #: Value of the label `slipway.local` on everything that is started.
    label: str
    #: Address and ports to serve on; a container serves on all of its own addresses.
    bind: str
    ports: tuple[int, ...]
    #: Ports of the load balancers, 0 for none, and where HAProxy has its files.
    http: int
    https: int
    directory: Path


def load() -> Settings:
    """Reads the environment."""
    gateway = int(os.environ.get("GATEWAY_PORT", "4566"))
    metadata = os.environ.get("SLIPWAY_METADATA_NETWORK", "")
    return Settings(
        registry=os.environ.get("SLIPWAY_REGISTRY", f"127.0.0.1:{gateway}"),
        network=os.environ.get("DOCKER_NETWORK", ""),
        metadata_network=metadata,
        metadata_address=os.environ.get("SLIPWAY_METADATA_ADDRESS", FARGATE),
        bind=os.environ.get("BIND_HOST", "127.0.0.1"),
        label=os.environ.get("SLIPWAY_LABEL", "workload"),
        # Tasks reach credentials and metadata on port 80, as on Fargate.
        ports=(gateway, 80) if metadata else (gateway,),
        http=int(os.environ.get("SLIPWAY_HTTP_PORT", "0")),
        https=int(os.environ.get("SLIPWAY_HTTPS_PORT", "0")),
        directory=Path(os.environ.get("SLIPWAY_DIRECTORY", "/run/slipway")),
    )


SETTINGS = load()
