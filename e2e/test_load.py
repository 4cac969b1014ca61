"""Deploys under load lose nothing, and without any one of their preventions they do.

`make load` runs it and prints the table. Everything else that it measured is in .slipway/e2e.
"""

from __future__ import annotations

import time
from contextlib import contextmanager

import pytest
from deploy import Deploy, deploy
from ecs import Service, set_variable
from tables import table
from traffic import RESULTS, Result, Traffic

DEPLOYS = 5
#: What the five deploys together have to serve, at this rate from the first request to the last answer. A little
#: more is offered: the start and the last answers take their time.
LEAST_REQUESTS, LEAST_RATE = 50_000, 300

#: Serves its health path from the start, and the app once somebody has asked for it and it is loaded.
_LAZY = """
import threading

loaded, lock = [], threading.Lock()

def load():
    from config.wsgi import application as app
    loaded.append(app)

def application(environ, start_response):
    if loaded:
        return loaded[0](environ, start_response)
    alive = environ["PATH_INFO"] == "/health/live"
    if not alive and lock.acquire(blocking=False):
        threading.Thread(target=load).start()
    start_response("200 OK" if alive else "503 Service Unavailable", [("Content-Length", "0")])
    return []
"""

_rows: list[tuple[object, ...]] = []


def record(what: str, prevention: str, result: Result) -> None:
    """A row of the table."""
    _rows.append((what, prevention, result.requests, result.failed, result.wrong, result.lost))


@pytest.fixture(scope="module", autouse=True)
def printed_table():
    """The table, once all is measured."""
    yield
    print("\n" + table(("what", "prevention removed", "requests", "failed", "wrong", "lost"), _rows))
    print(f"results and plots: {RESULTS}/*/load.png")


@pytest.fixture(scope="module")
def standard(service):
    """What the program has registered."""
    return service.task_definition


@contextmanager
def without(service: Service, standard: str, change):
    """The service with a change to the app's container, and afterwards as the program has it."""
    definition = service.register(change)
    service.roll_out(definition)
    yield
    service.roll_out(standard)
    service.deregister(definition)


def stop_a_task(service: Service, url: str, name: str) -> Result:
    """A task is stopped from outside its service, under the full load."""
    with Traffic(url, name) as traffic:
        arn = service.stop_task()
        traffic.mark("a task is stopped")
        service.wait_for_the_end(arn)
        return traffic.stop()


def pause(url: str, name: str) -> Result:
    """Connections to the tasks are idle for a little longer than gunicorn's default keep-alive of 2 s."""
    with Traffic(url, name, burst=60, every="2100ms") as traffic:
        time.sleep(21)  # ten bursts: the length of the experiment, not a wait for something
        return traffic.stop()


def roll_out(service: Service, url: str, name: str, task_definition: str, **options) -> Result:
    """A rollout under load."""
    with Traffic(url, name, **options) as traffic:
        traffic.mark("rollout")
        service.roll_out(task_definition)
        return traffic.stop()


def test_five_deploys_lose_nothing(slipway, service, url, changed):
    deploys = []
    changed.run("preview")  # compiles the program in its new place
    first = slipway.outputs()["version"]
    with Traffic(url, "deploys") as traffic:
        for number in range(1, DEPLOYS + 1):
            changed.change_a_line(f"Deploy {number}")
            traffic.mark(f"deploy {number}")
            deploys.append(deploy(changed, url))
        result = traffic.stop()
    print(Deploy.table(deploys))
    record(f"{DEPLOYS} deploys of changed code", "none", result)

    assert result.bad == 0, result.first_failures
    assert [found["version"] for found in result.versions] == [first, *(d.version for d in deploys)]
    assert result.requests >= LEAST_REQUESTS
    assert result.requests / result.seconds >= LEAST_RATE
    # Once a deploy says that it is done, its version alone answers.
    marks = [mark["seconds"] for mark in result.marks]
    for found, end in zip(result.versions, marks[1:], strict=False):
        assert found["lastSeconds"] < end, f"{found['version']} answered after {end} s"


def test_a_stopped_task_loses_nothing(service, url, standard):
    result = stop_a_task(service, url, "stopped-task")
    record("a task is stopped", "none", result)
    assert result.bad == 0, result.first_failures


def test_without_the_delay_after_sigterm_it_does(service, url, standard):
    with without(service, standard, lambda container: set_variable(container, "DRAIN_DELAY", "0")):
        result = stop_a_task(service, url, "no-delay")
    record("a task is stopped", "no delay after SIGTERM", result)
    assert result.failed > 0


def test_pauses_lose_nothing(service, url, standard):
    result = pause(url, "pauses")
    record("pauses of 2.1 s", "none", result)
    assert result.bad == 0, result.first_failures


def test_with_gunicorns_default_keep_alive_they_do(service, url, standard):
    command = ["gunicorn", "--config", "gunicorn.conf.py", "--keep-alive", "2", "config.wsgi:application"]
    with without(service, standard, lambda container: container.update(command=command)):
        result = pause(url, "default-keep-alive")
    record("pauses of 2.1 s", "keep-alive of 2 s", result)
    assert result.failed > 0


def test_a_rollout_loses_nothing(service, url, standard):
    result = roll_out(service, url, "rollout", standard)
    record("a rollout", "none", result)
    assert result.bad == 0, result.first_failures


def test_without_readiness_it_does(service, url, standard):
    gunicorn = "exec gunicorn --config gunicorn.conf.py --pythonpath /tmp lazy:application"
    command = ["sh", "-c", f"cat >/tmp/lazy.py <<'EOF'\n{_LAZY}\nEOF\n{gunicorn}"]
    definition = service.register(lambda container: container.update(command=command))
    result = roll_out(service, url, "no-readiness", definition)
    service.roll_out(standard)
    service.deregister(definition)
    record("a rollout", "no readiness", result)
    assert result.failed > 0


def test_without_draining_it_does(service, url, standard):
    key = "deregistration_delay.timeout_seconds"
    delay = service.attributes()[key]
    service.set_attribute(key, "0")
    result = roll_out(service, url, "no-drain", standard)
    service.set_attribute(key, delay)
    record("a rollout", "no drain", result)
    assert result.failed > 0
