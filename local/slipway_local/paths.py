"""Where things live: the checkout, its run-time state, the cache of all checkouts."""

from __future__ import annotations

import os
from pathlib import Path

LOCAL = Path(__file__).resolve().parent.parent
ROOT = LOCAL.parent
EXTENSION = LOCAL / "extension" / "slipway_aws"
IMAGES = LOCAL / "images"


def state() -> Path:
    """Run-time state of this checkout, ignored by git."""
    path = ROOT / ".slipway"
    path.mkdir(mode=0o755, exist_ok=True)
    return path


def cache() -> Path:
    """Shared by all checkouts of a user."""
    base = os.environ.get("SLIPWAY_CACHE")
    if not base:
        home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        base = os.path.join(home, "slipway")
    path = Path(base)
    path.mkdir(parents=True, exist_ok=True)
    return path


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner may read, replacing it in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
