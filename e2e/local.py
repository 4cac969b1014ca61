"""Where the load balancers of the local AWS answer on this machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "local"))

from slipway_local import names  # noqa: E402

#: The authority that signs the local AWS's certificates.
CA = ROOT / ".slipway" / names.CA_FILE
CONTAINER = names.CONTAINER


def where(url: str) -> tuple[str, str]:
    """HOST:PORT to connect to for a stack's URL, and the certificate authority to trust."""
    port = {"http": names.HTTP_PORT, "https": names.HTTPS_PORT}[urlsplit(url).scheme]
    return f"127.0.0.1:{port}", str(CA)


def shown(url: str) -> str:
    """A stack's URL as a browser on this machine reaches it, and as scripts/urls prints it: HTTP has another port."""
    parts = urlsplit(url)
    return url if parts.scheme == "https" else f"http://{parts.hostname}:{names.HTTP_PORT}"


def load_balancer(url: str) -> tuple[str, str]:
    """The same for load: HOST:PORT of HAProxy itself on the project's network.

    Behind 127.0.0.1 is Docker's proxy, a process that copies every byte, and ends when some thousand connections have
    used up its file descriptors.
    """
    address, authority = where(url)
    template = f'{{{{(index .NetworkSettings.Networks "{names.NETWORK}").IPAddress}}}}'
    command = ["docker", "inspect", "--format", template, CONTAINER]
    found = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()
    return f"{found}:{address.rpartition(':')[2]}", authority
