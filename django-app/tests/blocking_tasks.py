"""Tasks for the tests of the worker."""

import os
import signal
from pathlib import Path

from django_tasks import task


@task()
def block(*, fifo: str) -> str:
    """Run until the pipe is closed by its writer."""
    return Path(fifo).read_text()


@task()
def kill_the_worker() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@task()
def fail() -> None:
    raise RuntimeError("broken")
