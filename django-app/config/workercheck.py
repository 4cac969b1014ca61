"""The worker's own health check: `python -m config.workercheck [SECONDS]`.

The worker touches a file whenever it looks for a task, and before and after each one.
Exits with 0 when that was at most SECONDS ago (default 180), else with 1 and the reason.
A database that is away makes no worker unhealthy: a new one could not reach it either.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

HEARTBEAT = Path(tempfile.gettempdir(), "worker-heartbeat")
# Seconds. A task waits for S3 for 108 s at most (client_config in config.settings). A worker
# found silent is stopped before its task counts as abandoned (apps.core.tasks).
MAX_SILENCE = 180


def problem(heartbeat: Path, max_silence: float) -> str | None:
    """Return why the worker is not healthy, or None when it is."""
    try:
        silence = time.time() - heartbeat.stat().st_mtime
    except FileNotFoundError:
        return f"no worker has started: {heartbeat} is missing"
    if silence > max_silence:
        return f"the worker has been silent for {silence:.0f} s"
    return None


if __name__ == "__main__":
    sys.exit(problem(HEARTBEAT, float(sys.argv[1]) if len(sys.argv) > 1 else MAX_SILENCE))
