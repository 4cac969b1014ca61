"""Running a command as root."""

from __future__ import annotations

import os
import shutil
import subprocess

from slipway_local.errors import Problem


def prefix(what: str, todo: str) -> list[str]:
    """Nothing for root, else sudo where it asks for no password.

    Raises Problem saying that `what` needs root and what `todo` instead.
    """
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        allowed = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
        if allowed:
            return ["sudo", "-n"]
    raise Problem(f"{what} needs root", todo)
