"""Secrets Manager: the labels that a new value takes over.

MiniStack leaves a label where it was when a new value is put with it, so that two versions have it, and forgets the
other labels of a value that is put as the current one.
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
"""

from __future__ import annotations

import json

from ministack.services import secretsmanager

REQUIRED = {
    "services.secretsmanager": {
        "_put_secret_value": "data",
        "_resolve": "secret_id, use_arn_scope",
        "_add_stage": "secret, version_id, stage",
        "_remove_stage_everywhere": "secret, stage, except_version_id",
    }
}


def install() -> None:
    """Wraps the putting of a value."""
    put = secretsmanager._put_secret_value

    def put_secret_value(data):
        response = put(data)
        if response[0] == 200:
            _, secret = secretsmanager._resolve(data.get("SecretId"))
            version = json.loads(response[2])["VersionId"]
            for label in data.get("VersionStages") or ["AWSCURRENT"]:
                secretsmanager._remove_stage_everywhere(secret, label, except_version_id=version)
                secretsmanager._add_stage(secret, version, label)
        return response

    secretsmanager._put_secret_value = put_secret_value
