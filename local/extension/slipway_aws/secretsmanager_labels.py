"""Secrets Manager: which version has which label, and what ECS reads by a label.

In MiniStack a secret without a value has a version all the same; a label stays where it was when a new value is put
with it, so that two versions have it; the other labels of a value that is put as the current one are forgotten; and
ECS reads the current version whatever label a container names.
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
"""

from __future__ import annotations

import json

from ministack.services import ecs, secretsmanager

REQUIRED = {
    "services.secretsmanager": {
        "_create_secret": "data",
        "_put_secret_value": "data",
        "_resolve": "secret_id, use_arn_scope",
        "_add_stage": "secret, version_id, stage",
        "_remove_stage_everywhere": "secret, stage, except_version_id",
        "resolve_secret_string": "secret_id, version_stage, version_id",
    },
    "services.ecs": {"_resolve_container_secrets": "cdef", "_SecretResolutionError": ""},
}


def install() -> None:
    """Wraps the making of a secret, the putting of a value, and what a container gets."""
    create, put, resolve = (
        secretsmanager._create_secret, secretsmanager._put_secret_value, ecs._resolve_container_secrets
    )  # fmt: skip

    def create_secret(data):
        response = create(data)
        if response[0] == 200 and data.get("SecretString") is None and data.get("SecretBinary") is None:
            secretsmanager._resolve(data["Name"])[1]["Versions"].clear()
        return response

    def put_secret_value(data):
        response = put(data)
        if response[0] == 200:
            _, secret = secretsmanager._resolve(data.get("SecretId"))
            version = json.loads(response[2])["VersionId"]
            for label in data.get("VersionStages") or ["AWSCURRENT"]:
                secretsmanager._remove_stage_everywhere(secret, label, except_version_id=version)
                secretsmanager._add_stage(secret, version, label)
        return response

    def resolve_container_secrets(cdef):
        labelled = {s["name"]: s["valueFrom"] for s in cdef.get("secrets") or [] if label_of(s["valueFrom"])}
        others = [s for s in cdef.get("secrets") or [] if s["name"] not in labelled]
        resolved = resolve({**cdef, "secrets": others})
        for name, reference in labelled.items():
            arn = ":".join(reference.split(":")[:7])
            value = secretsmanager.resolve_secret_string(arn, label_of(reference))
            if value is None:
                raise ecs._SecretResolutionError(f"unable to retrieve secret {reference} for environment variable {name}")
            resolved[name] = value
        return resolved

    secretsmanager._create_secret = create_secret
    secretsmanager._put_secret_value = put_secret_value
    ecs._resolve_container_secrets = resolve_container_secrets


def label_of(reference: str) -> str:
    """The label in a reference to a secret, ARN:key:label:version; empty where it names none, or a key besides."""
    parts = reference.split(":")
    return parts[8] if ":secretsmanager:" in reference and len(parts) > 8 and not parts[7] else ""
