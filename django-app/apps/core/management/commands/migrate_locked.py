"""Migrate the database once, however many tasks start at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, OperationalError, connection

from apps.core.advisory_lock import LockHeld, advisory_lock

LOCK_KEY = int.from_bytes(b"migrate")


class Command(BaseCommand):
    help = (
        "Run migrate while holding an advisory lock. A statement that waits too long for a "
        "table gives up, so that requests queued behind it keep flowing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--wait", type=float, default=300, metavar="S",
            help="seconds to wait for another migration to end (default 300)",
        )  # fmt: skip
        parser.add_argument(
            "--lock-timeout", type=float, default=2, metavar="S",
            help="seconds that a statement may wait for a table (default 2)",
        )  # fmt: skip
        parser.add_argument(
            "--statement-timeout", type=float, default=300, metavar="S",
            help="seconds that a statement may run (default 300)",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with (
                advisory_lock(connection, LOCK_KEY, wait=options["wait"], waiting=self.waiting),
                timeouts(
                    lock_timeout=options["lock_timeout"],
                    statement_timeout=options["statement_timeout"],
                ),
            ):
                self.migrate(options)
        except LockHeld:
            raise CommandError(
                f"another migration has held the lock for {options['wait']:g} s; "
                "see what it is doing in pg_stat_activity, then run this again"
            ) from None

    def migrate(self, options: dict[str, Any]) -> None:
        try:
            call_command(
                "migrate", interactive=False, verbosity=options["verbosity"], stdout=self.stdout
            )
        except OperationalError as error:
            if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                raise CommandError(
                    f"a statement waited {options['lock_timeout']:g} s for a table that another "
                    "transaction holds; its migration was rolled back, run this again"
                ) from error
            if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
                raise CommandError(
                    f"a statement ran for {options['statement_timeout']:g} s; its migration was "
                    "rolled back, make it smaller or raise --statement-timeout"
                ) from error
            raise

    def waiting(self) -> None:
        self.stdout.write("Another migration is running, waiting for it to end ...")


@contextmanager
def timeouts(*, lock_timeout: float, statement_timeout: float) -> Iterator[None]:
    """Bound this session's statements, in seconds; the old bounds return afterwards."""
    wanted = {"lock_timeout": lock_timeout, "statement_timeout": statement_timeout}
    with connection.cursor() as cursor:
        for name, seconds in wanted.items():
            milliseconds = str(round(seconds * 1000))
            cursor.execute("SELECT set_config(%s, %s, false)", [name, milliseconds])
    try:
        yield
    finally:
        with suppress(Error), connection.cursor() as cursor:
            for name in wanted:
                cursor.execute(f"RESET {name}")
