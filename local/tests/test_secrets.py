"""Secrets Manager: which version has which label."""


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
