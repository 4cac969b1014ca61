"""The nightly clean-up."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from apps.core.models import IdempotencyKey
from apps.users.models import AccessToken
from tests import blocking_tasks
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db


def prune() -> str:
    out = StringIO()
    call_command("prune", stdout=out)
    return out.getvalue()


def test_expired_sessions_tokens_and_keys(user):
    for key in ("old", "new"):
        Session.objects.create(
            session_key=key, session_data="", expire_date=timezone.now() + timedelta(days=1)
        )
    Session.objects.filter(session_key="old").update(expire_date=timezone.now())
    signed_in(user)
    AccessToken.objects.update(expires_at=timezone.now())
    signed_in(user)
    AccessToken.objects.create(digest="old", user=user, expires_at=timezone.now())

    for key, hours in (("old", 25), ("new", 23)):
        made = IdempotencyKey.objects.create(user=user, key=key, status=201, headers={})
        made.created_at = timezone.now() - timedelta(hours=hours)
        made.save()

    assert prune().splitlines() == [
        "sessions: 1 deleted", "access tokens: 1 deleted", "idempotency keys: 1 deleted",
    ]  # fmt: skip
    assert IdempotencyKey.objects.get().key == "new"
    assert Session.objects.get().session_key == "new"
    assert AccessToken.objects.get().digest != "old"


@pytest.mark.parametrize(
    ("status", "days", "kept"),
    [
        ("SUCCESSFUL", 6, True), ("SUCCESSFUL", 8, False),
        ("FAILED", 27, True), ("FAILED", 29, False),
        ("READY", 99, True), ("RUNNING", 99, True),
    ],
)  # fmt: skip
def test_results_of_tasks(status, days, kept):
    blocking_tasks.fail.enqueue()
    long_ago = timezone.now() - timedelta(days=days)
    DBTaskResult.objects.update(status=status, enqueued_at=long_ago, finished_at=long_ago)

    prune()

    assert DBTaskResult.objects.exists() == kept
