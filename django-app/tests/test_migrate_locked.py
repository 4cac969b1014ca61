"""migrate_locked against the real PostgreSQL, with a second session in its way."""

from io import StringIO

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

    with pytest.raises(CommandError, match=r"held the lock for 0 s.*pg_stat_activity"):
        run(wait=0)


def test_gives_up_on_a_table_in_use(migration, other):
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM recipes_recipe")  # holds ACCESS SHARE

    def alter():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE recipes_recipe ADD COLUMN extra int")

    migration(alter)
    with pytest.raises(CommandError, match=r"waited 0\.05 s for a table"):
        run(lock_timeout=0.05)

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
    with pytest.raises(migrate_locked.OperationalError, match="terminating connection"):
        run()
    connection.close()

    assert lock_is_free(other)
