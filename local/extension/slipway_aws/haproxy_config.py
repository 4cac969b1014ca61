"""HAProxy: the configuration that load balancers, listeners and target groups give.

Two hops in one process. An entrance takes all connections from outside, ends TLS and sends each request, by the name in
its Host header, to the listener that it is for. A listener applies its rules and forwards to targets over connections
that it keeps. Between them every request has a connection of its own: HAProxy would close a client's connection
silently where a kept connection breaks under a request, and ALB answers 502.
https://docs.haproxy.org/3.0/configuration.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from slipway_aws import haproxy_rules
from slipway_aws.haproxy_rules import Listener

#: Seconds to connect to a target, then 504.
#: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-504-issues
CONNECT_TIMEOUT = 10

_ALGORITHMS = {"least_outstanding_requests": "leastconn", "weighted_random": "random"}


@dataclass(frozen=True)
class Server:
    """A target; it takes new requests when it is ready."""

    name: str
    address: str
    port: int
    ready: bool

    def line(self, backend: Backend, slow: bool = False) -> str:
        """What follows `server` in a configuration and `add server` at run time; `slow` has it start slowly."""
        options = [f"{self.address}:{self.port}", f"pool-purge-delay {max(1, backend.idle_timeout // 6)}s"]
        if slow:
            options.append(f"slowstart {backend.slow_start}s")
        if backend.tls:
            options.append("ssl verify none")
        return " ".join(options)


@dataclass(frozen=True)
class Backend:
    """A target group."""

    name: str
    algorithm: str = "round_robin"
    slow_start: int = 0
    idle_timeout: int = 60
    tls: bool = False
    #: Servers that have taken requests, ready or not.
    servers: tuple[Server, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Frontend:
    """A listener of a load balancer."""

    name: str
    listener: Listener
    rules: tuple[str, ...]
    idle_timeout: int = 60
    drop_invalid_headers: bool = False
    preserve_host: bool = False
    forwarded_for: str = "append"
    response_headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Plane:
    """Everything that a configuration is made of."""

    directory: Path
    http: str
    https: str
    frontends: tuple[Frontend, ...]
    backends: tuple[Backend, ...]
    #: Seconds of the entrance: the longest idle time-out of all load balancers.
    idle_timeout: int = 60
    #: Whether there is a certificate to serve.
    tls: bool = False


def render(plane: Plane) -> str:
    """The whole file."""
    parts = [_GLOBAL.format(d=plane.directory), _DEFAULTS.format(d=plane.directory, connect=CONNECT_TIMEOUT)]
    parts += [_entrance(plane, "http", plane.http)]
    if plane.tls:
        options = f"ssl crt-list {plane.directory}/certificates.list alpn h2,http/1.1 ssl-min-ver TLSv1.2"
        parts += [_entrance(plane, "https", f"{plane.https} {options}")]
    parts += [_frontend(plane, frontend) for frontend in plane.frontends]
    parts.append("backend none\n  http-request return status 503\n")
    parts += [_backend(plane, backend) for backend in plane.backends]
    return "\n".join(parts)


_GLOBAL = """\
global
  nbthread 1
  stats socket {d}/admin.sock mode 600 level admin expose-fd listeners
  stats timeout 1m
  hard-stop-after 10m
  tune.ssl.default-dh-param 2048
"""

_DEFAULTS = """\
defaults
  mode http
  timeout connect {connect}s
  timeout client 60s
  timeout server 60s
  retries 0
  option idle-close-on-response
  http-reuse always
  errorfile 400 {d}/400.http
  errorfile 408 {d}/408.http
  errorfile 502 {d}/502.http
  errorfile 503 {d}/503.http
  errorfile 504 {d}/504.http
"""


def _entrance(plane: Plane, scheme: str, bind: str) -> str:
    hosts, unknown = f"{plane.directory}/{scheme}.map", "!{ var(txn.to) -m found }"
    text = f"no load balancer here has an {scheme.upper()} listener for %[req.hdr(host)]\\n"
    return f"""\
frontend {scheme}
  bind {bind}
  timeout client {plane.idle_timeout}s
  http-request set-var(txn.to) req.hdr(host),lower,map_str({hosts})
  http-request set-var(txn.to) req.hdr(host),lower,field(1,:),map_str({hosts}) if {unknown}
  http-request set-var(txn.to) str(*),map_str({hosts}) if {unknown}
  http-request return status 404 content-type text/plain lf-string "{text}" if {unknown}
  use_backend to-%[var(txn.to)]
