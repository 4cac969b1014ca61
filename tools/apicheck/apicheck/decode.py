"""A request as the operation and the parameters that AWS would read from it, by AWS's published models.

The models are botocore's copies of what AWS publishes. moto and localstack-core read requests by them too, and pass
over what a model does not know: here everything that is sent has to be known.
https://smithy.io/2.0/aws/protocols/index.html describes the protocols.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree import ElementTree

import cbor2
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape, StructureShape
from botocore.utils import parse_timestamp

from apicheck.recorder import Recorded

#: Names of services in a signature that are not the names of their models.
_MODELS = {"monitoring": "cloudwatch", "elasticloadbalancing": "elbv2"}
#: Of every request, whatever it asks for.
_COMMON_HEADERS = re.compile(r"x-amz-(date|content-sha256|security-token|user-agent|target|api-version|trailer|decoded-content-length|query-mode|checksum-[a-z0-9]+)$")  # fmt: skip
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True)
class Fault:
    """What is wrong with one member of a request."""

    #: Of the member, such as `containerDefinitions[0].image`.
    path: str
    #: missing, unknown, type, unlisted, pattern, length, range, union, request, or the name of a rule.
    kind: str
    text: str


@dataclass
class Call:
    """A request that was read."""

    service: str
    operation: str
    parameters: dict
    model: OperationModel | None = None
    faults: list[Fault] = field(default_factory=list)
    request: Recorded | None = None

    def __str__(self) -> str:
        return f"{self.service}:{self.operation}"


@cache
def model(service: str) -> ServiceModel:
    """AWS's model of a service."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def decode(request: Recorded) -> Call | None:
    """Reads a request; None for those that are none to an API of AWS's (a registry's, the local AWS's own)."""
    url = urlsplit(request.path)
    if url.path.startswith(("/v2/", "/_")):
        return None
    signed = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request", request.headers.get("authorization", ""))
    if not signed:
        return _unread("?", request, "it is not signed")
    name = _MODELS.get(signed[1], signed[1])
    try:
        service = model(name)
    except Exception:  # noqa: BLE001 - botocore's loader has many
        return _unread(name, request, "AWS publishes no model of this service")
    reader = _Reader(service, request)
    try:
        return reader.read()
    except _Unreadable as error:
        return _unread(name, request, str(error))


def _unread(service: str, request: Recorded, why: str) -> Call:
    call = Call(service, f"{request.method} {request.path}"[:120], {}, request=request)
    call.faults.append(Fault("", "request", why))
    return call


class _Unreadable(Exception):
    """No operation is found."""


