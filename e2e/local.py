"""Where the load balancers of the local AWS answer on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

_DEFAULT = {"http": ("SLIPWAY_LOCAL_HTTP_PORT", "4580"), "https": ("SLIPWAY_LOCAL_HTTPS_PORT", "4543")}
#: The authority that signs the local AWS's certificates.
CA = Path(__file__).resolve().parent.parent / ".slipway/ca.pem"


def where(url: str) -> tuple[str, str]:
    """HOST:PORT to connect to for a stack's URL, and the certificate authority to trust."""
    return f"127.0.0.1:{os.environ.get(*_DEFAULT[urlsplit(url).scheme])}", str(CA)
