"""ACM: certificates keep their options and the algorithm of their key.

https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html
"""

from __future__ import annotations

import json

from ministack.services import acm

REQUIRED = {
    "services.acm": {
        "_request_certificate": "data",
        "_cert_shape": "cert",
        "_certificates": "",
    }
}

#: A certificate is in the public transparency logs unless it is kept out.
_OPTIONS = {"CertificateTransparencyLoggingPreference": "ENABLED", "Export": "DISABLED"}


def install() -> None:
    """Wraps the request for a certificate and its description."""
    ask, shape = acm._request_certificate, acm._cert_shape

    def request_certificate(data):
        response = ask(data)
        if response[0] == 200:
            certificate = acm._certificates[json.loads(response[2])["CertificateArn"]]
            certificate["Options"] = {**_OPTIONS, **(data.get("Options") or {})}
            certificate["KeyAlgorithm"] = data.get("KeyAlgorithm") or "RSA_2048"
        return response

    def cert_shape(certificate):
        found = shape(certificate)
        return {**found, "KeyAlgorithm": certificate.get("KeyAlgorithm") or found["KeyAlgorithm"]}

    acm._request_certificate = request_certificate
    acm._cert_shape = cert_shape
