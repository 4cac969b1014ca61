"""EC2: which records a Describe call asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ministack.services import ec2

REQUIRED = {
    "services.ec2": {
        "_parse_filters": "params",
        "_resource_matches_tag_filters": "resource_id, filters",
    }
}

#: A filter's name, and the values that a record has for it.
Filters = Mapping[str, Callable[[dict], Iterable]]


def install() -> None:
    """Nothing is wrapped: other modules use `select`."""


def member(name: str) -> Callable[[dict], Iterable]:
    """A filter on one member of a record."""
    return lambda record: [record.get(name)]


def select(records: Mapping[str, dict], wanted: Iterable[str] | None, params, filters: Filters) -> list[dict]:
    """Records by identifiers, by tags and by the filters named here; other filters let everything through.

    Raises KeyError with the first identifier that does not exist.
    """
    chosen = ec2._parse_filters(params)
    for name in wanted or ():
        if name not in records:
            raise KeyError(name)
    found = [(name, records[name]) for name in wanted] if wanted else list(records.items())
    return [
        record
        for name, record in found
        if ec2._resource_matches_tag_filters(name, chosen)
        and all(set(filters[key](record)) & set(values) for key, values in chosen.items() if key in filters)
    ]
