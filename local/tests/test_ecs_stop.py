"""The containers of a task that ends, on an engine that is too busy to notice it."""

import pytest
from docker.errors import APIError, NotFound
from slipway_aws import ecs_stop


class Container:
    """Its engine fails to stop it; it ends when it is killed for the second time."""

    id, name, labels = "c", "c", {"slipway.stop-timeout": "7"}

    def __init__(self, problem):
        self.problem, self.kills, self.status, self.waited = problem, 0, "running", None
        self.client = self
        self.api = self

    def _url(self, path, identifier):
        return path

    def post(self, url, params, timeout):
        self.waited = params["t"]

    def _raise_for_status(self, response):
        raise self.problem

    def reload(self):
        if self.kills == 2:
            self.status = "exited"

    def kill(self):
        self.kills += 1


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(ecs_stop, "_KILL_POLL", 0)


def test_a_container_that_the_engine_fails_to_stop_is_killed():
    container = Container(APIError("did not receive an exit event"))
    ecs_stop._stop(container)
    assert (container.waited, container.kills, container.status) == (7, 2, "exited")


def test_a_container_that_is_gone_needs_nothing():
    container = Container(NotFound("gone"))
    ecs_stop._stop(container)
    assert container.kills == 0


def test_a_log_that_is_not_read_yet_is_waited_for():
    """A container that ends at once is removed while the thread that reads its log is about to begin."""

    class Thread:
        joined = 0

        def join(self, timeout):
            self.joined += 1
            if self.joined < 3:
                raise RuntimeError("cannot join thread before it is started")

    thread = Thread()
    ecs_stop._join(thread)
    assert thread.joined == 3
