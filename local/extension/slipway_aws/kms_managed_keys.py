"""KMS: the keys that AWS manages, behind aliases such as alias/aws/s3.

An account has one for each service from the service's first use on; here it is made when something asks for it.
https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk
"""

from __future__ import annotations

import json

from ministack.core.responses import get_account_id, get_region
from ministack.services import kms

REQUIRED = {
    "services.kms": {
        "_resolve_key": "key_id_or_arn",
        "_key_metadata": "rec",
        "_create_key": "data",
        "_alias_arn": "alias_name",
        "_aliases": "",
        "_keys": "",
    }
}

_PREFIX = "alias/aws/"
#: Services that keep a key of their own for an account, of those that this project can meet.
_SERVICES = ("dynamodb", "ebs", "ecr", "rds", "s3", "secretsmanager", "sns", "sqs", "ssm")


def install() -> None:
    """Wraps the search for a key and its description."""
    resolve, metadata = kms._resolve_key, kms._key_metadata

    def resolve_key(key_id_or_arn):
        found = resolve(key_id_or_arn)
        name = str(key_id_or_arn or "").rpartition(f":{get_account_id()}:")[2]
        service = name.removeprefix(_PREFIX)
        if found or not name.startswith(_PREFIX) or service not in _SERVICES:
            return found
        return make(service)

    def key_metadata(rec):
        return {**metadata(rec), "KeyManager": rec.get("KeyManager", "CUSTOMER")}

    kms._resolve_key = resolve_key
    kms._key_metadata = key_metadata


def make(service: str) -> dict:
    """The service's key and its alias."""
    answer = kms._create_key(
        {
            "Description": f"Default key that protects my {service} data when no other key is defined",
            "Policy": json.dumps(policy(service)),
        }
    )
    key = kms._keys[json.loads(answer[2])["KeyMetadata"]["KeyId"]]
    key["KeyManager"] = "AWS"
    kms._aliases[kms._alias_arn(_PREFIX + service)] = key["KeyId"]
    return key


def policy(service: str) -> dict:
    """Everyone in the account may use the key, through the service only."""
    return {
        "Version": "2012-10-17",
        "Id": f"auto-{service}-1",
        "Statement": [
            {
                "Sid": f"Allow access through {service} for all principals in the account",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant",
                           "kms:DescribeKey"],
                "Resource": "*",
                "Condition": {
                    "StringEquals": {
                        "kms:CallerAccount": get_account_id(),
                        "kms:ViaService": f"{service}.{get_region()}.amazonaws.com",
                    }
                },
            },
            {
                "Sid": "Allow direct access to key metadata to the account",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{get_account_id()}:root"},
                "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
                "Resource": "*",
            },
        ],
    }
