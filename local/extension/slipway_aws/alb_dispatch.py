"""ALB: requests from inside the local AWS, such as CloudFront's to its origin, take the same way as all others.

MiniStack forwards them itself. Here they go to the listener in HAProxy.
"""

from __future__ import annotations

import asyncio
import http.client
import socket

from ministack.services import alb

from slipway_aws import alb_plane, alb_records
from slipway_aws.settings import SETTINGS

REQUIRED = {
    "services.alb": {
        "_listeners": "",
        "dispatch_request": "lb, method, path, headers, body, query_params, port, client_ip, raw_query_string, "
        "raw_path",
    }
}

_TIMEOUT = 65


def install() -> None:
    """Replaces MiniStack's forwarding."""

    async def dispatch_request(
        lb, method, path, headers, body, query_params, port=80, client_ip=None, raw_query_string=None, raw_path=None
    ):
        listener = next(
            (arn for arn, found in alb_records.everything(alb._listeners)
             if found["LoadBalancerArn"] == lb["LoadBalancerArn"] and found["Port"] == port), None,
        )  # fmt: skip
        if listener is None or not SETTINGS.http:
            return 503, {"Content-Type": "text/plain"}, b"no listener on this port\n"
        url = (raw_path or path) + (f"?{raw_query_string}" if raw_query_string else "")
        return await asyncio.to_thread(_send, listener, client_ip or "127.0.0.1", method, url, headers, body)

    alb.dispatch_request = dispatch_request


def _send(listener: str, client: str, method: str, url: str, headers: dict, body: bytes):
    connection = http.client.HTTPConnection("listener", timeout=_TIMEOUT)
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.sock.settimeout(_TIMEOUT)
        connection.sock.connect(str(alb_plane.socket_of(SETTINGS.directory, listener)))
        connection.sock.sendall(f"PROXY TCP4 {client} 127.0.0.1 0 0\r\n".encode())
        dropped = ("connection", "transfer-encoding", "content-length")
        connection.request(method, url, body, {n: v for n, v in headers.items() if n.lower() not in dropped})
        response = connection.getresponse()
        found: dict[str, list[str]] = {}
        for name, value in response.getheaders():
            if name.lower() not in dropped:
                found.setdefault(name, []).append(value)
        return response.status, {n: v[0] if len(v) == 1 else v for n, v in found.items()}, response.read()
    finally:
        connection.close()
