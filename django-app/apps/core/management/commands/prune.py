"""Delete what nobody will ask for again. Run nightly."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from apps.core import idempotency
from apps.users.services import access_tokens_prune


class Command(BaseCommand):
    help = "Delete expired sessions, access tokens and idempotency keys, and old results of tasks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--task-days", type=int, default=7, metavar="D",
            help="days to keep the results of tasks; failed ones four times as long (default 7)",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        sessions = Session.objects.count()
        call_command("clearsessions")
        self.stdout.write(f"sessions: {sessions - Session.objects.count()} deleted")
        self.stdout.write(f"access tokens: {access_tokens_prune()} deleted")
        self.stdout.write(f"idempotency keys: {idempotency.prune()} deleted")
        call_command(
            "prune_db_task_results",
            queue_name="*",
            min_age_days=options["task_days"],
            failed_min_age_days=4 * options["task_days"],
        )
