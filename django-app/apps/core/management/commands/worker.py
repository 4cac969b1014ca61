"""Run background tasks."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django_tasks_db.management.commands.db_worker import valid_interval

from apps.core.worker import Worker
from config.workercheck import HEARTBEAT


class Command(BaseCommand):
    help = "Run background tasks until SIGTERM; the running task ends first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--interval", type=valid_interval, default=1, metavar="S",
            help="seconds between looks at an empty queue (default 1)",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        worker = Worker(heartbeat=HEARTBEAT, interval=options["interval"])
        worker.configure_signals()
        worker.run()
