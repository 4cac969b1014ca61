"""The image of the local AWS: MiniStack from its lock file, and our extension on top."""

from __future__ import annotations

import hashlib
import io
import tarfile

from docker.errors import APIError, ImageNotFound

from slipway_local import base_images, names, paths, provision
from slipway_local.docker_client import client
from slipway_local.steps import step

_AWS = paths.IMAGES / "aws"
_LABELS = {names.LABEL: "aws"}
#: Where the extension lies in the image.
_TARGET = "/opt/slipway"


def tag() -> str:
    """The image that this checkout's sources give."""
    return f"{names.IMAGE}:{_hash(_packages_hash().encode(), *_extension_files())}"


def ensure() -> str:
    """Builds what is missing and returns the tag."""
    wanted = tag()
    if _present(wanted):
        return wanted
    packages = f"{names.IMAGE_PACKAGES}:{_packages_hash()}"
    if not _present(packages):
        base_images.ensure()
        with step("image with MiniStack and HAProxy") as progress:
            provision.build(
                base_images.PYTHON,
                packages,
                _AWS / "packages.sh",
                progress,
                files=[_AWS / "requirements.lock", paths.IMAGES / "base" / "apt.sh"],
                changes=["CMD []", "ENV PYTHONUNBUFFERED=1"],
                labels=_LABELS,
            )
    with step("image of the local AWS") as progress:
        _add_extension(packages, wanted)
        progress.outcome = wanted
    _remove_older(names.IMAGE, wanted)
    _remove_older(names.IMAGE_PACKAGES, packages)
    return wanted


def _remove_older(repository: str, wanted: str) -> None:
    """Images of earlier sources; the next change would leave this one behind as well."""
    for image in client().images.list(repository):
        for old in image.tags:
            if old.startswith(f"{repository}:") and old != wanted:
                try:
                    client().images.remove(old)
                except APIError:
                    # A container runs from it.
                    continue


def _add_extension(packages: str, wanted: str) -> None:
    container = client().containers.create(packages, labels=_LABELS)
    try:
        container.put_archive("/opt", _archive())
        repository, _, name = wanted.rpartition(":")
        command = 'CMD ["/opt/aws/bin/python", "-m", "slipway_aws"]'
        changes = [f"ENV PYTHONPATH={_TARGET}", f"WORKDIR {_TARGET}", command]
        container.commit(repository=repository, tag=name, changes="\n".join(changes))
    finally:
        container.remove(force=True)


def _archive() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path in sorted(paths.EXTENSION.rglob("*.py")):
            entry = archive.gettarinfo(path, f"slipway/slipway_aws/{path.relative_to(paths.EXTENSION)}")
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = "root"
            entry.mode = 0o644
            with path.open("rb") as file:
                archive.addfile(entry, file)
    return buffer.getvalue()


def _packages_hash() -> str:
    files = [*sorted(_AWS.iterdir()), paths.IMAGES / "base" / "apt.sh"]
    return _hash(*(path.read_bytes() for path in files), base_images.PYTHON.encode())


def _extension_files() -> list[bytes]:
    found = sorted(paths.EXTENSION.rglob("*.py"))
    return [part for path in found for part in (str(path.relative_to(paths.EXTENSION)).encode(), path.read_bytes())]


def _hash(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.hexdigest()[:16]


def _present(name: str) -> bool:
    try:
        client().images.get(name)
    except ImageNotFound:
        return False
    return True
