"""RDS: commands in the container of a DB instance."""

from __future__ import annotations

import io
import tarfile

from docker.errors import DockerException
from ministack.services import rds

REQUIRED = {
    "services.rds": {
        "_get_docker": "",
        "_instances": "",
    }
}


class CommandFailed(Exception):
    """A command ended with an error; its text is what the command printed."""


def install() -> None:
    """Nothing is wrapped: other modules use the functions."""


def container(instance: dict):
    """The instance's container, or None: there is no Docker engine, or it has no database of its own."""
    client, identifier = rds._get_docker(), instance.get("_docker_container_id")
    if client is None or not identifier or not instance.get("Engine", "").startswith("postgres"):
        return None
    try:
        return client.containers.get(identifier)
    except DockerException:
        return None


def by_address(address: str) -> dict | None:
    """The instance whose database answers at an address."""
    return next((i for i in rds._instances.values() if address and i.get("_internal_address") == address), None)


def run(database, *command: str) -> bytes:
    """What a command printed; the container's own user is let in without a password."""
    status, (output, errors) = database.exec_run(list(command), demux=True)
    if status != 0:
        raise CommandFailed((errors or output or b"").decode(errors="replace").strip())
    return output or b""


def dump(instance: dict) -> bytes | None:
    """All databases and roles of an instance as SQL."""
    database = container(instance)
    return database and run(database, "pg_dumpall", "--username", instance["MasterUsername"])


def psql(instance: dict, database, statements: list[str]) -> None:
    """Runs statements one by one; one that fails does not keep the others."""
    options = [option for statement in statements for option in ("--command", statement)]
    run(database, "psql", "--quiet", "--username", instance["MasterUsername"], "--dbname", "postgres", *options)


def load(instance: dict, sql: bytes) -> None:
    """Runs such SQL; what a new database has already is passed over."""
    database, name = container(instance), "/tmp/restore.sql"
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo(name.rpartition("/")[2])
        entry.size = len(sql)
        tar.addfile(entry, io.BytesIO(sql))
    database.put_archive("/tmp", archive.getvalue())
    run(database, "psql", "--quiet", "--username", instance["MasterUsername"], "--dbname", "postgres", "--file", name)
    run(database, "rm", name)
