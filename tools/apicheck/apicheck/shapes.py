"""Whether parameters are what a model of AWS's allows."""

from __future__ import annotations

import json
from functools import cache

import regex
from botocore.model import Shape

from apicheck.decode import Call, Fault, _join


def check(call: Call) -> list[Fault]:
    """What the model refuses. Unknown members and wrong types were found by reading."""
    faults: list[Fault] = []
    if call.model is not None and call.model.input_shape is not None:
        _check(call.parameters, call.model.input_shape, "", faults)
    return faults


def _check(value, shape: Shape, path: str, faults: list[Fault]) -> None:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        for name in shape.required_members:
            # Clients make one up when there is none.
            if name not in value and not shape.members[name].metadata.get("idempotencyToken"):
                faults.append(Fault(_join(path, name), "missing", "AWS requires it"))
        if getattr(shape, "is_tagged_union", False) and len(value) != 1:
            faults.append(Fault(path, "union", f"one member of {', '.join(shape.members)}, not {len(value)}"))
        for name, member in value.items():
            _check(member, shape.members[name], _join(path, name), faults)
    elif kind == "list" and isinstance(value, list):
        _size(len(value), shape, path, "length", f"{len(value)} items", faults)
        for n, item in enumerate(value):
            _check(item, shape.member, f"{path}[{n}]", faults)
    elif kind == "map" and isinstance(value, dict):
        _size(len(value), shape, path, "length", f"{len(value)} entries", faults)
        for key, item in value.items():
            _check(key, shape.key, f"{path}.{key}", faults)
            _check(item, shape.value, f"{path}.{key}", faults)
    elif kind == "string" and isinstance(value, str):
        _string(value, shape, path, faults)
    elif kind == "blob" and isinstance(value, bytes):
        _size(len(value), shape, path, "length", f"{len(value)} bytes", faults)
    elif kind in ("integer", "long", "float", "double") and isinstance(value, int | float):
        _size(value, shape, path, "range", str(value), faults)


def _string(value: str, shape: Shape, path: str, faults: list[Fault]) -> None:
    allowed = getattr(shape, "enum", None)
    if allowed and value not in allowed:
        faults.append(Fault(path, "unlisted", f"{value!r} is none of {', '.join(allowed)[:200]}"))
    _size(len(value), shape, path, "length", f"{len(value)} characters", faults)
    pattern = shape.metadata.get("pattern")
    if pattern and not compiled(pattern)(value):
        faults.append(Fault(path, "pattern", f"{value[:120]!r} does not match {pattern}"))


def _size(size, shape: Shape, path: str, kind: str, what: str, faults: list[Fault]) -> None:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        faults.append(Fault(path, kind, f"{what}, at least {least} are needed"))
    if most is not None and size > most:
        faults.append(Fault(path, kind, f"{what}, at most {most} are allowed"))


@cache
def compiled(pattern: str):
    """The test of a pattern. Those without anchors describe the whole value, as API references say."""
    # Java's pairs of surrogates, in which the models write the characters beyond 16 bits.
    text = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    expression = regex.compile(text)
    if pattern.startswith("^") or pattern.endswith("$"):
        return expression.search
    return expression.fullmatch


def short(value) -> str:
    """A value for a message."""
    return json.dumps(value, default=str)[:120]
