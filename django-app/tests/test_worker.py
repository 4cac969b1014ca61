"""The worker process, its health check, and tasks that lost their worker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from apps.core import tasks, worker
from config import workercheck
from tests import blocking_tasks

ROOT = Path(__file__).parent.parent


@pytest.fixture
def start(transactional_db, tmp_path):
    """Start workers on the test's database; their log is read as they run."""
    workers = []

    def run() -> subprocess.Popen[str]:
        workers.append(
            subprocess.Popen(
                [sys.executable, "manage.py", "worker", "--interval", "0.05"],
                cwd=ROOT,
                env=os.environ
                | {"DB_NAME": connection.settings_dict["NAME"], "TMPDIR": str(tmp_path)},
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        return workers[-1]

    yield run
    for process in workers:
        process.kill()
        process.wait()
        process.stdout.close()


def line(process: subprocess.Popen[str], message: str) -> dict:
    """Return the worker's next log line with this message; the log's end is a failure."""
    for text in process.stdout:
        entry = json.loads(text)
        if entry["message"] == message:
            return entry
    raise AssertionError(f"the worker ended before it logged {message!r}")


def test_sigterm_lets_the_running_task_end(start, tmp_path):
    os.mkfifo(fifo := tmp_path / "fifo")
    running = blocking_tasks.block.enqueue(fifo=str(fifo))
    next_one = blocking_tasks.fail.enqueue()
    process = start()

    with fifo.open("w") as unblock:  # opens once the task is running
        process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        unblock.write("done")

    assert process.wait(30) == 0
    running.refresh()
    next_one.refresh()
    assert (running.status, running.return_value) == ("SUCCESSFUL", "done")
    assert next_one.status == "READY"
    log = line(process, "task")
    assert (log["task"], log["status"], log["request_id"]) == ("block", "SUCCESSFUL", running.id)
    assert log["TaskDuration"] > 500
    assert log["TaskFailures"] == 0
    assert line(process, "worker has stopped")


def test_sigterm_while_idle(start, tmp_path):
    process = start()
    assert line(process, "queue")["TasksWaiting"] == 0
    assert workercheck.problem(tmp_path / "worker-heartbeat", 60) is None

    process.send_signal(signal.SIGTERM)

    assert process.wait(30) == 0


def test_a_failed_task_is_an_error_in_the_log(start):
    failed = blocking_tasks.fail.enqueue()
    process = start()

    log = line(process, "task")

    assert (log["level"], log["status"], log["TaskFailures"]) == ("ERROR", "FAILED", 1)
    failed.refresh()
    assert "RuntimeError: broken" in failed.errors[0].traceback


def test_a_task_that_kills_its_worker_is_taken_up_a_few_times(start):
    blocking_tasks.kill_the_worker.enqueue()

    for starts in range(1, tasks.MAX_STARTS + 1):
        assert start().wait(30) == -signal.SIGKILL
        result = DBTaskResult.objects.get()
        assert (result.status, len(result.worker_ids)) == ("RUNNING", starts)
        tasks.take_up_abandoned()
        assert DBTaskResult.objects.get().status == "RUNNING"  # it may still be alive
        DBTaskResult.objects.update(started_at=timezone.now() - tasks.ABANDONED_AFTER)
        tasks.take_up_abandoned()

    result = DBTaskResult.objects.get()
    assert result.status == "FAILED"
    assert "abandoned by 3 workers" in result.traceback


def test_an_unreachable_database_is_waited_for(db, work, tmp_path, monkeypatch, log_lines):
    outages = [OperationalError("away"), OperationalError("away")]
    heartbeat = tmp_path / "heartbeat"
    one = worker.Worker(heartbeat=heartbeat, interval=0)

    def waiting() -> int:
        heartbeat.unlink()  # it must have been touched, outage or not
        if outages:
            raise outages.pop()
        one.shutdown(signal.SIGTERM, None)
        return 7

    monkeypatch.setattr(tasks, "waiting", waiting)
    monkeypatch.setattr(worker, "ROUND", 0)
    monkeypatch.setattr(connection, "close", lambda: None)  # it is the test's transaction
    with log_lines() as lines:
        one.run()

    messages = [line["message"] for line in lines]
    assert messages == [
        "worker starts", "database is away", "database is away", "queue", "worker has stopped",
    ]  # fmt: skip
    assert lines[3]["TasksWaiting"] == 7


def test_another_error_of_the_queue_stops_no_task(db, tmp_path, monkeypatch, log_lines):
    from django.db import ProgrammingError

    one = worker.Worker(heartbeat=tmp_path / "heartbeat", interval=0)

    def broken() -> None:
        raise ProgrammingError("no such column")

    monkeypatch.setattr(tasks, "take_up_abandoned", broken)
    with log_lines() as lines:
        one.make_round()

    assert "no such column" in lines[0]["exc_info"]


def test_the_log_carries_metrics_in_cloudwatchs_format(start):
    log = line(start(), "queue")

    [directive] = log["_aws"]["CloudWatchMetrics"]
    assert directive == {
        "Namespace": "RecipeApi",
        "Dimensions": [["Environment"]],
        "Metrics": [{"Name": "TasksWaiting", "Unit": "Count"}],
    }
    assert log["Environment"] == "test"
    assert abs(log["_aws"]["Timestamp"] / 1000 - time.time()) < 60


def check(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "config.workercheck", *arguments],
        cwd=ROOT, env={"TMPDIR": str(directory)}, capture_output=True, text=True,
    )  # fmt: skip


def test_check(tmp_path):
    heartbeat = tmp_path / "worker-heartbeat"
    assert workercheck.problem(heartbeat, 180).startswith("no worker has started")
    ended = check(tmp_path)
    assert (ended.returncode, "no worker has started" in ended.stderr) == (1, True)

    heartbeat.touch()
    assert workercheck.problem(heartbeat, 180) is None
    assert check(tmp_path).returncode == 0

    old = time.time() - 200
    os.utime(heartbeat, (old, old))
    assert workercheck.problem(heartbeat, 180) == "the worker has been silent for 200 s"
    assert check(tmp_path).returncode == 1
    assert check(tmp_path, "300").returncode == 0


def test_a_silent_worker_is_stopped_before_its_task_is_taken_up():
    slowest_check, longest_stop = 3 * 30, 120  # seconds: three failed checks, stopTimeout
    found = timedelta(seconds=workercheck.MAX_SILENCE + slowest_check + longest_stop)

    assert found < tasks.ABANDONED_AFTER
