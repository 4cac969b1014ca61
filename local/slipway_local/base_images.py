"""The base images: taken as they are, else pulled, else built from Debian packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from docker.errors import APIError, ImageNotFound, NotFound

from slipway_local import host_packages, names, paths, privilege, provision
from slipway_local.docker_client import client
from slipway_local.errors import Problem
from slipway_local.steps import Progress, step

#: Debian 13: the release with Python 3.13 and PostgreSQL 17.
SUITE = "trixie"
DEBIAN = f"debian:{SUITE}-slim"
PYTHON = "python:3.13-slim"
#: The name that MiniStack 1.5.33 derives from the engine version 17.x.
POSTGRES = "postgres:17-alpine"

_SCRIPTS = paths.IMAGES / "base"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Base:
    """One base image and how to make it without a registry."""

    tag: str
    build: Callable[[Progress], None]


def ensure() -> None:
    """Makes PYTHON and POSTGRES available on the engine."""
    for tag in (PYTHON, POSTGRES):
        ensure_one(tag)


def ensure_one(tag: str) -> None:
    """Makes one of them available."""
    base = Base(tag, {PYTHON: _build_python, POSTGRES: _build_postgres}[tag])
    with step(f"image {base.tag}") as progress:
        if _present(base.tag):
            progress.outcome = "present"
        elif _pull(base.tag, progress):
            progress.outcome = "pulled"
        else:
            base.build(progress)
            progress.outcome = "built from Debian packages, as it can't be pulled here"


def _present(tag: str) -> bool:
    try:
        client().images.get(tag)
    except ImageNotFound:
        return False
    return True


def _pull(tag: str, progress: Progress) -> bool:
    progress.note("pull")
    try:
        client().images.pull(tag)
    except (APIError, NotFound):
        return False
    return True


def _labels(kind: str) -> dict[str, str]:
    return {names.LABEL_BASE: kind, names.LABEL: "base"}


def _build_python(progress: Progress) -> None:
    _ensure_debian(progress)
    provision.build(
        DEBIAN,
        PYTHON,
        _SCRIPTS / "python.sh",
        progress,
        files=[_SCRIPTS / "apt.sh"],
        changes=['CMD ["python3"]', "ENV LANG=C.UTF-8", f"ENV PATH={_PATH}"],
        labels=_labels("python"),
    )


def _build_postgres(progress: Progress) -> None:
    _ensure_debian(progress)
    provision.build(
        DEBIAN,
        POSTGRES,
        _SCRIPTS / "postgres.sh",
        progress,
        files=[_SCRIPTS / "apt.sh", _SCRIPTS / "postgres-entrypoint.sh"],
        changes=[
            'ENTRYPOINT ["docker-entrypoint.sh"]',
            'CMD ["postgres"]',
            "ENV LANG=C.UTF-8",
            f"ENV PATH={_PATH}:/usr/lib/postgresql/17/bin",
            "ENV PG_MAJOR=17",
            "ENV PGDATA=/var/lib/postgresql/data",
            "VOLUME /var/lib/postgresql/data",
            "EXPOSE 5432",
        ],
        labels=_labels("postgres"),
        # Fast shutdown: SIGTERM would wait for every client to leave.
        stop_signal="SIGINT",
    )


def _ensure_debian(progress: Progress) -> None:
    if _present(DEBIAN) or _pull(DEBIAN, progress):
        return
    sudo = privilege.prefix(
        f"building {DEBIAN}, which can't be pulled,",
        "make the image available to the engine (docker pull), or repeat as root",
    )
    _ensure_debootstrap(sudo, progress)
    parent = Path(tempfile.mkdtemp(prefix="debootstrap-", dir=paths.cache()))
    root = parent / "root"
    try:
        mirror = host_packages.debian_mirror()
        command = [*sudo, "debootstrap", "--variant=minbase", "--include=ca-certificates", SUITE, str(root)]
        _stream([*command, mirror] if mirror else command, progress)
        _finish_root(root, sudo)
        progress.note("import")
        _import(root, sudo)
    finally:
        subprocess.run([*sudo, "rm", "-rf", "--one-file-system", str(parent)], check=False)


def _finish_root(root: Path, sudo: list[str]) -> None:
    """Drops what debootstrap leaves behind and names all suites of the host's mirrors."""
    subprocess.run(
        [*sudo, "sh", "-ec", 'rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/* "$1"/var/log/*.log '
         '"$1"/usr/share/doc/* "$1"/usr/share/man/* "$1"/usr/share/locale/* "$1"/etc/hostname "$1"/etc/resolv.conf',
         "sh", str(root)],
        check=True,
    )
    sources = host_packages.apt_sources(SUITE)
    if sources:
        subprocess.run(
            [*sudo, "sh", "-ec", 'rm "$1/etc/apt/sources.list"; cat >"$1/etc/apt/sources.list.d/debian.sources"',
             "sh", str(root)],
            input=sources, text=True, check=True,
        )


def _import(root: Path, sudo: list[str]) -> None:
    tar = subprocess.Popen([*sudo, "tar", "-C", str(root), "--numeric-owner", "-c", "."], stdout=subprocess.PIPE)
    with tar.stdout as stream:
        repository, _, tag = DEBIAN.partition(":")
        labels = " ".join(f"{key}={value}" for key, value in _labels("debian").items())
        client().api.import_image_from_stream(
            stream, repository=repository, tag=tag, changes=['CMD ["bash"]', f"ENV PATH={_PATH}", f"LABEL {labels}"]
        )
    if tar.wait() != 0:
        raise Problem(f"packing {DEBIAN} failed", "see the lines above, then repeat")


def _ensure_debootstrap(sudo: list[str], progress: Progress) -> None:
    if shutil.which("debootstrap", path=os.environ.get("PATH", "") + ":/usr/sbin"):
        return
    if not shutil.which("apt-get"):
        raise Problem(f"{DEBIAN} can be neither pulled nor built: debootstrap is missing", "install it and repeat")
    environment = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive"]
    _stream([*environment, "apt-get", "update", "-q"], progress)
    _stream([*environment, "apt-get", "install", "-q", "-y", "--no-install-recommends", "debootstrap"], progress)


def _stream(command: list[str], progress: Progress) -> None:
    tail: list[str] = []
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with process.stdout as output:
        for line in output:
            progress.note(line)
            tail = [*tail[-14:], line.rstrip()]
    if process.wait() != 0:
        raise Problem(f"{' '.join(command)} failed:\n  " + "\n  ".join(tail), "repair this and repeat")
