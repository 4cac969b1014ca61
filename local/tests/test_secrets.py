"""Secrets Manager: which version has which label."""


import json

import pytest
from ministack.services import ecs, secretsmanager
from slipway_aws import secretsmanager_labels


def test_a_secret_without_a_value_has_no_version(extension):
    secrets = extension.client("secretsmanager")
    arn = secrets.create_secret(Name="empty")["ARN"]
    assert secrets.describe_secret(SecretId=arn).get("VersionIdsToStages", {}) == {}
    secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


def test_a_container_gets_the_version_of_the_label(monkeypatch):
    for service, names in secretsmanager_labels.REQUIRED.items():
        module = {"services.ecs": ecs, "services.secretsmanager": secretsmanager}[service]
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name))
    secretsmanager_labels.install()
    arn = json.loads(secretsmanager._create_secret({"Name": "given", "SecretString": "one"})[2])["ARN"]
    secretsmanager._put_secret_value({"SecretId": arn, "SecretString": "two", "VersionStages": ["NEXT"]})
    secrets = [{"name": "A", "valueFrom": arn}, {"name": "B", "valueFrom": f"{arn}::NEXT:"}]
    assert ecs._resolve_container_secrets({"secrets": secrets}) == {"A": "one", "B": "two"}
    with pytest.raises(ecs._SecretResolutionError, match="::LAST: for environment variable C"):
        ecs._resolve_container_secrets({"secrets": [{"name": "C", "valueFrom": f"{arn}::LAST:"}]})
    secretsmanager._delete_secret({"SecretId": arn, "ForceDeleteWithoutRecovery": True})


def test_a_label_is_at_one_version_only(extension):
    secrets = extension.client("secretsmanager")
    arn = secrets.create_secret(Name="labelled", SecretString="one")["ARN"]
    first = secrets.describe_secret(SecretId=arn)["VersionIdsToStages"]
    secrets.update_secret_version_stage(SecretId=arn, VersionStage="NEXT", MoveToVersionId=next(iter(first)))
    secrets.put_secret_value(SecretId=arn, SecretString="two", VersionStages=["NEXT"])
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] == "one"
    assert secrets.get_secret_value(SecretId=arn, VersionStage="NEXT")["SecretString"] == "two"
    secrets.put_secret_value(SecretId=arn, SecretString="three", VersionStages=["AWSCURRENT", "NEXT"])
    labels = secrets.describe_secret(SecretId=arn)["VersionIdsToStages"].values()
    assert sorted(map(sorted, labels)) == [["AWSCURRENT", "NEXT"], ["AWSPREVIOUS"]]
    secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