class _Reader:
    def __init__(self, service: ServiceModel, request: Recorded) -> None:
        self.service, self.request = service, request
        self.faults: list[Fault] = []

    def fault(self, path: str, kind: str, text: str) -> None:
        self.faults.append(Fault(path, kind, text))

    def read(self) -> Call:
        request, headers = self.request, self.request.headers
        if headers.get("smithy-protocol") == "rpc-v2-cbor":
            operation = self._operation(request.path.rpartition("/")[2])
            given = self._typed(cbor2.loads(request.body) if request.body else {}, operation.input_shape, "", native=True)
        elif target := headers.get("x-amz-target"):
            prefix, _, name = target.rpartition(".")
            if prefix != self.service.metadata.get("targetPrefix"):
                raise _Unreadable(f"the service's requests don't begin with {prefix}")
            operation = self._operation(name)
            given = self._typed(self._json(request.body), operation.input_shape, "")
        elif b"Action=" in request.body and {"query", "ec2"} & set(self.service.metadata["protocols"]):
            operation, given = self._query()
        else:
            operation, given = self._rest()
        return Call(self.service.service_name, operation.name, given or {}, operation, self.faults, request)

    def _operation(self, name: str) -> OperationModel:
        if name not in self.service.operation_names:
            raise _Unreadable(f"{self.service.service_name} has no operation {name}")
        return self.service.operation_model(name)

    def _json(self, body: bytes):
        try:
            return json.loads(body or b"{}")
        except ValueError as error:
            raise _Unreadable(f"its body is not JSON: {error}") from None

    # JSON and CBOR ------------------------------------------------------------

    def _typed(self, value, shape: Shape | None, path: str, *, native: bool = False):
        """A value that has types of its own, which have to be the shape's."""
        kind = shape.type_name if shape is not None else "structure"
        expected = {"structure": dict, "map": dict, "list": list, "string": str, "boolean": bool}.get(kind)
        if kind in ("integer", "long"):
            good = isinstance(value, int) and not isinstance(value, bool)
        elif kind in ("float", "double"):
            good = isinstance(value, int | float) and not isinstance(value, bool)
        elif kind == "timestamp":
            return self._leaf(value, shape, path) if isinstance(value, str) else value
        elif kind == "blob":
            return value if native else self._leaf(value, shape, path)
        else:
            good = isinstance(value, expected)
        if not good:
            self.fault(path, "type", f"{json.dumps(value, default=str)[:80]} is no {kind}")
            return value
        if kind == "structure":
            if shape is not None and getattr(shape, "is_document_type", False):
                return value
            members = {_wire(member, name): (name, member) for name, member in _members(shape).items()}
            return self._structure(value, members, path, lambda *a: self._typed(*a, native=native))
        if kind == "map":
            return {key: self._typed(item, shape.value, f"{path}.{key}", native=native) for key, item in value.items()}
        if kind == "list":
            return [self._typed(item, shape.member, f"{path}[{n}]", native=native) for n, item in enumerate(value)]
        return value

    def _structure(self, given: dict, members: dict, path: str, read) -> dict:
        found = {}
        for wire, value in given.items():
            if wire not in members:
                self.fault(_join(path, wire), "unknown", f"AWS knows no {wire} here")
                continue
            name, shape = members[wire]
            found[name] = read(value, shape, _join(path, name))
        return found

    # text: a leaf of a form, of XML, of a header -------------------------------

    def _leaf(self, text: str, shape: Shape, path: str, header: bool = False):
        kind = shape.type_name
        try:
            if kind in ("integer", "long"):
                return int(text)
            if kind in ("float", "double"):
                return float(text)
            if kind == "boolean":
                return _TRUTH[text]
            if kind == "timestamp":
                return parse_timestamp(text).isoformat()
            if kind == "blob":
                return base64.b64decode(text, validate=True)
            if kind == "string" and header and shape.serialization.get("jsonvalue"):
                return base64.b64decode(text).decode()
        except (ValueError, KeyError, TypeError, binascii.Error):
            self.fault(path, "type", f"{str(text)[:80]!r} is no {kind}")
        return text

    # forms --------------------------------------------------------------------

    def _query(self) -> tuple[OperationModel, dict]:
        flat = dict(parse_qsl(self.request.body.decode(), keep_blank_values=True))
        operation, version = self._operation(flat.pop("Action")), flat.pop("Version", "")
        if version != self.service.api_version:
            self.fault("Version", "unlisted", f"{version} is not {self.service.api_version}")
        tree: dict = {}
        for key, value in flat.items():
            node = tree
            *parents, last = key.split(".")
            for part in parents:
                node = node.setdefault(part, {})
                if not isinstance(node, dict):
                    self.fault(key, "type", f"{key} is both a value and a structure")
                    break
            else:
                node[last] = value
        return operation, self._form(tree, operation.input_shape, "")

    def _form(self, value, shape: Shape | None, path: str):
        kind = shape.type_name if shape is not None else "structure"
        ec2 = self.service.protocol == "ec2"
        if kind not in ("structure", "list", "map"):
            if isinstance(value, dict):
                self.fault(path, "type", f"a structure is no {kind}")
                return value
            return self._leaf(value, shape, path)
        if value == "" and kind != "structure":
            return [] if kind == "list" else {}
        if not isinstance(value, dict):
            self.fault(path, "type", f"{value[:80]!r} is no {kind}")
            return value
        if kind == "structure":
            members = {}
            for name, member in _members(shape).items():
                members[_ec2_name(member, name) if ec2 else _form_name(member, name)] = name, member
            return self._structure(value, members, path, self._form)
        flattened = ec2 or shape.serialization.get("flattened")
        if not flattened:
            inner = "entry" if kind == "map" else _wire(shape.member, "member")
            for other in value.keys() - {inner}:
                self.fault(_join(path, other), "unknown", f"items of this {kind} are called {inner}")
            value = value.get(inner, {})
        return self._numbered(value, shape, path)

    def _numbered(self, value, shape: Shape, path: str):
        if not isinstance(value, dict) or sorted(map(str, value)) != sorted(str(n + 1) for n in range(len(value))):
            self.fault(path, "type", "items are not numbered 1, 2, 3 ...")
            return []
        items = [value[str(n + 1)] for n in range(len(value))]
        if shape.type_name == "list":
            return [self._form(item, shape.member, f"{path}[{n}]") for n, item in enumerate(items)]
        key, name = _wire(shape.key, "key"), _wire(shape.value, "value")
        return {item.get(key): self._form(item.get(name, ""), shape.value, f"{path}.{item.get(key)}") for item in items}

    # REST ---------------------------------------------------------------------

    def _rest(self) -> tuple[OperationModel, dict]:
        url = urlsplit(self.request.path)
        query = parse_qsl(url.query, keep_blank_values=True)
        operation, labels = self._route(url.path, dict(query))
        shape, given = operation.input_shape, {}
        located = _located(shape)
        for text, (name, member) in located["uri"].items():
            if text in labels:
                given[name] = self._leaf(labels[text], member, name)
        for name, value in self._query_string(operation, query, located["querystring"]).items():
            given[name] = value
        self._headers(located, given)
        self._payload(shape, located["body"], given)
        return operation, given

    def _route(self, path: str, query: dict) -> tuple[OperationModel, dict]:
        best = None
        for name, method, pattern, literals, required, weight in _routes(self.service.service_name):
            match = method == self.request.method and pattern.fullmatch(path)
            if not match or any(query.get(key, None) != value for key, value in literals.items()):
                continue
            if not all(key in query or key.lower() in self.request.headers for key in required):
                continue
            # Go's SDK names the operation where the path alone does not.
            score = (query.get("x-id") == name, len(literals), len(required), weight)
            if best is None or score > best[0]:
                best = score, name, {_label(key): unquote(value) for key, value in match.groupdict().items()}
        if best is None:
            raise _Unreadable(f"{self.service.service_name} has no operation at {self.request.method} {path}")
        return self.service.operation_model(best[1]), best[2]

    def _query_string(self, operation, query: list, members: dict) -> dict:
        literals = dict(parse_qsl(urlsplit(operation.http["requestUri"]).query, keep_blank_values=True))
        found: dict = {}
        for key, value in query:
            if key in members:
                name, shape = members[key]
                if shape.type_name == "list":
                    items = found.setdefault(name, [])
                    items.append(self._leaf(value, shape.member, f"{name}[{len(items)}]"))
                else:
                    found[name] = self._leaf(value, shape, name)
                continue
            catchall = next(((n, s) for n, s in members.values() if s.type_name == "map"), None)
            if catchall:
                found.setdefault(catchall[0], {})[key] = value
            elif key not in literals and key != "x-id":
                self.fault(key, "unknown", f"AWS knows no {key} in this query string")
        return found

    def _headers(self, located: dict, given: dict) -> None:
        for header, value in self.request.headers.items():
            if header in located["header"]:
                name, shape = located["header"][header]
                if shape.type_name == "list":
                    given[name] = [self._leaf(item.strip(), shape.member, name, True) for item in value.split(",")]
                else:
                    given[name] = self._leaf(value, shape, name, True)
                continue
            prefix = next((p for p in located["headers"] if header.startswith(p)), None)
            if prefix is not None:
                given.setdefault(located["headers"][prefix][0], {})[header.removeprefix(prefix)] = value
            elif header.startswith("x-amz-") and not _COMMON_HEADERS.match(header):
                self.fault(header, "unknown", f"AWS knows no header {header} here")

    def _payload(self, shape: StructureShape | None, body_members: dict, given: dict) -> None:
        body = self.request.body
        payload = shape.serialization.get("payload") if shape is not None else None
        if payload:
            target = shape.members[payload]
            if target.type_name in ("blob", "string"):
                if body:
                    given[payload] = body if target.type_name == "blob" else body.decode()
                return
        if not body:
            return
        if not payload and not body_members:
            if self._json_body() and body.strip() == b"{}":
                return
            self.fault("", "unknown", f"a body is sent where AWS reads none: {body[:80]!r}")
        elif self._json_body():
            value = self._json(body)
            if payload:
                given[payload] = self._typed(value, target, payload)
            else:
                given |= self._structure(value, body_members, "", self._typed)
        else:
            try:
                root = ElementTree.fromstring(body)
            except ElementTree.ParseError as error:
                raise _Unreadable(f"its body is not XML: {error}") from None
            expected = (target if payload else shape).serialization.get("name")
            if expected and _tag(root) != expected:
                self.fault(payload or "", "unknown", f"the document is a {_tag(root)}, not a {expected}")
            if payload:
                given[payload] = self._xml([root], target, payload)
            else:
                given |= self._elements(root, body_members, "")

    def _json_body(self) -> bool:
        return self.service.protocol == "rest-json"

    # XML ----------------------------------------------------------------------

    def _xml(self, nodes: list, shape: Shape, path: str):
        kind = shape.type_name
        if kind == "list":
            if not shape.serialization.get("flattened"):
                inner = _wire(shape.member, "member")
                nodes = [child for child in nodes[0] if self._named(child, inner, path)]
            return [self._xml([node], shape.member, f"{path}[{n}]") for n, node in enumerate(nodes)]
        if len(nodes) > 1:
            self.fault(path, "type", f"{len(nodes)} elements where AWS reads one")
        node = nodes[0]
        if kind == "structure":
            members = {_wire(member, name): (name, member) for name, member in _members(shape).items()}
            return self._elements(node, members, path)
        if kind == "map":
            entries = nodes if shape.serialization.get("flattened") else [c for c in node if self._named(c, "entry", path)]
            key, name = _wire(shape.key, "key"), _wire(shape.value, "value")
            found = {}
            for entry in entries:
                parts = {_tag(child): child for child in entry}
                found[parts[key].text] = self._xml([parts[name]], shape.value, f"{path}.{parts[key].text}")
            return found
        if len(node):
            self.fault(path, "type", f"elements in a {kind}")
        return self._leaf(node.text or "", shape, path)

    def _elements(self, node, members: dict, path: str) -> dict:
        given: dict = {}
        for child in node:
            given.setdefault(_tag(child), []).append(child)
        found = self._structure(given, members, path, self._xml)
        for attribute, value in node.attrib.items():
            name = re.sub(r"^\{.*\}", "", attribute)
            known = [m for w, m in members.items() if w.rpartition(":")[2] == name and m[1].serialization.get("xmlAttribute")]
            if known:
                found[known[0][0]] = value
            else:
                self.fault(_join(path, name), "unknown", f"AWS knows no attribute {name} here")
        return found

    def _named(self, child, name: str, path: str) -> bool:
        if _tag(child) == name:
            return True
        self.fault(_join(path, _tag(child)), "unknown", f"items here are called {name}")
        return False


