"""Where Pulumi keeps a local stack: a bucket, a key and a table of leases of the local AWS."""

from __future__ import annotations

import json

from slipway_local import aws, names, paths, stack_file
from slipway_local.steps import step

BACKEND = (
    f"s3://{names.STATE_BUCKET}?region={names.REGION}&endpoint=127.0.0.1:{names.PORT}"
    "&disableSSL=true&s3ForcePathStyle=true"
)
SECRETS_PROVIDER = f"awskms://{names.STATE_KEY_ALIAS}?region={names.REGION}"

#: KEY=VALUE lines for `include` in a makefile or `env $(cat .slipway/local.env)`. AWS_CA_BUNDLE must be unset.
ENVIRONMENT = {
    "AWS_ENDPOINT_URL": names.ENDPOINT,
    **aws.CREDENTIALS,
    "AWS_REGION": names.REGION,
    "AWS_DEFAULT_REGION": names.REGION,
    "PULUMI_BACKEND_URL": BACKEND,
    "PULUMI_SECRETS_PROVIDER": SECRETS_PROVIDER,
}


def write_environment() -> None:
    """Writes .slipway/local.env, what every command needs to talk to the local AWS."""
    lines = "".join(f"{name}={value}\n" for name, value in ENVIRONMENT.items())
    paths.write_private(paths.state() / "local.env", lines)


def prepare(stack: str) -> None:
    """Makes the bucket, the key and the table of leases, as bootstrap/ does in an account, and writes what a run reads.

    That is .slipway/local.env and the stack file's local copy.
    """
    stack_file.source(stack)
    with step("state bucket") as progress:
        progress.outcome = _bucket()
    with step("state key") as progress:
        key, made = _key()
        progress.outcome = f"{'made' if made else 'present'}: {key}"
    with step("lease table") as progress:
        progress.outcome = _table()
    with step("stack file") as progress:
        same = _is_the_copies_key(key)
        if not same:
            # Those of other stacks too: the record below is about all copies.
            for other in paths.state().glob("Pulumi.*.yaml"):
                other.unlink()
        path = stack_file.write(stack, keep_secrets=same, checkpoint=_checkpoint(stack))
        paths.write_private(_key_record(), key)
        write_environment()
        progress.outcome = str(path.relative_to(paths.ROOT))


def _bucket() -> str:
    s3 = aws.client("s3")
    present = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    if names.STATE_BUCKET in present:
        return "present"
    s3.create_bucket(Bucket=names.STATE_BUCKET)
    s3.put_bucket_versioning(Bucket=names.STATE_BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.put_public_access_block(
        Bucket=names.STATE_BUCKET,
        PublicAccessBlockConfiguration=dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        ),
    )
    return "made"


def _checkpoint(stack: str) -> dict:
    """The stack's state, empty for a new stack."""
    s3 = aws.client("s3")
    try:
        found = s3.get_object(Bucket=names.STATE_BUCKET, Key=f".pulumi/stacks/{names.PROJECT}/{stack}.json")
    except s3.exceptions.NoSuchKey:
        return {}
    return json.loads(found["Body"].read())


def _table() -> str:
    dynamodb = aws.client("dynamodb")
    try:
        dynamodb.create_table(
            TableName=names.LEASE_TABLE,
            KeySchema=[{"AttributeName": "stack", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "stack", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    except dynamodb.exceptions.ResourceInUseException:
        return "present"
    return "made"


def _key() -> tuple[str, bool]:
    kms = aws.client("kms")
    try:
        return kms.describe_key(KeyId=names.STATE_KEY_ALIAS)["KeyMetadata"]["KeyId"], False
    except kms.exceptions.NotFoundException:
        key = kms.create_key(Description="Encrypts the secrets of local Pulumi stacks")["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=names.STATE_KEY_ALIAS, TargetKeyId=key)
        return key, True


def _key_record():
    return paths.state() / "state-key"


def _is_the_copies_key(key: str) -> bool:
    """Whether earlier copies were encrypted with this key; the local AWS of another day had its own."""
    record = _key_record()
    return record.is_file() and record.read_text() == key
