"""Fill the database with demo data."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.recipes import demo


class Command(BaseCommand):
    help = (
        "Add demo users (demo-1@example.com ...) and recipes, the same ones every time; what "
        "exists already is left alone. They can sign in with the password in SEED_PASSWORD; "
        "without it nobody can sign in as one of them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--users", type=int, default=3, help="default 3")
        parser.add_argument("--recipes", type=int, default=30, help="of all users, default 30")
        parser.add_argument(
            "--in-production", action="store_true", help="needed where APP_ENVIRONMENT is prod"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.APP_ENVIRONMENT == "prod" and not options["in_production"]:
            raise CommandError("this is prod; --in-production adds demo data all the same")
        if options["users"] < 1 or options["recipes"] < 0:
            raise CommandError("--users must be 1 or more, --recipes 0 or more")
        outcome = demo.seed(
            users=options["users"],
            recipes=options["recipes"],
            password=os.environ.get("SEED_PASSWORD") or None,
        )
        self.stdout.write(f"made {outcome.users} users and {outcome.recipes} recipes")
