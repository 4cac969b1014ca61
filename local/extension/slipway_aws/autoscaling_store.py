"""Application Auto Scaling: what the API keeps, and how its members are found."""

from __future__ import annotations

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region

from slipway_aws.refused import Refused

targets = AccountRegionScopedDict()
policies = AccountRegionScopedDict()
actions = AccountRegionScopedDict()
tags = AccountRegionScopedDict()
STORES = (targets, policies, actions, tags)


def required(data, name: str):
    """A member that must be there."""
    value = data.get(name)
    if not value:
        raise Refused("ValidationException", f"{name} must be specified")
    return value


def identity(data) -> dict:
    """The three members that name a scalable target."""
    return {name: required(data, name) for name in ("ServiceNamespace", "ResourceId", "ScalableDimension")}


def key(data) -> tuple:
    """The same as a key."""
    return tuple(identity(data).values())


def existing(store, key, kind: str):
    """The key, if there is such a record."""
    if key not in store:
        raise Refused("ObjectNotFoundException", f"No {kind} found for {' '.join(key)}")
    return key


def select(store, data, names: str, member: str) -> list[dict]:
    """Records by the filters of a Describe call."""
    namespace = required(data, "ServiceNamespace")
    wanted = {"ServiceNamespace": namespace}
    wanted |= {m: data[m] for m in ("ResourceId", "ScalableDimension") if data.get(m)}
    chosen = data.get(names)
    return [
        record
        for record in store.values()
        if all(record[m] == v for m, v in wanted.items()) and (not chosen or record[member] in chosen)
    ]


def arn(resource: str) -> str:
    """An ARN of this service in the request's account and region."""
    service = "application-autoscaling" if resource.startswith("scalable-target") else "autoscaling"
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"
