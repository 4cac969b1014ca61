"""Prints the log of the local AWS itself."""

from __future__ import annotations

from slipway_local import server
from slipway_local.errors import Problem


def server_logs(*, follow: bool, lines: int) -> None:
    """The output of the local AWS."""
    container = server.find()
    if container is None:
        raise Problem("the local AWS is not up", "start it with `python -m slipway_local up`")
    for chunk in container.logs(stream=True, follow=follow, tail=lines, timestamps=True):
        print(chunk.decode(errors="replace"), end="", flush=True)