"""


def _frontend(plane: Plane, frontend: Frontend) -> str:
    socket, listener = f"{plane.directory}/{frontend.name}.sock", frontend.listener
    lines = [
        f"backend to-{frontend.name}",
        # ALB has no limit for the time of an answer but the listener's own.
        "  timeout server 2h",
        "  option http-server-close",
        "  http-reuse never",
        f"  server listener unix@{socket} send-proxy-v2",
        "",
        f"frontend {frontend.name}",
        f"  bind unix@{socket} accept-proxy",
        f"  timeout client {frontend.idle_timeout}s",
        f"  option http-restrict-req-hdr-names {'delete' if frontend.drop_invalid_headers else 'preserve'}",
        "  http-request set-var(txn.host) req.hdr(host),field(1,:)",
        "  http-request set-var(txn.port) req.hdr(host),field(2,:)",
        *(f"  {line}" for line in _request_headers(frontend)),
        *(f"  {line}" for line in frontend.rules),
    ]
    for name, value in frontend.response_headers:
        lines.append(f"  http-after-response set-header {name} {haproxy_rules.quote(value.replace('%', '%%'))}")
    if not listener.named:
        lines.append("  http-after-response del-header Server if { res.hdr(Server) -m str awselb/2.0 }")
    return "\n".join(lines) + "\n"


def _request_headers(frontend: Frontend) -> list[str]:
    """What a target is told about the client.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#host-header-preservation
    """
    listener, found = frontend.listener, []
    trace = "1-%[date,bytes(4,4),hex,lower]-%[uuid,regsub(-,,g),bytes(0,24)]"
    if frontend.forwarded_for == "append":
        found += [
            'http-request set-header X-Forwarded-For "%[req.fhdr(x-forwarded-for)], %[src]" '
            "if { req.fhdr(x-forwarded-for) -m found }",
            "http-request set-header X-Forwarded-For %[src] if !{ req.fhdr(x-forwarded-for) -m found }",
        ]
    elif frontend.forwarded_for == "remove":
        found.append("http-request del-header X-Forwarded-For")
    found += [
        f"http-request set-header X-Forwarded-Proto {listener.protocol.lower()}",
        f"http-request set-header X-Forwarded-Port {listener.port}",
        f'http-request set-header X-Amzn-Trace-Id "Self={trace};%[req.fhdr(x-amzn-trace-id)]" '
        "if { req.fhdr(x-amzn-trace-id) -m sub Root= }",
        f'http-request set-header X-Amzn-Trace-Id "Root={trace}" if !{{ req.fhdr(x-amzn-trace-id) -m sub Root= }}',
    ]
    if not frontend.preserve_host and listener.port not in (80, 443):
        # The client's own port stays, as on AWS: it is how the app's origin and links lead back here.
        found.append(f"http-request set-header Host %[req.hdr(host)]:{listener.port} if !{{ var(txn.port) -m len gt 0 }}")
    return found


def _backend(plane: Plane, backend: Backend) -> str:
    lines = [
        f"backend {backend.name}",
        f"  balance {_ALGORITHMS.get(backend.algorithm, 'roundrobin')}",
        f"  timeout server {backend.idle_timeout}s",
        # Nobody to send to is 503; a connection that fails is 502, for which HAProxy has 503 as well.
        f"  http-request return status 503 content-type text/html file {plane.directory}/503.html "
        f"hdr {haproxy_rules.SERVER} if {{ nbsrv eq 0 }}",
        f"  errorfile 503 {plane.directory}/502.http",
    ]
    for server in backend.servers:
        lines.append(f"  server {server.name} {server.line(backend)}{'' if server.ready else ' disabled'}")
    return "\n".join(lines) + "\n"


def page(status: int) -> str:
    """The body of ALB's own page for an error."""
    return (
        f"<html>\r\n<head><title>{status} {ERRORS[status]}</title></head>\r\n<body>\r\n"
        f"<center><h1>{status} {ERRORS[status]}</h1></center>\r\n</body>\r\n</html>\r\n"
    )


def response(status: int) -> str:
    """The whole response with that page."""
    body = page(status)
    return (
        f"HTTP/1.1 {status} {ERRORS[status]}\r\n{haproxy_rules.SERVER.replace(' ', ': ')}\r\n"
        f"Content-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )


#: Errors that a load balancer answers by itself.
#: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
ERRORS = {
    400: "Bad Request", 408: "Request Time-out", 502: "Bad Gateway", 503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}  # fmt: skip
