"""During a deployment the previous version goes on using the database that was migrated.

So a migration may only expand: what the previous version needs stays as it is, and no table is
locked for long. What nothing uses any more is contracted by a later deployment.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db.migrations.loader import MigrationLoader
from django_migration_linter import MigrationLinter

from tests import unsafe

# CREATE INDEX CONCURRENTLY is refused inside a transaction, even for its text alone.
pytestmark = pytest.mark.django_db(transaction=True)

APPS = ("core", "recipes", "users")
# Contracting migrations: the version before no longer used what they take away.
CONTRACT: tuple[str, ...] = ()


def lint(*labels: str, name: str | None = None) -> MigrationLinter:
    linter = MigrationLinter(
        str(Path(__file__).parent.parent),
        include_apps=labels,
        include_name=[name] if name else None,
        ignore_name=CONTRACT,
        all_warnings_as_errors=True,
        no_cache=True,
        no_output=False,
    )
    linter.lint_all_migrations()
    linter.print_summary()
    return linter


def test_the_apps_own_migrations(capsys):
    linter = lint(*APPS)

    assert not linter.has_errors, capsys.readouterr().out
    own = [key for key in MigrationLoader(None).disk_migrations if key[0] in APPS]
    assert linter.nb_valid == len(own) - len(CONTRACT) > 5


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("0002_not_null", "NOT NULL constraint"),
        ("0003_drop_column", "DROPPING columns"),
        ("0004_rename_column", "RENAMING columns"),
        ("0005_alter_column", "ALTERING columns"),
        ("0006_unique", "ADDING unique constraint"),
        ("0007_index", "CREATE INDEX locks table"),
        ("0008_rename_table", "RENAMING tables"),
        ("0009_drop_table", "DROPPING table"),
        ("0010_irreversible", "reversible"),
    ],
)
def test_unsafe_migrations_are_refused(settings, capsys, name, reason):
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, unsafe.__name__]

    assert lint("unsafe", name=name).has_errors
    assert reason in capsys.readouterr().out
