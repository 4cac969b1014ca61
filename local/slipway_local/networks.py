"""The project's Docker networks."""

from __future__ import annotations

import ipaddress

from docker.errors import APIError, NotFound
from docker.models.networks import Network
from docker.types import IPAMConfig, IPAMPool

from slipway_local import names
from slipway_local.docker_client import client
from slipway_local.errors import Problem

#: Tried in turn until one overlaps no other network of the engine or route of the host.
CANDIDATES = tuple(f"172.30.{third}.0/24" for third in range(66, 86))
#: The local AWS is always .10: URLs that a task signs name it, and so they open on the host as well.
SERVER_HOST = 10


def ensure() -> tuple[Network, str]:
    """The project's network and the server's address on it; makes the network when it is missing."""
    network = _existing(names.NETWORK) or _create_main()
    subnet = network.attrs["IPAM"]["Config"][0]["Subnet"]
    return network, str(ipaddress.ip_network(subnet)[SERVER_HOST])


def ensure_metadata() -> Network | None:
    """The network of the tasks' metadata; None when another local AWS has the address there."""
    network = _existing(names.METADATA_NETWORK)
    if network is None:
        # Docker gives the first free address to the gateway and the rest from the upper half.
        pool = IPAMPool(names.METADATA_SUBNET, iprange="169.254.170.128/25", gateway="169.254.170.1")
        network = _create(names.METADATA_NETWORK, pool, internal=True)
    members = network.attrs.get("Containers") or {}
    taken = {member["IPv4Address"].partition("/")[0] for member in members.values()}
    return None if names.METADATA_ADDRESS in taken else network


def _existing(name: str) -> Network | None:
    try:
        network = client().networks.get(name)
    except NotFound:
        return None
    if names.LABEL not in (network.attrs.get("Labels") or {}):
        raise Problem(
            f"a Docker network named {name} exists that this project did not make",
            f"remove it (docker network rm {name}) and repeat",
        )
    return network


def _create_main() -> Network:
    for candidate in CANDIDATES:
        subnet = ipaddress.ip_network(candidate)
        # .16 to .127 stay free for databases, which keep their address over a restart.
        pool = IPAMPool(candidate, iprange=str(list(subnet.subnets(new_prefix=25))[1]), gateway=str(subnet[1]))
        try:
            return _create(names.NETWORK, pool)
        except APIError as error:
            if "overlap" not in str(error).lower():
                raise
    raise Problem(
        f"none of the subnets {CANDIDATES[0]} to {CANDIDATES[-1]} is free for the network {names.NETWORK}",
        "remove unused Docker networks (docker network prune) and repeat",
    )


def _create(name: str, pool: IPAMPool, *, internal: bool = False) -> Network:
    network = client().networks.create(
        name,
        driver="bridge",
        ipam=IPAMConfig(pool_configs=[pool]),
        internal=internal,
        labels={names.LABEL: "network"},
        check_duplicate=True,
    )
    network.reload()
    return network
