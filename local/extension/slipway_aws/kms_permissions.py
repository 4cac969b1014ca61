"""IAM: who reads what a key of the account encrypts has to be allowed to use the key.

AWS calls KMS with the caller's rights behind a secret and an object with a customer's key; MiniStack looks at the
secret's and the object's own permissions only. Keys that AWS manages are open to whoever may use the service.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import kms, s3, secretsmanager

REQUIRED = {
    "core.iam_evaluator": {
        "AuthError": "",
        "_signed_request": "",
        "enforce": "access_key_id, iam_action, service, region, resource_arn, service_context",
    },
    "services.kms": {"_resolve_key": "key_id_or_arn"},
    "services.s3": {
        "_buckets": "",
        "_bucket_default_sse_headers": "bucket_name",
        "_stored_sse_headers": "obj",
    },
    "services.secretsmanager": {"_resolve": "secret_id, use_arn_scope"},
}

_ALGORITHM = "x-amz-server-side-encryption"
_KEY = "x-amz-server-side-encryption-aws-kms-key-id"
_CONTEXT = "kms:encryptioncontext:"


def install() -> None:
    """Wraps the check of a request."""
    check = iam_evaluator.enforce

    def enforce(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        context = {**(service_context or {}), **(_own_context() if service == "kms" else {})}
        denied = check(access_key_id, iam_action, service, region, resource_arn, context)
        if denied is not None:
            return denied
        for action, key, keys in needed(iam_action, resource_arn):
            refused = check(access_key_id, action, "kms", region, key, keys)
            if isinstance(refused, iam_evaluator.EvalResult):
                what = f"User: {refused.principal_arn} is not authorized to perform: {action} on resource: {key}"
                code = "AccessDenied" if service == "s3" else "AccessDeniedException"
                return iam_evaluator.AuthError(code, what)
        return None

    iam_evaluator.enforce = enforce


def needed(iam_action: str, resource_arn: str) -> Iterator[tuple[str, str, dict]]:
    """The KMS actions behind an action, each with its key and its condition keys."""
    service = iam_action.partition(":")[0]
    via = {"kms:calleraccount": get_account_id(), "kms:viaservice": f"{service}.{get_region()}.amazonaws.com"}
    for action, key, context in _behind(iam_action, resource_arn):
        yield action, key, via | context


def _behind(iam_action: str, resource_arn: str) -> Iterator[tuple[str, str, dict]]:
    service, _, action = iam_action.partition(":")
    if service == "secretsmanager" and action in ("GetSecretValue", "PutSecretValue", "UpdateSecret"):
        _, secret = secretsmanager._resolve(resource_arn)
        key = customer_key((secret or {}).get("KmsKeyId"))
        if key:
            context = {f"{_CONTEXT}SecretARN".lower(): secret["ARN"]}
            yield "kms:Decrypt", key, dict(context)
            if action != "GetSecretValue":
                yield "kms:GenerateDataKey", key, dict(context)
    elif service == "s3" and action in ("GetObject", "GetObjectVersion", "PutObject"):
        bucket, _, name = resource_arn.removeprefix("arn:aws:s3:::").partition("/")
        encryption = _written(bucket) if action == "PutObject" else _stored(bucket, name)
        key = customer_key(encryption.get(_KEY)) if encryption.get(_ALGORITHM) == "aws:kms" else None
        if key:
            needs = "kms:GenerateDataKey" if action == "PutObject" else "kms:Decrypt"
            yield needs, key, {f"{_CONTEXT}aws:s3:arn": resource_arn}


def customer_key(name: str | None) -> str | None:
    """ARN of a key that the account made itself."""
    key = kms._resolve_key(name) if name else None
    return key["Arn"] if key and key.get("KeyManager") != "AWS" else None


def _written(bucket: str) -> dict:
    request = iam_evaluator._signed_request.get()
    headers = {name.lower(): value for name, value in request.headers.items()} if request else {}
    return headers if headers.get(_ALGORITHM) else s3._bucket_default_sse_headers(bucket)


def _stored(bucket: str, name: str) -> dict:
    record = ((s3._buckets.get(bucket) or {}).get("objects") or {}).get(name)
    return s3._stored_sse_headers(record) if record else {}


def _own_context() -> dict:
    """Condition keys of a call of KMS itself."""
    found = {"kms:calleraccount": get_account_id()}
    request = iam_evaluator._signed_request.get()
    try:
        sent = json.loads(request.body or b"{}").get("EncryptionContext") if request else None
    except (ValueError, AttributeError):
        sent = None
    return found | {f"{_CONTEXT}{key.lower()}": value for key, value in (sent or {}).items()}
