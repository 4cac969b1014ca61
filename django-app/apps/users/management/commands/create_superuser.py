"""Create the first administrator from a secret."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.users import services

SHAPE = 'a JSON object with "email" and "password"'


class Command(BaseCommand):
    help = (
        f"Create a superuser, or give an existing one its password back. Reads {SHAPE} from "
        "the Secrets Manager secret that --secret or SUPERUSER_SECRET_ARN names, or from "
        "SUPERUSER_SECRET. There is no argument for the password: arguments show in process "
        "lists and in CloudTrail."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--secret", metavar="ARN", default="", help="ARN of the secret")

    def handle(self, *args: Any, **options: Any) -> None:
        source, text = secret(options["secret"])
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


def secret(arn: str) -> tuple[str, str]:
    """Return where the secret came from, and its text."""
    if not arn and (text := os.environ.get("SUPERUSER_SECRET", "")):
        return "SUPERUSER_SECRET", text
    arn = arn or os.environ.get("SUPERUSER_SECRET_ARN", "")
    if not arn:
        raise CommandError(
            f"set SUPERUSER_SECRET to {SHAPE}, or name a secret that holds one with --secret or "
            "SUPERUSER_SECRET_ARN"
        )
    client = boto3.session.Session().client("secretsmanager", region_name=settings.AWS_REGION)
    try:
        return f"the secret {arn}", client.get_secret_value(SecretId=arn)["SecretString"]
    except (BotoCoreError, ClientError, KeyError) as error:
        raise CommandError(
            f"read the secret {arn}: {error}; "
            "check that it exists and that the task role may read and decrypt it"
        ) from error
