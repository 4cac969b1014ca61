"""The app on an object store in memory, and without limits on requests."""

import os

import boto3
from moto import mock_aws

os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
mock_aws().start()

from django.conf import settings  # noqa: E402

from config.wsgi import application  # noqa: E402, F401

settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 10**9)
boto3.resource("s3", region_name=settings.AWS_REGION).create_bucket(
    Bucket=os.environ["MEDIA_BUCKET"],
    CreateBucketConfiguration={"LocationConstraint": settings.AWS_REGION},
)
