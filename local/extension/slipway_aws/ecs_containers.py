"""ECS: the settings of a container definition that MiniStack 1.5.33 drops, and its networks.

A task's container is also on the network of credentials (ecs_credentials) and metadata, so that SDKs find them where
Fargate has them; botocore refuses nearly every other address over plain HTTP.
"""

from __future__ import annotations

import platform

from docker.errors import ImageNotFound
from docker.types import Ulimit
from ministack.services import ecs

from slipway_aws.settings import SETTINGS

REQUIRED = {
    "services.ecs": {
        "_build_run_kwargs": "cdef, td, env, port_bindings, ecs_network, host_mode, task_id, task_arn, "
        "ministack_net_ip, cluster_arn",
        "_register_metadata": "task_arn, cluster_arn, td, cdef, launch_type, env, host_mode, ministack_net_ip",
        "_get_docker": "",
    }
}

#: Seconds between SIGTERM and SIGKILL without a stopTimeout; 120 is the most on Fargate.
#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_timeout
DEFAULT_STOP_TIMEOUT = 30

LABEL_STOP_TIMEOUT = "slipway.stop-timeout"
LABEL_TASK = "com.amazonaws.ecs.task-arn"
#: Prefix of the volumes that live as long as a task.
VOLUME_PREFIX = "slipway-task-"

_MACHINES = {"x86_64": "linux/amd64", "amd64": "linux/amd64", "aarch64": "linux/arm64", "arm64": "linux/arm64"}
_SECOND = 1_000_000_000
_MIB = 1024 * 1024


def install() -> None:
    """Wraps the container's settings, its environment and the Docker client that starts it."""
    build, register, get_docker = ecs._build_run_kwargs, ecs._register_metadata, ecs._get_docker

    def build_run_kwargs(cdef, td, env, port_bindings, ecs_network, host_mode, task_id, task_arn, ip, cluster_arn):
        kwargs = build(cdef, td, env, port_bindings, ecs_network, host_mode, task_id, task_arn, ip, cluster_arn)
        kwargs["labels"]["slipway.local"] = SETTINGS.label
        kwargs["labels"][LABEL_STOP_TIMEOUT] = str(cdef.get("stopTimeout") or DEFAULT_STOP_TIMEOUT)
        if kwargs.get("platform") not in (None, _MACHINES.get(platform.machine())):
            # The image is built for this machine when it can't run the task definition's architecture.
            kwargs.pop("platform")
        kwargs |= settings(cdef, td)
        kwargs["volumes"] = [*kwargs.get("volumes", []), *task_volumes(cdef, td, task_id)]
        return kwargs

    def register_metadata(task_arn, cluster_arn, td, cdef, launch_type, env, host_mode, ministack_net_ip):
        token = register(task_arn, cluster_arn, td, cdef, launch_type, env, host_mode, ministack_net_ip)
        region = task_arn.split(":")[3]
        env.setdefault("AWS_REGION", region)
        env.setdefault("AWS_DEFAULT_REGION", region)
        env.setdefault("AWS_EXECUTION_ENV", "AWS_ECS_FARGATE" if launch_type == "FARGATE" else "AWS_ECS_EC2")
        if SETTINGS.metadata_network:
            env["ECS_CONTAINER_METADATA_URI_V4"] = f"http://{SETTINGS.metadata_address}/v4/{token}"
        return token

    def get_client():
        client = get_docker()
        return client and _Engine(client)

    ecs._build_run_kwargs = build_run_kwargs
    ecs._register_metadata = register_metadata
    ecs._get_docker = get_client


def settings(cdef: dict, td: dict) -> dict:
    """Arguments of the Docker SDK for the container definition's settings."""
    linux = cdef.get("linuxParameters") or {}
    found = {
        "entrypoint": cdef.get("entryPoint"),
        "user": cdef.get("user"),
        "working_dir": cdef.get("workingDirectory"),
        "read_only": cdef.get("readonlyRootFilesystem"),
        "init": linux.get("initProcessEnabled"),
        "cap_drop": (linux.get("capabilities") or {}).get("drop"),
        "tty": cdef.get("pseudoTerminal"),
        "stdin_open": cdef.get("interactive"),
        "tmpfs": {
            entry["containerPath"]: ",".join([f"size={entry['size']}m", *entry.get("mountOptions", [])])
            for entry in linux.get("tmpfs") or []
        },
        "shm_size": linux.get("sharedMemorySize") and linux["sharedMemorySize"] * _MIB,
        "ulimits": [
            Ulimit(name=entry["name"], soft=entry["softLimit"], hard=entry["hardLimit"])
            for entry in cdef.get("ulimits") or []
        ],
        "sysctls": {entry["namespace"]: entry["value"] for entry in cdef.get("systemControls") or []},
        "healthcheck": health_check(cdef.get("healthCheck")),
        "mem_limit": memory_limit(cdef, td),
    }
    return {key: value for key, value in found.items() if value}


def health_check(check: dict | None) -> dict | None:
    """A container health check with ECS's defaults, in Docker's nanoseconds."""
    if not check or check["command"][0] == "NONE":
        return None
    command = check["command"]
    return {
        "test": command if command[0] in ("CMD", "CMD-SHELL") else ["CMD-SHELL", " ".join(command)],
        "interval": int(check.get("interval", 30)) * _SECOND,
        "timeout": int(check.get("timeout", 5)) * _SECOND,
        "retries": int(check.get("retries", 3)),
        "start_period": int(check.get("startPeriod") or 0) * _SECOND,
    }


def memory_limit(cdef: dict, td: dict) -> int | None:
    """Bytes: the container's hard limit, else the whole task's memory."""
    mib = cdef.get("memory") or td.get("memory")
    return int(mib) * _MIB if mib else None


def task_volumes(cdef: dict, td: dict, task_id: str) -> list[str]:
    """Docker volumes for the task's own volumes, which its containers share and which end with it."""
    own = {v["name"] for v in td.get("volumes", []) if not (v.get("host") or {}).get("sourcePath")}
    return [
        ":".join(
            (
                volume_name(task_id, mount["sourceVolume"]),
                mount["containerPath"],
                "ro" if mount.get("readOnly") else "rw",
            )
        )
        for mount in cdef.get("mountPoints") or []
        if mount.get("sourceVolume") in own
    ]


def volume_name(task_id: str, volume: str) -> str:
    """Name of the Docker volume behind a task's volume."""
    return f"{VOLUME_PREFIX}{task_id[:8]}-{volume}"


class _Engine:
    """The Docker client, starting containers on both of a task's networks."""

    def __init__(self, client) -> None:
        self._client = client
        self.containers = _Containers(client)

    def __getattr__(self, name):
        return getattr(self._client, name)


class _Containers:
    def __init__(self, client) -> None:
        self._client = client

    def __getattr__(self, name):
        return getattr(self._client.containers, name)

    def run(self, image, detach=True, **kwargs):
        for volume in kwargs.get("volumes") or []:
            name = volume.split(":", 1)[0]
            if name.startswith(VOLUME_PREFIX):
                labels = {"slipway.local": SETTINGS.label, LABEL_TASK: kwargs["labels"][LABEL_TASK]}
                self._client.volumes.create(name, labels=labels)
        try:
            container = self._client.containers.create(image, **kwargs)
        except ImageNotFound:
            self._client.images.pull(image, platform=kwargs.get("platform"))
            container = self._client.containers.create(image, **kwargs)
        try:
            if SETTINGS.metadata_network and "network" in kwargs:
                self._client.networks.get(SETTINGS.metadata_network).connect(container)
            container.start()
        except Exception:
            container.remove(force=True, v=True)
            raise
        return container
