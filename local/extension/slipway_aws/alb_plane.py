"""ALB: HAProxy carries the traffic of all load balancers, as their records say.

What a client notices follows the records within a tenth of a second: listeners, rules and certificates by a new
configuration, targets by commands to the running process.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/introduction.html
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from ministack.services import acm, alb

from slipway_aws import alb_names, alb_records, haproxy_config, haproxy_rules
from slipway_aws.acm_authority import authority
from slipway_aws.alb_targets import Target, serving
from slipway_aws.haproxy_config import Backend, Frontend, Plane, Server
from slipway_aws.haproxy_process import HAProxy, HAProxyError

REQUIRED = {
    "services.alb": {"_LISTENER_RESPONSE_HEADERS": "", "_lbs": "", "_listeners": "", "_tgs": ""},
    "services.acm": {"_certificates": ""},
}


def install() -> None:
    """Nothing is wrapped."""


class LoadBalancers:
    """HAProxy, and what it was last told."""

    def __init__(self, directory: Path, http: str, https: str) -> None:
        self._directory, self._http, self._https = directory, http, https
        self._published = tuple(
            (scheme, int(bind.rpartition(":")[2])) for scheme, bind in (("http", http), ("https", https)) if bind
        )
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        (directory / "ca.pem").write_text(authority().pem)
        for status in haproxy_config.ERRORS:
            (directory / f"{status}.http").write_text(haproxy_config.response(status), newline="")
        (directory / "503.html").write_text(haproxy_config.page(503), newline="")
        self._haproxy = HAProxy(directory)
        self._loaded: tuple | None = None
        self._maps: dict[str, dict[str, str]] = {}
        self._servers: dict[str, dict[str, bool]] = {}
        #: Servers that started slowly, and the time.monotonic() at which they have their full share.
        self._slow: dict[str, float] = {}

    def stop(self) -> None:
        """Ends HAProxy."""
        self._haproxy.stop()

    def apply(self, groups: dict[str, list[Target]]) -> None:
        """Makes HAProxy follow the records and these targets."""
        maps = self._hosts()
        certificates = self._certificates()
        frontends = tuple(self._frontend(listener) for listener in self._listeners())
        backends = tuple(self._backend(arn, group, groups.get(arn, [])) for arn, group in self._groups())
        structure = (frontends, backends, tuple(certificates))
        if structure != self._loaded:
            self._load(structure, maps, certificates)
        else:
            self._follow(maps, backends)

    def in_flight(self, target: Target) -> int:
        """Requests that a target is working on."""
        try:
            return self._haproxy.sessions(_backend_name(target.key.group)).get(target.server, 0)
        except (OSError, HAProxyError):
            return 0

    def shut(self, target: Target) -> None:
        """Closes the connections of a target, with the requests on them."""
        if target.server in self._servers.get(_backend_name(target.key.group), {}):
            self._haproxy.change(f"shutdown sessions server {_backend_name(target.key.group)}/{target.server}")

    def _load(self, structure, maps, certificates) -> None:
        frontends, backends, _ = structure
        self._write_maps(maps)
        self._write_certificates(certificates)
        plane = Plane(
            self._directory, self._http, self._https, frontends, backends, tls=bool(certificates),
            idle_timeout=max((frontend.idle_timeout for frontend in frontends), default=60),
        )  # fmt: skip
        self._haproxy.load(haproxy_config.render(plane))
        self._loaded, self._maps = structure, maps
        self._servers = {backend.name: {s.name: s.ready for s in backend.servers} for backend in backends}

    def _follow(self, maps, backends) -> None:
        if maps != self._maps:
            self._write_maps(maps)
            for scheme, wanted in maps.items():
                path, now = self._directory / f"{scheme}.map", self._maps.get(scheme, {})
                for name in now.keys() - wanted.keys():
                    self._haproxy.change(f"del map {path} {name}")
                for name, value in wanted.items():
                    if now.get(name) != value:
                        self._haproxy.change(f"{'set' if name in now else 'add'} map {path} {name} {value}")
            self._maps = maps
        for backend in backends:
            self._follow_servers(backend, self._servers.setdefault(backend.name, {}))

    def _follow_servers(self, backend: Backend, now: dict[str, bool]) -> None:
        wanted = {server.name: server for server in backend.servers}
        for name, server in wanted.items():
            where = f"{backend.name}/{name}"
            if name not in now:
                if not server.ready:
                    continue
                line = server.line(backend, self._starts_slowly(backend, name, now))
                self._haproxy.change(f"add server {where} {line}", "New server registered")
                now[name] = False
            if now[name] != server.ready:
                self._haproxy.change(f"set server {where} state {'ready' if server.ready else 'maint'}")
                now[name] = server.ready
        for name in list(now.keys() - wanted.keys()):
            where = f"{backend.name}/{name}"
            if now[name]:
                self._haproxy.change(f"set server {where} state maint")
                now[name] = False
            # It stays while a connection ends, and is tried again in the next round.
            if "Server deleted" in self._haproxy.command(f"del server {where}"):
                del now[name]
                self._slow.pop(name, None)

    def _starts_slowly(self, backend: Backend, name: str, now: dict[str, bool]) -> bool:
        """A new target does only beside a healthy one that has its full share.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
        """
        if not backend.slow_start or backend.algorithm != "round_robin":
            return False
        clock = time.monotonic()
        if not any(ready and self._slow.get(other, 0) <= clock for other, ready in now.items()):
            return False
        self._slow[name] = clock + backend.slow_start
        return True

    def _listeners(self) -> list[dict]:
        found = [listener for _, listener in alb_records.everything(alb._listeners)]
        known = {arn: lb for arn, lb in alb_records.everything(alb._lbs) if lb.get("Type") == "application"}
        return [listener for listener in found if listener["LoadBalancerArn"] in known]

    def _groups(self) -> list[tuple[str, dict]]:
        return [(arn, g) for arn, g in alb_records.everything(alb._tgs) if g.get("TargetType") in ("ip", "instance")]

    def _frontend(self, listener: dict) -> Frontend:
        def of_balancer(name: str, default: str) -> str:
            return alb_records.attribute(alb._lb_attrs, listener["LoadBalancerArn"], name, default)

        arn = listener["ListenerArn"]
        attributes = {e["Key"]: e["Value"] for e in alb_records.find(alb._listener_attrs, arn) or []}
        named = attributes.get("routing.http.response.server.enabled", "true") == "true"
        described = haproxy_rules.Listener(
            listener["Protocol"], int(listener["Port"]), named, self._published, str(self._directory)
        )
        groups = {group for group, _ in self._groups()}
        rules = haproxy_rules.lines(
            alb_records.rules(arn), described, lambda group: _backend_name(group) if group in groups else "none",
            self._body,
        )  # fmt: skip
        return Frontend(
            _frontend_name(arn), described, tuple(rules), int(of_balancer("idle_timeout.timeout_seconds", "60")),
            of_balancer("routing.http.drop_invalid_header_fields.enabled", "false") == "true",
            of_balancer("routing.http.preserve_host_header.enabled", "false") == "true",
            of_balancer("routing.http.xff_header_processing.mode", "append"),
            tuple((alb._LISTENER_RESPONSE_HEADERS[name], value) for name, value in attributes.items()
                  if name in alb._LISTENER_RESPONSE_HEADERS and value),
        )  # fmt: skip

    def _backend(self, arn: str, group: dict, targets: list[Target]) -> Backend:
        def of_group(name: str, default: str) -> str:
            return alb_records.attribute(alb._tg_attrs, arn, name, default)

        used_by = alb_records.balancers(arn)
        idle = alb_records.attribute(alb._lb_attrs, used_by[0], "idle_timeout.timeout_seconds", "60") if used_by else 60
        ready = {target.server for target in serving(targets)}
        present = [target for target in targets if not target.gone and (target.server in ready or target.served)]
        for target in present:
            target.served = True
        return Backend(
            _backend_name(arn), of_group("load_balancing.algorithm.type", "round_robin"),
            int(of_group("slow_start.duration_seconds", "0")), int(idle), group.get("Protocol") == "HTTPS",
            tuple(Server(t.server, t.key.address, t.key.port, t.server in ready) for t in present),
        )  # fmt: skip

    def _hosts(self) -> dict[str, dict[str, str]]:
        """For each scheme: names, with and without a port, and the listener that they lead to."""
        maps: dict[str, dict[str, str]] = {"http": {}, "https": {}}
        balancers = dict(alb_records.everything(alb._lbs))
        aliases = alb_names.aliases()
        for listener in sorted(self._listeners(), key=lambda found: -found["Port"]):
            balancer, hosts = balancers[listener["LoadBalancerArn"]], maps[listener["Protocol"].lower()]
            name = balancer["DNSName"].lower()
            names = [name, f"{balancer['LoadBalancerName'].lower()}.alb.localhost"]
            # The lowest port stands for its scheme; others are reached by their number.
            for host in [*names, *(alias for alias, to in aliases.items() if to == name)]:
                hosts |= {host: _frontend_name(listener["ListenerArn"]),
                          f"{host}:{listener['Port']}": _frontend_name(listener["ListenerArn"])}  # fmt: skip
        for hosts in maps.values():
            if len({*hosts.values()}) == 1:
                # The only one answers to every name, as a load balancer on AWS does.
                hosts["*"] = next(iter(hosts.values()))
        return maps

    def _certificates(self) -> list[tuple[str, str, bool]]:
        """Name of the file, its contents and whether HTTP/2 is spoken, the default certificates first."""
        default, more = {}, {}
        for listener in self._listeners():
            if listener["Protocol"] != "HTTPS":
                continue
            h2 = alb_records.attribute(
                alb._lb_attrs, listener["LoadBalancerArn"], "routing.http2.enabled", "true") == "true"  # fmt: skip
            default |= dict.fromkeys(listener.get("Certificates") or [], h2)
            more |= dict.fromkeys(listener.get("AdditionalCertificates") or [], h2)
        found, records = [], dict(alb_records.everything(acm._certificates))
        for arn, h2 in {**default, **{arn: h2 for arn, h2 in more.items() if arn not in default}}.items():
            record = records.get(arn)
            if record and record.get("_private_key"):
                text = "".join(record[part].strip() + "\n" for part in ("_private_key", "_pem_body", "_pem_chain")
                               if record.get(part))  # fmt: skip
                found.append((arn.rpartition("/")[2] + ".pem", text, h2))
        return found

    def _write_maps(self, maps) -> None:
        for scheme, hosts in maps.items():
            text = "".join(f"{host} {name}\n" for host, name in sorted(hosts.items()))
            (self._directory / f"{scheme}.map").write_text(text)

    def _write_certificates(self, certificates) -> None:
        lines = []
        for name, text, h2 in certificates:
            path = self._directory / name
            path.touch(mode=0o600)
            path.write_text(text)
            lines.append(f"{path} [alpn {'h2,http/1.1' if h2 else 'http/1.1'}]\n")
        (self._directory / "certificates.list").write_text("".join(lines))

    def _body(self, text: str) -> Path:
        path = self._directory / f"body-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
        if not path.exists():
            path.write_text(text)
        return path


def socket_of(directory: Path, listener_arn: str) -> Path:
    """Where a listener takes requests of the entrance, with the PROXY protocol before them."""
    return directory / f"{_frontend_name(listener_arn)}.sock"


def _frontend_name(listener_arn: str) -> str:
    return "listener-" + "-".join(listener_arn.rsplit("/", 2)[-2:])


def _backend_name(group_arn: str) -> str:
    return "group-" + "-".join(group_arn.rsplit("/", 2)[-2:])
