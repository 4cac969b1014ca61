"""The container of the local AWS."""

from __future__ import annotations

import io
import socket
import tarfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from docker.errors import APIError, NotFound
from docker.models.containers import Container

from slipway_local import names, networks, paths, server_image
from slipway_local.docker_client import client, socket_path
from slipway_local.errors import Problem
from slipway_local.steps import say, step

#: Seconds for the first answer; on two busy cores it takes about five.
_READY_SECONDS = 90
_POLL = 0.2

_LABEL_AUTH = "slipway.auth"
_LABEL_PORTS = "slipway.ports"
#: What is published, and the variable that moves it.
_PORTS = {
    names.PORT: "SLIPWAY_LOCAL_PORT",
    names.HTTP_PORT: "SLIPWAY_LOCAL_HTTP_PORT",
    names.HTTPS_PORT: "SLIPWAY_LOCAL_HTTPS_PORT",
}
_HEALTH = f"{names.ENDPOINT}/_ministack/health"


@dataclass(frozen=True)
class Options:
    """How the local AWS behaves."""

    #: Enforce IAM: signatures, policies and trust policies count.
    auth: bool = False


def up(options: Options) -> None:
    """Starts the local AWS unless the same one already answers.

    Raises Problem when something else holds the port.
    """
    wanted = server_image.tag()
    container = find()
    if container and _same(container, wanted, options) and answers():
        with step("local AWS") as progress:
            _fetch_authority(container)
            progress.outcome = f"already up at {names.ENDPOINT}"
        return
    if container is None or container.status != "running":
        refuse_taken_ports()
    image = server_image.ensure()
    with step("local AWS") as progress:
        if container:
            # All of its state is in the process: there is nothing to carry over.
            say("  the local AWS here differs from the one that runs: replacing it and everything in it")
            container.remove(force=True, v=True)
            remove_workloads()
        _start(image, options)
        _wait_until_ready()
        _fetch_authority(find())
        progress.outcome = f"{names.ENDPOINT}, IAM {'enforced' if options.auth else 'not enforced'}"


def find() -> Container | None:
    """The container, running or not."""
    try:
        return client().containers.get(names.CONTAINER)
    except NotFound:
        return None


def answers() -> bool:
    """Whether the local AWS serves on its port."""
    try:
        with urllib.request.urlopen(_HEALTH, timeout=5) as response:
            return response.status == 200
    except (OSError, urllib.error.URLError):
        return False


def workloads() -> list[Container]:
    """Containers that the local AWS started: tasks, databases."""
    return client().containers.list(
        all=True, sparse=True, filters={"label": f"{names.LABEL}={names.WORKLOAD}"}
    )


def remove_workloads() -> int:
    """Removes them with their volumes; returns how many there were."""
    found = workloads()
    for container in found:
        try:
            container.remove(force=True, v=True)
        except NotFound:
            continue
    for volume in client().volumes.list(filters={"label": f"{names.LABEL}={names.WORKLOAD}"}):
        try:
            volume.remove()
        except APIError as error:
            what = f"volume {volume.name} can't be removed ({error.explanation})"
            raise Problem(what, "remove what uses it and repeat") from error
    return len(found)


def refuse_taken_ports() -> None:
    """Raises Problem naming the process that listens on a port that is needed."""
    for port, variable in _PORTS.items():
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise Problem(
                    f"port {port} is taken by {port_holder(port)}",
                    f"stop it and repeat, or choose another port in {variable}: the local AWS needs 127.0.0.1:{port}",
                ) from None


def port_holder(port: int) -> str:
    """The process that listens on a port of this machine, as far as /proc shows it."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    for container in client().containers.list(ignore_removed=True):
        if any(binding.get("HostPort") == str(port) for bound in container.ports.values() for binding in bound or []):
            return f"the Docker container {container.name}"
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(link.readlink()) in inodes for link in (process / "fd").iterdir()):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                return f"process {process.name} ({command[:100]})"
        except OSError:
            continue
    return "a process of another user"


def _same(container: Container, image: str, options: Options) -> bool:
    return (
        container.status == "running"
        and container.attrs["Config"]["Image"] == image
        and container.labels.get(_LABEL_AUTH) == str(options.auth).lower()
        and container.labels.get(_LABEL_PORTS) == _ports()
    )


def _ports() -> str:
    return " ".join(map(str, _PORTS))


def _fetch_authority(container: Container) -> None:
    """Lays the certificate authority of this local AWS where clients find it."""
    stream, _ = container.get_archive(names.CA_IN_CONTAINER)
    with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
        certificate = archive.extractfile(archive.next()).read()
    (paths.state() / names.CA_FILE).write_bytes(certificate)


def _start(image: str, options: Options) -> None:
    network, address = networks.ensure()
    metadata = networks.ensure_metadata()
    engine = client()
    auth = str(options.auth).lower()
    container = engine.containers.create(
        image,
        name=names.CONTAINER,
        # The extension's host name is its identity: what it started is found by it after a restart.
        hostname=names.CONTAINER,
        labels={names.LABEL: "aws", _LABEL_AUTH: auth, _LABEL_PORTS: _ports()},
        environment={
            "AUTH": auth,
            "HOSTNAME": names.CONTAINER,
            "GATEWAY_PORT": str(names.PORT),
            "BIND_HOST": "0.0.0.0",
            "DOCKER_NETWORK": names.NETWORK,
            "SLIPWAY_METADATA_NETWORK": names.METADATA_NETWORK if metadata else "",
            "SLIPWAY_METADATA_ADDRESS": names.METADATA_ADDRESS,
            "SLIPWAY_LABEL": names.WORKLOAD,
            "SLIPWAY_REGISTRY": f"127.0.0.1:{names.PORT}",
            "SLIPWAY_HTTP_PORT": str(names.HTTP_PORT),
            "SLIPWAY_HTTPS_PORT": str(names.HTTPS_PORT),
            "MINISTACK_REGION": names.REGION,
            # One Docker call; a create on a busy disk takes longer than the default of 10 seconds.
            "MINISTACK_DOCKER_TIMEOUT": "120",
            # Services of MiniStack that open ports of their own.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
        },
        ports={f"{port}/tcp": ("127.0.0.1", port) for port in _PORTS},
        volumes=[f"{socket_path()}:/var/run/docker.sock"],
        network=network.name,
        networking_config={network.name: engine.api.create_endpoint_config(ipv4_address=address)},
        init=True,
        stop_signal="SIGTERM",
    )
    try:
        if metadata:
            metadata.connect(container, ipv4_address=names.METADATA_ADDRESS)
        container.start()
    except APIError as error:
        container.remove(force=True, v=True)
        raise Problem(f"the local AWS can't start ({error.explanation})", "see `docker info`, then repeat") from error


def _wait_until_ready() -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        if answers():
            return
        container = find()
        if container is None or container.status in ("exited", "dead"):
            output = container.logs(tail=15).decode(errors="replace") if container else ""
            raise Problem(f"the local AWS stopped while starting:\n{output}", "repair this and repeat")
        time.sleep(_POLL)
    raise Problem(
        f"the local AWS did not answer on {names.ENDPOINT} within {_READY_SECONDS} s",
        "see `python -m slipway_local logs`, then repeat",
    )
