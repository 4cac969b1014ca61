"""IAM: a request counts as one over TLS.

The local AWS speaks plain HTTP on addresses of this machine only, where a program on AWS speaks HTTPS. A bucket policy
that refuses plain HTTP would refuse everything here, and so could not be tested at all.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-securetransport
"""

from __future__ import annotations

from ministack import app

REQUIRED = {"app": {"pin_request_origin": "source_ip, secure_transport"}}


def install() -> None:
    """Wraps what remembers a request's origin for its policy checks."""
    pin = app.pin_request_origin
    app.pin_request_origin = lambda source_ip, secure_transport: pin(source_ip, True)
