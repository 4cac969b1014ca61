"""ACM: certificates that are signed, by a certificate authority that this local AWS makes for itself.

MiniStack's certificates hold no key. Where the local AWS runs in its container, the authority's own certificate lies in
`ca.pem` of its directory, for clients to trust.
https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
"""

from __future__ import annotations

import datetime
import functools
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from ministack.services import acm

REQUIRED = {"services.acm": {"_request_certificate": "data", "_certificates": ""}}

#: Days: those of ACM's own certificates, and longer than any local AWS lives.
_CERTIFICATE_DAYS, _AUTHORITY_DAYS = 198, 3650
_CURVES = {"EC_prime256v1": ec.SECP256R1, "EC_secp384r1": ec.SECP384R1, "EC_secp521r1": ec.SECP521R1}
#: A common name has at most 64 characters.
#: https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html
_COMMON_NAME = 64


def install() -> None:
    """Wraps the request for a certificate."""
    ask = acm._request_certificate

    def request_certificate(data):
        response = ask(data)
        if response[0] == 200:
            record = acm._certificates[json.loads(response[2])["CertificateArn"]]
            algorithm = data.get("KeyAlgorithm") or "RSA_2048"
            certificate, key = authority().issue(record["SubjectAlternativeNames"], algorithm)
            record |= {"_pem_body": certificate, "_pem_chain": authority().pem, "_private_key": key}
        return response

    acm._request_certificate = request_certificate


@functools.cache
def authority() -> Authority:
    """The authority of this process."""
    return Authority()


class Authority:
    """A certificate authority with a key in memory."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Slipway local AWS")])
        only_ca = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        certificate = (
            _builder(self._name, self._name, self._key.public_key(), _AUTHORITY_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(only_ca, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        #: Its own certificate.
        self.pem = _pem(certificate)

    def issue(self, names: list[str], algorithm: str) -> tuple[str, str]:
        """Certificate and private key for these names, with a key of ACM's algorithm."""
        if algorithm in _CURVES:
            key = ec.generate_private_key(_CURVES[algorithm]())
        else:
            key = rsa.generate_private_key(65537, int(algorithm.removeprefix("RSA_")))
        common = [x509.NameAttribute(NameOID.COMMON_NAME, name) for name in names[:1] if len(name) <= _COMMON_NAME]
        subject = x509.Name(common)
        certificate = (
            _builder(subject, self._name, key.public_key(), _CERTIFICATE_DAYS)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        return _pem(certificate), key.private_bytes(encoding, form, serialization.NoEncryption()).decode()


def _builder(subject, issuer, key, days) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _pem(certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
