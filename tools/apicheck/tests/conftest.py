"""Requests as a client of AWS's own makes them, without a network."""

from __future__ import annotations

from functools import cache

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from apicheck import recorder


@cache
def _client(service: str):
    session = botocore.session.Session()
    session.set_credentials("test", "test")
    return session.create_client(
        service, region_name="us-east-1", endpoint_url="http://127.0.0.1:1",
        config=Config(parameter_validation=False, s3={"addressing_style": "path"}, retries={"max_attempts": 0}),
    )  # fmt: skip


def sent(service: str, operation: str, parameters: dict) -> recorder.Recorded:
    """What botocore sends for an operation; it checks no parameter."""
    client = _client(service)
    kept = []

    class Body:
        def stream(self, *_args, **_options):
            yield b""

        def read(self, *_args):
            return b""

    def catch(request, **_):
        kept.append(request)
        return AWSResponse(request.url, 500, {}, Body())

    client.meta.events.register("before-send", catch)
    try:
        with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it makes of an empty answer
            client._make_api_call(operation, parameters)
    finally:
        client.meta.events.unregister("before-send", catch)
    request = kept[0]
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else str(value) for name, value in request.headers.items()
    }
    body = request.body or b""
    body = body.read() if hasattr(body, "read") else body
    path = request.url.split("127.0.0.1:1", 1)[1]
    return recorder.Recorded("test", request.method, path, headers, body if isinstance(body, bytes) else body.encode())