def _members(shape: Shape | None) -> dict[str, Shape]:
    return shape.members if shape is not None else {}


def _wire(shape: Shape, name: str) -> str:
    return shape.serialization.get("name", name)


def _form_name(shape: Shape, name: str) -> str:
    """A member's name in a form: a flattened list is called as its items are."""
    if shape.type_name == "list" and shape.serialization.get("flattened"):
        return _wire(shape.member, _wire(shape, name))
    return _wire(shape, name)


def _ec2_name(shape: Shape, name: str) -> str:
    given = shape.serialization
    if "queryName" in given:
        return given["queryName"]
    return given["name"][0].upper() + given["name"][1:] if "name" in given else name


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _tag(node) -> str:
    return re.sub(r"^\{.*\}", "", node.tag)


def _located(shape: StructureShape | None) -> dict[str, dict]:
    """The members by where they stand and by their names there."""
    found: dict[str, dict] = {place: {} for place in ("uri", "querystring", "header", "headers", "body")}
    for name, member in _members(shape).items():
        place = member.serialization.get("location", "body")
        wire = _wire(member, name)
        found[place][wire.lower() if place.startswith("header") else wire] = name, member
    return found


@cache
def _routes(service: str) -> list[tuple]:
    """Of every operation: name, method, path, what its query string holds, what it needs beside, letters of its path."""
    found = []
    for name in model(service).operation_names:
        operation = model(service).operation_model(name)
        if operation.deprecated:
            continue
        path, _, query = operation.http["requestUri"].partition("?")
        pattern = ""
        for part in re.split(r"(\{[^}]+\})", path.rstrip("/")):
            if part.startswith("{"):
                label = part[1:-1]
                pattern += f"(?P<{_group(label.rstrip('+'))}>{'.+' if label.endswith('+') else '[^/]+'})"
            else:
                pattern += re.escape(part)
        shape = operation.input_shape
        located = _located(shape)
        required = [
            wire
            for place in ("querystring", "header")
            for wire, (member, _) in located[place].items()
            if shape is not None and member in shape.required_members
        ]
        literals = dict(parse_qsl(query, keep_blank_values=True))
        weight = len(re.sub(r"\{[^}]+\}", "", path))
        found.append((name, operation.http["method"], re.compile(pattern + "/?"), literals, required, weight))
    return found


def _group(label: str) -> str:
    return label.replace("-", "__")


def _label(group: str) -> str:
    return group.replace("__", "-")
