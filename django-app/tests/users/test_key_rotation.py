"""SECRET_KEY changes while people are signed in, and tasks of two kinds serve."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from apps.core.sessions import GRACE
from tests.conftest import problem
from tests.users.test_session import ME, sign_in

A, B = "a" * 60, "b" * 60
#: What tasks started in each phase know: the key that signs, and the others that count.
BEFORE, ANNOUNCED, SIGNING, AFTER = (A, []), (A, [B]), (B, [A]), (B, [])

pytestmark = pytest.mark.django_db


def task(kind):
    signs, others = kind
    return override_settings(SECRET_KEY=signs, SECRET_KEY_FALLBACKS=others)


@pytest.fixture
def browser(user) -> APIClient:
    return APIClient()


@pytest.mark.parametrize(
    ("old", "new"), [(BEFORE, ANNOUNCED), (ANNOUNCED, SIGNING), (SIGNING, AFTER)],
    ids=["announced", "signing", "dropped"],
)  # fmt: skip
def test_a_session_survives_tasks_of_both_kinds(browser, user, old, new):
    # The last step is taken once nothing lives any more that the old key has signed.
    with task(new if new is AFTER else old):
        assert sign_in(browser, user).status_code == 200
    for kind in itertools.islice(itertools.cycle([new, old, old]), 12):
        with task(kind):
            assert browser.get(ME).status_code == 200


def test_without_the_phases_a_session_ends(browser, user):
    with task(BEFORE):
        sign_in(browser, user)
    with task(AFTER):
        problem(browser.get(ME), 401)


def test_a_session_survives_the_whole_rotation(browser, user):
    with task(BEFORE):
        sign_in(browser, user)
    for kind in (ANNOUNCED, SIGNING):
        with task(kind):
            assert browser.get(ME).status_code == 200
    with task(AFTER):
        assert browser.get(ME).status_code == 200


def test_requests_with_the_id_from_before_are_answered(browser, user):
    with task(BEFORE):
        sign_in(browser, user)
    late = APIClient()
    late.cookies["sessionid"] = browser.cookies["sessionid"].value
    with task(SIGNING):
        assert browser.get(ME).status_code == 200
        assert browser.cookies["sessionid"].value != late.cookies["sessionid"].value
        answer = late.get(ME)

    assert answer.status_code == 200
    assert answer.cookies["sessionid"].value  # another id, not the end of the session


def test_the_id_from_before_ends_within_a_minute(browser, user):
    with task(BEFORE):
        sign_in(browser, user)
    old = browser.cookies["sessionid"].value
    with task(SIGNING):
        browser.get(ME)

    left = Session.objects.get(session_key=old).expire_date - timezone.now()
    assert timedelta(0) < left <= timedelta(seconds=GRACE)


def test_a_new_password_ends_the_id_from_before_too(browser, user):
    with task(BEFORE):
        sign_in(browser, user)
    old = browser.cookies["sessionid"].value
    with task(SIGNING):
        browser.get(ME)
        user.set_password("another password entirely")
        user.save()
        late = APIClient()
        late.cookies["sessionid"] = old
        problem(late.get(ME), 401)


def test_signing_in_ends_an_id_that_somebody_else_knows(browser, user):
    planted = browser.session
    planted["basket"] = "theirs"
    planted.save()

    sign_in(browser, user)

    assert browser.cookies["sessionid"].value != planted.session_key
    assert not Session.objects.filter(session_key=planted.session_key).exists()
