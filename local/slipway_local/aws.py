"""Clients for the local AWS."""

from __future__ import annotations

import boto3
from botocore.config import Config

from slipway_local import names

#: What every tool signs with; the local AWS maps them to account 000000000000, as root when IAM is enforced.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def client(service: str, region: str = names.REGION):
    """A boto3 client; nothing of the caller's AWS configuration applies."""
    session = boto3.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=region,
    )
    config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 3, "mode": "standard"})
    return session.client(service, endpoint_url=names.ENDPOINT, config=config)
