"""What is logged: JSON, one line a request, no personal data."""

import json
import logging
import re
import sys

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client

from apps.core import queries
from config import log
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


def raised(message: str) -> logging.LogRecord:
    try:
        raise RuntimeError(message)
    except RuntimeError:
        return logging.LogRecord("app", logging.ERROR, "", 0, "broken", (), sys.exc_info())


@pytest.mark.parametrize(
    ("extra", "kept"),
    [
        ({"sql": "x" * 300_000}, "sql"),
        ({"sql": "\U0001f372" * 60_000}, "sql"),  # 12 bytes each in JSON
        ({"tags": ["x" * 1000] * 300}, "tags"),
        ({f"field{number}": "x" * 1000 for number in range(300)}, "field0"),
        ({f"field{number}": "x" * 10 for number in range(30_000)}, "message"),
    ],
)
def test_a_line_that_cloudwatch_would_take_apart_is_cut(extra, kept):
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"""
    formatter = JSON()
    record = logging.makeLogRecord(raised("why").__dict__ | extra)

    text = formatter.format(record)

    assert len(text.encode()) + 1 + 26 <= 262_144
    line = json.loads(text)
    assert (line["level"], line["logger"], line["message"]) == ("ERROR", "app", "broken")
    assert line["cut"] > 262_144
    assert kept in line


def test_a_long_exception_keeps_its_begin_and_its_end():
    line = json.loads(JSON().format(raised("first " + "x" * 300_000 + " last")))

    assert line["exc_info"].startswith("Traceback")
    assert line["exc_info"].endswith("x last")
    assert " characters cut ... " in line["exc_info"]


def test_the_longest_line_is_whole():
    """One byte more is one too many."""
    room = log.MAX_LINE_BYTES - len(JSON().format(logging.makeLogRecord({"msg": ""})))
    fits, does_not = (
        json.loads(JSON().format(logging.makeLogRecord({"msg": "x" * size})))
        for size in (room, room + 1)
    )

    assert (len(fits["message"]), "cut" in fits) == (room, False)
    assert does_not["cut"] == log.MAX_LINE_BYTES + 1


def JSON() -> logging.Formatter:  # noqa: N802
    """The formatter of the running app."""
    settings = log.logging_config(level="INFO", version="1", environment="test")
    made = dict(settings["formatters"]["json"])
    return made.pop("()")(**(made | {"timestamp": False}))
