"""OIDC: tokens as GitLab gives them to jobs, and STS taking only such.

MiniStack checks a token's provider, subject and audience against the trust policy and takes the token's word for them.
Here the token has to be signed by the issuer of this local AWS, unexpired, from a provider that the account has, for one
of that provider's audiences; https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
lists the errors. The issuer signs for whoever asks on this machine: POST /_slipway/oidc/token with the claims in JSON.
"""

from __future__ import annotations

import base64
import functools
import json
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from ministack import app
from ministack.core.responses import error_response_json
from ministack.services import iam, sts

REQUIRED = {
    "app": {"app": "scope, receive, send"},
    "services.iam": {"_oidc_providers": ""},
    "services.sts": {
        "_error": "",
        "_web_identity_principal": "token, provider_id, role_arn",
        "_web_identity_trust_denied": "role_arn, params, use_json",
    },
}

PATH = "/_slipway/oidc/token"
#: What trust policies can ask of a token of gitlab.com beside subject and audience:
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
GITLAB_CLAIMS = (
    "namespace_id", "pipeline_source", "project_id", "ref_protected", "runner_environment", "user_access_level",
    "user_email", "user_id", "user_login",
)  # fmt: skip
#: Bytes; GitLab's own tokens have about 1500.
_MOST_CLAIMS = 16_384


def install() -> None:
    """Adds the issuer's path, and checks tokens before trust policies do."""
    serve, denied, principal = app.app, sts._web_identity_trust_denied, sts._web_identity_principal

    def web_identity_principal(token, provider_id, role_arn):
        found, keys = principal(token, provider_id, role_arn)
        claims = issuer().verified(token) or {}
        if claims.get("iss") == "https://gitlab.com":
            keys |= {f"gitlab.com:{name}": str(claims[name]) for name in GITLAB_CLAIMS if name in claims}
        return found, keys

    async def with_issuer(scope, receive, send):
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST":
            await _issue(receive, send)
        else:
            await serve(scope, receive, send)

    def web_identity_trust_denied(role_arn, params, use_json):
        found = params.get("WebIdentityToken", "")
        problem = refusal(found[0] if isinstance(found, list) else found, role_arn)
        if problem is None:
            return denied(role_arn, params, use_json)
        code, message = problem
        return error_response_json(code, message, 400) if use_json else sts._error(400, code, message, ns="sts")

    app.app = with_issuer
    sts._web_identity_principal = web_identity_principal
    sts._web_identity_trust_denied = web_identity_trust_denied


async def _issue(receive, send) -> None:
    body, more = b"", True
    while more and len(body) <= _MOST_CLAIMS:
        event = await receive()
        body, more = body + event.get("body", b""), event.get("more_body", False)
    try:
        claims = json.loads(body)
        if not isinstance(claims, dict):
            raise ValueError("no object")
        status, answer = 200, issuer().sign(claims).encode()
    except ValueError as error:
        status, answer = 400, f"the claims are not a JSON object: {error}\n".encode()
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


def refusal(token: str, role_arn: str) -> tuple[str, str] | None:
    """The error code and message for a token that STS would not take for the role, else None."""
    claims = issuer().verified(token)
    if claims is None:
        return "InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider"
    if claims.get("exp", 0) <= time.time():
        return "ExpiredTokenException", "Token expired"
    account = role_arn.split(":")[4]
    host = str(claims.get("iss", "")).partition("://")[2].rstrip("/")
    provider = iam._oidc_providers.get_scoped(account, None, f"arn:aws:iam::{account}:oidc-provider/{host}")
    if provider is None:
        return "InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {claims.get('iss')}"
    if claims.get("aud") not in provider["ClientIDList"]:
        return "InvalidIdentityToken", "Incorrect token audience"
    return None


@functools.cache
def issuer() -> Issuer:
    """The issuer of this process."""
    return Issuer()


class Issuer:
    """Signs tokens, RS256 as GitLab does, with a key in memory."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def sign(self, claims: dict) -> str:
        """The token with these claims."""
        head = {"alg": "RS256", "typ": "JWT", "kid": "slipway-local"}
        text = f"{_encode(json.dumps(head).encode())}.{_encode(json.dumps(claims).encode())}"
        signature = self._key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{_encode(signature)}"

    def verified(self, token: str) -> dict | None:
        """The claims of a token that this issuer has signed."""
        try:
            text, _, signature = token.rpartition(".")
            self._key.public_key().verify(_decode(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256())
            claims = json.loads(_decode(text.partition(".")[2]))
        except (InvalidSignature, ValueError):
            return None
        return claims if isinstance(claims, dict) else None


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
