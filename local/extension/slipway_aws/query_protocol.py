"""AWS's Query protocols, as the service models of botocore describe them.

MiniStack reads and writes the members of these protocols one by one and drops those that it has no use for. The model
names all of them, so that a module can keep a request's members and answer with them.
https://smithy.io/2.0/aws/protocols/aws-query-protocol.html, https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

import botocore.session
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

_NUMBERS = {"integer": int, "long": int, "float": float, "double": float}


@functools.cache
def model(service: str) -> ServiceModel:
    """The model of a service, by the name that the SDK gives it."""
    return botocore.session.get_session().get_service_model(service)


def request(service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The members that a request was sent with."""
    return decode(service, model(service).operation_model(operation).input_shape.name, params)


def answer(service: str, operation: str, result: Mapping[str, Any] | None = None) -> str:
    """XML of what an operation answers, without the elements around it."""
    shape = model(service).operation_model(operation).output_shape
    return _encode(shape, result) if shape and result else ""


def decode(service: str, shape: str, params: Mapping[str, Any], prefix: str = "") -> Any:
    """A value of this shape from a request's parameters; for a structure, the members that were sent."""
    described = model(service)
    flat = {name: value[0] if isinstance(value, list) else value for name, value in params.items()}
    found = _decode(described.shape_for(shape), flat, prefix, described.metadata["protocol"] == "ec2")
    return {} if found is None else found


def encode(service: str, shape: str, value: Any) -> str:
    """XML of a value of this shape, without an element around it. Members that the shape lacks are left out."""
    described = model(service)
    return _encode(described.shape_for(shape), value)


def _decode(shape: Shape, flat: Mapping[str, str], prefix: str, ec2: bool) -> Any:
    if isinstance(shape, StructureShape):
        found = {}
        for name, member in shape.members.items():
            value = _decode(member, flat, _join(prefix, _sent_name(name, member, ec2)), ec2)
            if value is not None:
                found[name] = value
        return found or None
    if isinstance(shape, ListShape):
        item = prefix if ec2 or shape.serialization.get("flattened") else _join(prefix, _item_name(shape))
        values: list[Any] = []
        while (value := _decode(shape.member, flat, f"{item}.{len(values) + 1}", ec2)) is not None:
            values.append(value)
        return values or None
    if isinstance(shape, MapShape):
        item, entries = prefix if shape.serialization.get("flattened") else _join(prefix, "entry"), {}
        while (key := flat.get(f"{item}.{len(entries) + 1}.key")) is not None:
            entries[key] = _decode(shape.value, flat, f"{item}.{len(entries) + 1}.value", ec2)
        return entries or None
    text = flat.get(prefix)
    if text is None:
        return None
    if shape.type_name == "boolean":
        return text.lower() == "true"
    return _NUMBERS.get(shape.type_name, str)(text)


def _sent_name(name: str, member: Shape, ec2: bool) -> str:
    location = member.serialization.get("name")
    if not ec2:
        return location or name
    # An EC2 request has its own names, by default those of the answer with a capital.
    return member.serialization.get("queryName") or (location[0].upper() + location[1:] if location else name)


def _item_name(shape: ListShape) -> str:
    return shape.member.serialization.get("name", "member")


def _join(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def _encode(shape: Shape, value: Any) -> str:
    if isinstance(shape, StructureShape):
        return "".join(
            _element(member, member.serialization.get("name", name), value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        )
    if isinstance(shape, ListShape):
        return "".join(_wrap(_item_name(shape), _encode(shape.member, item)) for item in value)
    if isinstance(shape, MapShape):
        return "".join(
            _wrap("entry", _wrap("key", escape(key)) + _wrap("value", _encode(shape.value, item)))
            for key, item in value.items()
        )
    if isinstance(value, bool):
        return str(value).lower()
    if shape.type_name == "timestamp" and isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return escape(str(value))


def _element(shape: Shape, name: str, value: Any) -> str:
    if isinstance(shape, ListShape) and shape.serialization.get("flattened"):
        name = shape.member.serialization.get("name", name)
        return "".join(_wrap(name, _encode(shape.member, item)) for item in value)
    return _wrap(name, _encode(shape, value))


def _wrap(name: str, text: str) -> str:
    return f"<{name}>{text}</{name}>"
