"""RDS: the container behind a DB instance.

It keeps its address and its data over a restart, and publishes no port on the host: the project's network carries
port 5432 for tasks and host alike.
"""

from __future__ import annotations

import ipaddress
import threading

from ministack.services import rds

from slipway_aws.settings import SETTINGS

REQUIRED = {
    "services.rds": {
        "_run_rds_container": "docker_client, engine, container_kwargs, tls_names, tls_ips",
    }
}

#: Addresses .16 to .127 of the network are for databases; Docker hands out those from .128 on.
_FIRST, _LAST = 16, 127

_lock = threading.Lock()


def install() -> None:
    """Wraps the start of a database container."""
    original = rds._run_rds_container

    def run_rds_container(docker_client, engine, container_kwargs, tls_names=(), tls_ips=()):
        settings = dict(container_kwargs)
        if not settings.get("network"):
            return original(docker_client, engine, settings, tls_names, tls_ips)
        settings.pop("ports", None)
        # A tmpfs loses its content when the container stops; the image's own volume does not, and goes with it.
        settings.pop("tmpfs", None)
        settings["labels"] = {**settings.get("labels", {}), "slipway.local": SETTINGS.label}
        with _lock:
            address = free_address(docker_client, settings["network"])
            settings["networking_config"] = {
                settings["network"]: docker_client.api.create_endpoint_config(ipv4_address=address)
            }
            return original(docker_client, engine, settings, tls_names, (*tls_ips, address))

    rds._run_rds_container = run_rds_container


def free_address(docker_client, network: str) -> str:
    """The first unused address of the databases' range, stopped containers counted."""
    subnet = ipaddress.ip_network(docker_client.networks.get(network).attrs["IPAM"]["Config"][0]["Subnet"])
    used = set()
    for container in docker_client.containers.list(all=True, ignore_removed=True, filters={"network": network}):
        endpoint = container.attrs["NetworkSettings"]["Networks"].get(network) or {}
        used.add((endpoint.get("IPAMConfig") or {}).get("IPv4Address"))
        used.add(endpoint.get("IPAddress"))
    for number in range(_FIRST, _LAST + 1):
        address = str(subnet[number])
        if address not in used:
            return address
    raise RuntimeError(f"no address is free for another database on network {network}; delete an instance")
