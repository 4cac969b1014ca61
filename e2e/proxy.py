"""Counts what a program asks AWS for, on the way to the local AWS."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Counting:
    """A proxy before an endpoint; `actions` are the calls that went through it, such as "ec2 CreateVpc"."""

    def __init__(self, endpoint: str) -> None:
        self._to = urlsplit(endpoint).netloc
        self.actions: list[str] = []

    def __enter__(self) -> Counting:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def endpoint(self) -> str:
        """Its address, in place of the endpoint's."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def _handler(counting):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                counting.actions.append(action(self.command, self.path, dict(self.headers), body))
                connection = http.client.HTTPConnection(counting._to, timeout=60)
                # The signature is the client's, for the host that it knows.
                connection.request(self.command, self.path, body, dict(self.headers))
                answer = connection.getresponse()
                content = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                connection.close()

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _pass_on

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def action(method: str, path: str, headers: dict[str, str], body: bytes) -> str:
    """The call in AWS's words, whichever of its protocols it uses."""
    target = next((value for name, value in headers.items() if name.lower() == "x-amz-target"), "")
    if target:
        return target
    named = parse_qs(body.decode(errors="replace")).get("Action") if method == "POST" else None
    return named[0] if named else f"{method} {urlsplit(path).path}"
