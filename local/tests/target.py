"""A target of a load balancer that does as its requests say, on an address that the load balancer reaches."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Target:
    """Answers /health with `health`, and all else with its name and the request as JSON.

    `?wait=S` answers after S seconds, `?drop` closes the connection instead of answering.
    """

    def __init__(self, address: str, name: str) -> None:
        self.name, self.health, self.seen, self.connections = name, 200, [], 0
        self.server = ThreadingHTTPServer((address, 0), _handler(self))
        self.server.daemon_threads = True
        # The load balancer resets connections, which is none of a test's business.
        self.server.handle_error = lambda *_: None
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def registration(self) -> dict:
        address, port = self.server.server_address[:2]
        return {"Id": address, "Port": port}

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def _handler(target: Target):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            super().setup()
            self.counted = False

        def do_GET(self):
            parts = urlsplit(self.path)
            if parts.path == "/health":
                return self.answer(target.health, {})
            if not self.counted:
                self.counted = True
                target.connections += 1
            target.seen.append(self.path)
            query = parse_qs(parts.query, keep_blank_values=True)
            if "drop" in query:
                self.close_connection = True
                return None
            time.sleep(float(query.get("wait", ["0"])[0]))
            return self.answer(200, {"name": target.name, "path": self.path, "headers": dict(self.headers)})

        do_POST = do_GET

        def answer(self, status, content):
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    return Handler
