"""migrate_locked against the real PostgreSQL, with a second session in its way."""

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.core import advisory_lock
from apps.core.management.commands import migrate_locked

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other():
    """Another session of the same database."""
    session = connection.copy()
    yield session
    session.close()


def run(**options) -> str:
    out = StringIO()
    call_command("migrate_locked", stdout=out, **options)
    return out.getvalue()


def show(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return cursor.fetchone()[0]


def lock_is_free(session) -> bool:
    with session.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [migrate_locked.LOCK_KEY])
        free = cursor.fetchone()[0]
        if free:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [migrate_locked.LOCK_KEY])
    return free


@pytest.fixture
def migration(monkeypatch):
    """Replace what migrate does by a function of the test's."""

    def replace(function):
        monkeypatch.setattr(migrate_locked, "call_command", lambda *args, **kw: function())

    return replace


def test_migrates(other):
    assert "No migrations to apply." in run()
    assert lock_is_free(other)


def test_holds_the_lock_and_bounds_statements(migration, other):
    seen = {}

    def look():
        seen["free"] = lock_is_free(other)
        seen.update({name: show(name) for name in ("lock_timeout", "statement_timeout")})

    migration(look)
    run()

    assert seen == {"free": False, "lock_timeout": "2s", "statement_timeout": "5min"}
    assert (show("lock_timeout"), show("statement_timeout")) == ("0", "30s")
    assert lock_is_free(other)


def test_waits_for_another_migration(other, monkeypatch):
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [migrate_locked.LOCK_KEY])

    waits = []

    def wait(seconds):
        waits.append(seconds)
        if len(waits) == 2:
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [migrate_locked.LOCK_KEY])

    monkeypatch.setattr(advisory_lock.time, "sleep", wait)
    out = run()

    assert out.count("Another migration is running") == 1
    assert "No migrations to apply." in out
    assert len(waits) == 2


def test_gives_up_waiting(other):
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [migrate_locked.LOCK_KEY])

    with pytest.raises(
        CommandError, match=r"held the lock for 0 s, by pid \d+ from .*pg_stat_activity"
    ):
        run(wait=0)


def test_a_holder_that_has_just_ended():
    assert advisory_lock.holder(connection, 12345) == "by a session that has just ended"


def test_gives_up_on_a_table_in_use(migration, other):
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM recipes_recipe")  # holds ACCESS SHARE

    def alter():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE recipes_recipe ADD COLUMN extra int")

    migration(alter)
    with pytest.raises(CommandError) as caught:
        run(lock_timeout=0.05)

    assert re.search(
        r"waited 0\.05 s for a table that another transaction holds \(now the oldest: pid \d+, "
        r"recipe-api, idle in transaction for \d+ s\); it was rolled back",
        str(caught.value),
    )
    assert "recipes_recipe" not in str(caught.value)
    other.rollback()
    other.set_autocommit(True)
    assert lock_is_free(other)


def test_gives_up_on_a_long_statement(migration):
    def sleep():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(60)")

    migration(sleep)
    with pytest.raises(CommandError, match=r"ran for 0\.05 s"):
        run(statement_timeout=0.05)


def test_a_lost_session_is_reported_as_such(migration, other):
    def vanish():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            [pid] = cursor.fetchone()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    migration(vanish)
    with pytest.raises(CommandError, match="OperationalError: terminating connection"):
        run()
    connection.close()

    assert lock_is_free(other)


BROKEN = """
from django.db import migrations

class Migration(migrations.Migration):
    atomic = {atomic}
    dependencies = [("recipes", "0004_indexes")]
    operations = [
        migrations.RunSQL("CREATE TABLE left_behind ()"),
        migrations.RunSQL({sql!r}),
    ]
"""


@pytest.fixture
def broken(tmp_path):
    """Run the command in a process of its own, with one more migration; return how it ended."""

    def run(sql: str, *, atomic: bool = True, arguments: tuple[str, ...] = ()):
        package = tmp_path / "broken"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "0001_initial.py").write_text(BROKEN.format(sql=sql, atomic=atomic))
        (tmp_path / "broken_settings.py").write_text(
            "from tests.settings import *\n"
            "INSTALLED_APPS = [*INSTALLED_APPS, 'tests.unsafe']\n"
            "MIGRATION_MODULES = {'unsafe': 'broken'}\n"
        )
        return subprocess.run(
            [sys.executable, "manage.py", "migrate_locked", *arguments],
            cwd=Path(__file__).parent.parent, capture_output=True, text=True,
            env=os.environ | {
                "DJANGO_SETTINGS_MODULE": "broken_settings", "PYTHONPATH": str(tmp_path),
                "DB_NAME": connection.settings_dict["NAME"],
            },
        )  # fmt: skip

    yield run
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS left_behind")


def left_behind() -> bool:
    return "left_behind" in connection.introspection.table_names()


def test_a_broken_migration_is_named_in_the_last_line(broken):
    ended = broken("ALTER TABLE nothing ADD COLUMN x int")

    assert ended.returncode == 1
    assert "Traceback" in ended.stderr
    assert ended.stderr.splitlines()[-1] == (
        "CommandError: migration unsafe.0001_initial failed: ProgrammingError: relation "
        '"nothing" does not exist; it was rolled back. Repair it and run this again'
    )
    assert not left_behind()


def test_what_a_migration_that_is_not_atomic_left_is_said(broken):
    ended = broken("SELECT 1 / 0", atomic=False)

    assert ended.stderr.splitlines()[-1] == (
        "CommandError: migration unsafe.0001_initial failed: DataError: division by zero; it is "
        "not atomic, so what it had done before stays. Repair it and run this again"
    )
    assert left_behind()


def test_a_lock_timeout_is_explained_in_the_last_line(broken, other):
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM recipes_recipe")

    ended = broken("ALTER TABLE recipes_recipe ADD COLUMN x int", arguments=("--lock-timeout=0.1",))

    other.rollback()
    other.set_autocommit(True)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(
        "CommandError: migration unsafe.0001_initial: a statement waited 0.1 s for a table that "
        "another transaction holds (now the oldest: pid "
    )
