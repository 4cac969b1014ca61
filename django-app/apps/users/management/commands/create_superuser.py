"""Create the first administrator from a secret."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from apps.users import services

SHAPE = 'a JSON object with "email" and "password"'


class Command(BaseCommand):
    help = (
        f"Create a superuser, or give an existing one its password back. Reads {SHAPE} from "
        "SUPERUSER_SECRET, or from the Secrets Manager secret that SUPERUSER_SECRET_ARN names. "
        "There is no argument for it: arguments show in process lists and in CloudTrail."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        source, text = secret()
        try:
            value = json.loads(text)
            email, password = value["email"], value["password"]
            if not isinstance(email, str) or not isinstance(password, str):
                raise TypeError
        except (KeyError, TypeError, ValueError):
            # Not chained: the cause may quote the secret.
            raise CommandError(f"{source} must be {SHAPE}") from None
        try:
            outcome = services.superuser_ensure(email=email, password=password)
        except ValidationError as error:
            raise CommandError(f"{source}: {'; '.join(error.messages)}") from None
        self.stdout.write(f"superuser {outcome}")


def secret() -> tuple[str, str]:
    """Return where the secret came from, and its text."""
    if text := os.environ.get("SUPERUSER_SECRET", ""):
        return "SUPERUSER_SECRET", text
    arn = os.environ.get("SUPERUSER_SECRET_ARN", "")
    if not arn:
        raise CommandError(
            f"set SUPERUSER_SECRET to {SHAPE}, or SUPERUSER_SECRET_ARN to a secret that holds one"
        )
    client = boto3.session.Session().client("secretsmanager", region_name=settings.AWS_REGION)
    try:
        return f"the secret {arn}", client.get_secret_value(SecretId=arn)["SecretString"]
    except (BotoCoreError, ClientError, KeyError) as error:
        raise CommandError(
            f"read the secret {arn}: {error}; "
            "check that it exists and that the task role may read and decrypt it"
        ) from error
