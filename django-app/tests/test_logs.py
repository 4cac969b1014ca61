"""What is logged: JSON, one line a request, no personal data."""

import logging
import re

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client

from apps.core import queries
from tests.conftest import PASSWORD, problem

TRACE = "1-67891233-abcdef012345678912345678"


def requests(lines: list[dict]) -> list[dict]:
    return [line for line in lines if line["logger"] == "app.request"]


def test_a_request(client, user, log_lines):
    with log_lines() as lines:
        response = client.get(
            "/api/v1/recipes/?search=secret-sauce", headers={"X-Amzn-Trace-Id": f"Root={TRACE}"}
        )

    [line] = requests(lines)
    assert line.pop("duration_ms") == line.pop("RequestDuration") > 0
    assert line.pop("queries_ms") > 0
    [metrics] = line.pop("_aws")["CloudWatchMetrics"]
    assert metrics["Dimensions"] == [["Environment"]]
    assert [metric["Name"] for metric in metrics["Metrics"]] == ["RequestDuration", "ServerErrors"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", line.pop("timestamp"))
    assert line == {
        "level": "INFO",
        "logger": "app.request",
        "message": "request",
        "method": "GET",
        "path": "/api/v1/recipes/",
        "status": 200,
        "queries": 2,
        "user_id": user.pk,
        "request_id": TRACE,
        "version": "1.2.3",
        "environment": "test",
        "Environment": "test",
        "ServerErrors": 0,
    }
    assert response["X-Request-Id"] == TRACE


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"Root={TRACE}", TRACE),
        (f"Self=1-67891234-12456789abcdef012345678a;Root={TRACE};Sampled=1", TRACE),
        ("", r"[0-9a-f]{32}"),
        ("Root=forged\n{}", r"[0-9a-f]{32}"),
        (f"Root={TRACE}extra", r"[0-9a-f]{32}"),
    ],
)
def test_request_id(header, expected):
    response = Client().get("/", headers={"X-Amzn-Trace-Id": header})

    assert re.fullmatch(expected, response["X-Request-Id"])


def test_every_line_of_a_request_carries_its_id(client, log_lines, monkeypatch):
    def log_something(self, request):
        logging.getLogger("app").warning("look")
        raise RuntimeError("broken")

    monkeypatch.setattr("apps.users.views.MeApi.get", log_something)
    client.raise_request_exception = False
    with log_lines() as lines:
        response = client.get("/api/v1/users/me/?email=ann@example.org")

    problem(response, 500)
    assert [line["logger"] for line in lines] == ["app", "django.request", "app.request"]
    assert len({line["request_id"] for line in lines}) == 1
    assert "RuntimeError: broken" in lines[1]["exc_info"]
    assert "ann@example.org" not in str(lines)
    assert lines[2]["ServerErrors"] == 1


def test_signing_in_logs_neither_address_nor_password_nor_token(anonymous, user, log_lines):
    with log_lines() as lines:
        response = anonymous.post(
            "/api/v1/users/token/", {"email": user.email, "password": PASSWORD}
        )

    text = str(lines)
    assert requests(lines)[0]["user_id"] is None
    for hidden in (user.email, PASSWORD, response.json()["token"]):
        assert hidden not in text


def test_a_page_that_needs_no_user_makes_no_query_for_the_log(log_lines):
    """Without the db fixture a look-up of the session would fail."""
    client = Client()
    client.cookies["sessionid"] = "some-session"

    with log_lines() as lines:
        response = client.get("/")

    assert response.status_code == 200
    assert requests(lines)[0]["user_id"] is None


def test_health_is_not_logged(log_lines):
    with log_lines() as lines:
        Client().get("/health/live")

    assert lines == []


def test_an_unknown_host_is_one_line(log_lines):
    with log_lines() as lines:
        response = Client().get("/", HTTP_HOST="scanner.example")

    assert response.status_code == 400
    assert [line["status"] for line in lines] == [400]


def test_slow_queries(user, log_lines, settings):
    settings.SLOW_QUERY_MS = 20

    with log_lines() as lines, connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.05) WHERE %s <> ''", ["hush-hush"])
        cursor.execute("SELECT 1")

    [line] = lines
    assert (line["level"], line["message"]) == ("WARNING", "slow query")
    assert line["sql"] == "SELECT pg_sleep(0.05) WHERE %s <> ''"
    assert line["duration_ms"] >= 50


def test_queries_that_fail_count_too(user, log_lines):
    stats = queries.Stats()
    token = queries.current.set(stats)
    try:
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT nothing")
    finally:
        queries.current.reset(token)

    assert stats.count >= 1
