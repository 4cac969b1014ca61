"""Builds an image by running a script in a container and committing it.

A Dockerfile can mount a certificate bundle for the time of a build only with BuildKit, which not every engine's
client has (no buildx here). A container that is committed needs nothing but the engine's API.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from docker.models.images import Image
from docker.types import Mount

from slipway_local import host_packages, names, paths
from slipway_local.docker_client import client
from slipway_local.errors import Problem
from slipway_local.steps import Progress

#: Lines of the build's output that an error shows.
_TAIL = 25


def build(
    base: str,
    tag: str,
    script: Path,
    progress: Progress,
    *,
    files: Sequence[Path] = (),
    changes: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
    stop_signal: str | None = None,
) -> Image:
    """Runs `script` in `base` and tags the result.

    `files` lie beside the script in /mnt/slipway, which no layer contains. `changes` are Dockerfile instructions
    (CMD, ENV, ENTRYPOINT ...); a commit takes no STOPSIGNAL, hence `stop_signal`. Raises Problem with the end of
    the output when the script fails.
    """
    work = Path(tempfile.mkdtemp(prefix="build-", dir=paths.cache()))
    container = None
    try:
        host_packages.write_build_files(work)
        for file in (script, *files):
            shutil.copyfile(file, work / file.name)
        container = client().containers.create(
            base,
            entrypoint=[],
            command=["sh", "-euc", f". /mnt/slipway/env.sh; exec sh /mnt/slipway/{script.name}"],
            user="0:0",
            stop_signal=stop_signal,
            # The mount point lies in a tmpfs, so that no trace of it is committed.
            mounts=[Mount("/mnt", None, type="tmpfs"), Mount("/mnt/slipway", str(work), type="bind", read_only=True)],
            labels={names.LABEL: "build"},
        )
        container.start()
        tail: list[str] = []
        for line in container.logs(stream=True, follow=True):
            text = line.decode(errors="replace").strip()
            progress.note(text)
            tail = [*tail[1 - _TAIL :], text]
        status = container.wait()["StatusCode"]
        if status != 0:
            raise Problem(
                f"building {tag} failed with exit code {status}:\n  " + "\n  ".join(tail),
                "check that this machine's package sources work (apt-get update, pip download), then repeat",
            )
        progress.note("commit")
        repository, _, name = tag.rpartition(":")
        described = " ".join(f"{key}={value}" for key, value in (labels or {}).items())
        return container.commit(
            repository=repository,
            tag=name,
            changes="\n".join([*changes, "USER root", *([f"LABEL {described}"] if described else [])]),
        )
    finally:
        if container is not None:
            container.remove(force=True, v=True)
        shutil.rmtree(work, ignore_errors=True)
