"""Removes everything that the local AWS made."""

from __future__ import annotations

from docker.errors import APIError, NotFound

from slipway_local import names, paths, server
from slipway_local.docker_client import client
from slipway_local.errors import Problem
from slipway_local.steps import step

#: Files of .slipway that describe a local AWS which is gone.
_FILES = ("local.env", "state-key", "Pulumi.*.yaml")


def down(*, images: bool) -> None:
    """Removes containers, volumes, networks and state files; with `images`, what was built as well."""
    with step("local AWS") as progress:
        container = server.find()
        if container:
            container.remove(force=True, v=True)
        progress.outcome = "removed" if container else "was not up"
    with step("tasks and databases") as progress:
        progress.outcome = f"{server.remove_workloads()} removed"
    with step("networks") as progress:
        progress.outcome = f"{_remove_networks()} removed"
    for pattern in _FILES if names.PORT == names.DEFAULT_PORT else ():
        for path in paths.state().glob(pattern):
            path.unlink()
    (paths.state() / names.CA_FILE).unlink(missing_ok=True)
    if images:
        with step("images") as progress:
            progress.outcome = f"{remove_images()} removed"


def remove_images() -> int:
    """Removes the images that this project built; official base images stay."""
    engine, removed = client(), 0
    found = {image.id: image for image in engine.images.list(filters={"label": names.LABEL})}
    for image in found.values():
        for reference in image.tags or [image.id]:
            try:
                engine.images.remove(reference)
                removed += 1
            except NotFound:
                continue
            except APIError as error:
                raise Problem(
                    f"image {reference} can't be removed ({error.explanation})", "remove what uses it and repeat"
                ) from error
    return removed


def _remove_networks() -> int:
    removed = 0
    for name in (names.NETWORK, names.METADATA_NETWORK):
        for network in client().networks.list(names=[f"^{name}$"], filters={"label": names.LABEL}):
            network.reload()
            if name == names.METADATA_NETWORK and network.containers:
                # Another local AWS is on it, and removes it when it goes.
                continue
            try:
                network.remove()
                removed += 1
            except APIError as error:
                network.reload()
                users = ", ".join(c.name for c in network.containers) or "something"
                raise Problem(f"network {name} is used by {users}", "remove it and repeat") from error
    return removed
