"""Migrate the database once, however many tasks start at the same time.

A deployment shows the last lines of the log of a task that failed. So the last line says what
failed, in which migration, what became of the database, and what to do.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand, CommandParser
from django.core.management.commands import migrate
from django.db import Error, connection
from django.db.migrations import Migration

from apps.core.advisory_lock import LockHeld, advisory_lock, holder

LOCK_KEY = int.from_bytes(b"migrate")


class Migrate(migrate.Command):
    """migrate, which remembers the migration that it is at."""

    current: Migration | None = None

    def migration_progress_callback(
        self, action: str, migration: Migration | None = None, fake: bool = False
    ) -> None:
        if action.endswith("_start"):
            self.current = migration
        elif action.endswith("_success"):
            self.current = None
        super().migration_progress_callback(action, migration, fake)


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
                f"another migration has held the lock for {options['wait']:g} s, "
                f"{holder(connection, LOCK_KEY)}; see what it is doing in pg_stat_activity, "
                "then run this again"
            ) from None

    def migrate(self, options: dict[str, Any]) -> None:
        command = Migrate()
        try:
            call_command(
                command, interactive=False, verbosity=options["verbosity"], stdout=self.stdout
            )
        except CommandError:
            raise
        except Exception as error:
            self.stderr.write(traceback.format_exc())
            raise CommandError(explain(error, command.current, options)) from error

    def waiting(self) -> None:
        self.stdout.write("Another migration is running, waiting for it to end ...")


def explain(error: Exception, migration: Migration | None, options: dict[str, Any]) -> str:
    """Say in one line what has failed, what that left behind, and what to do."""
    name = f"migration {migration}" if migration else "the migration"
    left = "it was rolled back"
    if migration is not None and not migration.atomic:
        left = "it is not atomic, so what it had done before stays"
    if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
        return (
            f"{name}: a statement waited {options['lock_timeout']:g} s for a table that another "
            f"transaction holds ({oldest_transaction()}); {left}. Run this again when that has "
            "ended"
        )
    if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
        return (
            f"{name}: a statement ran for {options['statement_timeout']:g} s; {left}. Make it "
            "smaller or raise --statement-timeout"
        )
    first = (str(error).strip().splitlines() or ["no message"])[0]
    return f"{name} failed: {type(error).__name__}: {first}; {left}. Repair it and run this again"


def oldest_transaction() -> str:
    """Tell which of the other sessions has been in a transaction for the longest time.

    Its query is left out, for its values may be personal data.
    """
    with suppress(Error), connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT format('now the oldest: pid %s, %s, %s for %s s', pid, application_name, state,
                          round(extract(epoch FROM clock_timestamp() - xact_start)))
            FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
              AND xact_start IS NOT NULL
            ORDER BY xact_start LIMIT 1
            """
        )
        if row := cursor.fetchone():
            return str(row[0])
    return "it has ended meanwhile"


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
