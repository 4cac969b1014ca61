"""The local copy of a stack's configuration file.

The committed Pulumi.STACK.yaml names the real account's secrets key. A local run takes a copy with its own, so that
the committed file stays as it is and the program's values stay the same.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from slipway_local import paths
from slipway_local.errors import Problem

#: Belong to one state and its key; Pulumi writes them on `pulumi stack init` and `pulumi config set --secret`.
SECRET_KEYS = ("secretsprovider", "encryptedkey", "encryptionsalt")

#: Say whose account a stack is in. The local AWS has one, and its key is in the environment.
ACCOUNT_KEYS = (
    "aws:profile", "aws:accessKey", "aws:secretKey", "aws:token", "aws:assumeRole", "aws:assumeRoleWithWebIdentity",
    "aws:sharedConfigFiles", "aws:sharedCredentialsFiles", "aws:allowedAccountIds", "aws:forbiddenAccountIds",
)

#: What the AWS provider needs to talk to an endpoint that is not AWS.
PROVIDER = {
    "aws:skipCredentialsValidation": "true",
    "aws:skipMetadataApiCheck": "true",
    "aws:s3UsePathStyle": "true",
}


def source(stack: str) -> Path:
    """The committed file. Raises Problem for an unknown stack, naming the known ones."""
    path = paths.ROOT / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        known = sorted(p.name.split(".")[1] for p in paths.ROOT.glob("Pulumi.*.yaml"))
        raise Problem(
            f"there is no stack {stack!r}: {path.name} does not exist",
            f"use one of {', '.join(known)}" if known else f"write {path.name}",
        )
    return path


def target(stack: str) -> Path:
    """The local copy."""
    return paths.state() / f"Pulumi.{stack}.yaml"


def write(stack: str, *, keep_secrets: bool, checkpoint: Mapping | None = None) -> Path:
    """Writes the copy: the committed values, the provider's settings, and the copy's own secrets key.

    `keep_secrets` is false when the local key is new and can't decrypt what an earlier copy holds. `checkpoint` is
    the stack's state, if there is one: another clone may have made the stack, and the key is known there too.
    """
    path = target(stack)
    committed = load(source(stack))
    previous = load(path) if keep_secrets and path.is_file() else {}
    previous = {**secrets_key(checkpoint or {}), **previous}
    paths.write_private(path, dump(merge(committed, previous, path)))
    return path


def merge(committed: Mapping, previous: Mapping, path: Path) -> dict:
    """The content of the copy. Raises Problem when a secret of the real account has no local value."""
    local = {key: value for key, value in committed.items() if key not in SECRET_KEYS}
    local |= {key: previous[key] for key in SECRET_KEYS if key in previous}
    values = {key: value for key, value in (committed.get("config") or {}).items() if key not in ACCOUNT_KEYS}
    known = previous.get("config") or {}
    missing = []
    for key, value in values.items():
        if is_secret(value):
            if is_secret(known.get(key)):
                values[key] = known[key]
            else:
                missing.append(key)
    if missing:
        raise Problem(
            f"{', '.join(missing)} can't be read here: encrypted with the real account's key",
            f"give a local value: pulumi config set --secret --config-file {path} KEY",
        )
    local["config"] = {**values, **PROVIDER}
    return local


def secrets_key(checkpoint: Mapping) -> dict:
    """The settings of a stack file that open the secrets of a state: what `pulumi stack init` wrote beside it."""
    latest = (checkpoint.get("checkpoint") or {}).get("latest") or {}
    state = (latest.get("secrets_providers") or {}).get("state") or {}
    found = {"secretsprovider": state.get("url"), "encryptedkey": state.get("encryptedkey")}
    return found if all(found.values()) else {}


def is_secret(value: object) -> bool:
    """Whether a configuration value is an encrypted one."""
    return isinstance(value, Mapping) and set(value) == {"secure"}


def load(path: Path) -> dict:
    """A stack file's content."""
    try:
        content = YAML(typ="safe").load(path.read_text())
    except YAMLError as error:
        raise Problem(f"{path} is not YAML ({error})", "correct it and repeat") from error
    if content is None:
        return {}
    if not isinstance(content, dict) or not isinstance(content.get("config") or {}, dict):
        raise Problem(f"{path} is no stack file: a mapping with the key `config` is expected", "correct it and repeat")
    return content


def dump(content: Mapping) -> str:
    """A stack file's text."""
    yaml, buffer = YAML(typ="safe"), io.StringIO()
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False
    yaml.width = 10_000
    yaml.dump(dict(content), buffer)
    return buffer.getvalue()
