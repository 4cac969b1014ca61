"""HAProxy: a listener's rules, their conditions and actions, as lines of its configuration.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from slipway_aws.alb_records import weights

#: Made by the load balancer itself, as ALB marks it.
SERVER = "Server awselb/2.0"

_DEFAULT_PORT = {"http": "80", "https": "443"}
_FIELDS = {"HostHeaderConfig", "PathPatternConfig", "HttpRequestMethodConfig", "SourceIpConfig", "QueryStringConfig"}


@dataclass(frozen=True)
class Listener:
    """What the actions of a listener's rules need to know about it."""

    protocol: str
    port: int
    #: Names itself in what it answers.
    named: bool = True
    #: For each scheme the port of this machine that its default port is reached on, none without one.
    published: tuple[tuple[str, int], ...] = ()
    #: Where the maps of the names that lead to load balancers here are.
    directory: str = ""


def lines(rules: list[dict], listener: Listener, backend, file) -> list[str]:
    """The rules in their order; `backend` gives the name for a target group, `file` that of a response's body."""
    found, choices = [], []
    for number, rule in enumerate(rules):
        chosen = f"{{ var(txn.rule) -m int {number} }}"
        conditions = [] if rule.get("IsDefault") else rule.get("Conditions") or []
        names = [f"r{number}c{place}" for place in range(len(conditions))]
        for name, condition in zip(names, conditions, strict=True):
            found += [f"acl {name} {test}" for test in tests(condition)]
        found.append(" ".join(
            [f"http-request set-var(txn.rule) int({number}) if !{{ var(txn.rule) -m found }}", *names]
        ))  # fmt: skip
        made, used = actions(rule.get("Actions") or [], listener, chosen, number, backend, file)
        found += made
        choices += used
    return found + choices


def tests(condition: dict) -> list[str]:
    """Tests of a condition, one of which must hold.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
    """
    field = condition.get("Field", "")
    values = condition.get("Values") or next((condition[f]["Values"] for f in _FIELDS if condition.get(f)), [])
    if field == "host-header":
        return [f"var(txn.host) -m reg -i {glob(value)}" for value in values]
    if field == "path-pattern":
        return [f"path -m reg {glob(value)}" for value in values]
    if field == "http-request-method":
        return [f"method {value}" for value in values]
    if field == "source-ip":
        return [f"src {value}" for value in values]
    if field == "http-header":
        config = condition.get("HttpHeaderConfig") or {}
        name = config.get("HttpHeaderName", "")
        return [f"req.fhdr({name}) -m reg -i {glob(value)}" for value in config.get("Values") or values]
    if field == "query-string":
        pairs = [value if isinstance(value, dict) else _pair(value) for value in values]
        return [
            f"url_param({pair['Key']}) -m reg -i {glob(pair['Value'])}" if pair.get("Key")
            else f"query -m reg -i {quote('(^|&|=)' + _pattern(pair['Value']) + '(&|$)')}"
            for pair in pairs
        ]  # fmt: skip
    return ["always_false"]


def _pair(value: str) -> dict:
    name, found, wanted = value.rpartition("=")
    return {"Key": name, "Value": wanted} if found else {"Value": value}


def glob(value: str) -> str:
    """A pattern with * and ? as a quoted regular expression for the whole."""
    return quote(f"^{_pattern(value)}$")


def _pattern(value: str) -> str:
    return re.escape(value).replace(r"\*", ".*").replace(r"\?", ".")


def quote(text: str) -> str:
    """One word of the configuration, taken literally."""
    return "'" + text.replace("'", r"'\''") + "'"


def actions(given: list[dict], listener: Listener, chosen: str, number: int, backend, file) -> tuple[list, list]:
    """Lines for a rule's action, and those that choose the backend, which come after all others."""
    for action in sorted(given, key=lambda action: int(action.get("Order") or 1)):
        kind = action.get("Type")
        if kind == "fixed-response":
            return [fixed(action.get("FixedResponseConfig") or {}, listener, chosen, file)], []
        if kind == "redirect":
            return redirect(action.get("RedirectConfig") or {}, listener, chosen), []
        if kind == "forward":
            return forward(action, chosen, number, backend)
    return [f"http-request return status 502 if {chosen}"], []


def fixed(config: dict, listener: Listener, chosen: str, file) -> str:
    """A response of its own."""
    line = f"http-request return status {config.get('StatusCode', '200')}"
    body = config.get("MessageBody") or ""
    if body:
        line += f" content-type {quote(config.get('ContentType') or 'text/plain')} file {file(body)}"
    return f"{line}{_server(listener)} if {chosen}"


def redirect(config: dict, listener: Listener, chosen: str) -> list[str]:
    """A redirect; its port is always written, as AWS does, and its query only if there is one.

    A client that came by the port of this machine is sent to one of this machine, as long as the name leads here.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html
    """
    status = config.get("StatusCode", "HTTP_301").removeprefix("HTTP_")
    protocol = (config.get("Protocol") or "#{protocol}").replace("#{protocol}", listener.protocol).lower()
    host, port = config.get("Host") or "#{host}", config.get("Port") or "#{port}"
    port = port.replace("#{port}", str(listener.port))
    path, query = config.get("Path") or "/#{path}", config.get("Query", "#{query}")
    queries = [(f"?{query}", " !{ query -m len 0 }"), ("", "")] if query == "#{query}" else []
    queries = queries or [(f"?{query}" if query else "", "")]
    here, ports = dict(listener.published), [(port, "")]
    if here.get(protocol) and port == _DEFAULT_PORT[protocol]:
        came = f" {{ var(txn.port) -m str {here.get(listener.protocol.lower(), 0)} }}"
        if host != "#{host}":
            came += f" {{ str({host.lower()}),map_str({listener.directory}/{protocol}.map) -m found }}"
        ports.insert(0, (here[protocol], came))
    return [
        f"http-request return status {status} hdr Location "
        f"{quote(_expand(f'{protocol}://{host}:{port}{path}{asked}'))}{_server(listener)} if {chosen}{came}{when}"
        for port, came in ports
        for asked, when in queries
    ]


def _expand(text: str) -> str:
    # HAProxy's path has its leading slash.
    parts = {
        "/#{path}": "%[path]", "#{path}": "%[path,regsub(^/,)]", "#{host}": "%[var(txn.host)]", "#{query}": "%[query]",
    }  # fmt: skip
    text = text.replace("%", "%%")
    for placeholder, value in parts.items():
        text = text.replace(placeholder, value)
    return text


def forward(action: dict, chosen: str, number: int, backend) -> tuple[list[str], list[str]]:
    """To one target group, or among several by their weights; a group without a target that serves answers 503.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ForwardActionConfig.html
    """
    groups = [(backend(arn), weight) for arn, weight in weights(action) if weight > 0]
    if not groups:
        return [f"http-request return status 503 if {chosen}"], []
    total, made = sum(weight for _, weight in groups), []
    if len(groups) > 1:
        made.append(f"http-request set-var(txn.weight) rand({total}) if {chosen}")
    choices, sum_so_far = [], 0
    for name, weight in groups:
        sum_so_far += weight
        share = f" {{ var(txn.weight) -m int lt {sum_so_far} }}" if len(groups) > 1 else ""
        choices.append(f"use_backend {name} if {chosen}{share}")
    return made, choices


def _server(listener: Listener) -> str:
    return f" hdr {SERVER}" if listener.named else ""
