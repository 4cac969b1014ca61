"""Where the load balancers of the local AWS answer on this machine."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

_DEFAULT = {"http": ("SLIPWAY_LOCAL_HTTP_PORT", "4580"), "https": ("SLIPWAY_LOCAL_HTTPS_PORT", "4543")}
#: The authority that signs the local AWS's certificates.
CA = Path(__file__).resolve().parent.parent / ".slipway/ca.pem"


def where(url: str) -> tuple[str, str]:
    """HOST:PORT to connect to for a stack's URL, and the certificate authority to trust."""
    return f"127.0.0.1:{os.environ.get(*_DEFAULT[urlsplit(url).scheme])}", str(CA)


def load_balancer(url: str) -> tuple[str, str]:
    """The same for load: HOST:PORT of HAProxy itself on the project's network.

    Behind 127.0.0.1 is Docker's proxy, a process that copies every byte, and ends when some thousand connections have
    used up its file descriptors.
    """
    address, authority = where(url)
    template = "{{.NetworkSettings.Networks.slipway.IPAddress}}"
    command = ["docker", "inspect", "--format", template, "slipway-aws"]
    found = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()
    return f"{found}:{address.rpartition(':')[2]}", authority
