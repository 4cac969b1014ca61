"""The process that runs background tasks: db_worker, made to live in a container."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from types import FrameType
from typing import Any

from django.db import Error, InterfaceError, OperationalError, connection
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from apps.core import metrics, request_id, tasks

logger = logging.getLogger("app.worker")

# Seconds between looks for abandoned tasks, and between measures of the queue.
ROUND = 60


class Worker(db_worker.Worker):
    """Runs tasks until it is told to stop; then it finishes the one that is running.

    Beyond its base class it outlives an unreachable database, shows that it is alive by
    touching a file, takes up tasks whose worker was killed, and logs one line a task.
    """

    def __init__(self, *, heartbeat: Path, interval: float) -> None:
        super().__init__(
            queue_names=["*"],
            excluded_queue_names=[],
            backend_name="default",
            interval=interval,
            worker_id=get_random_string(32),
            startup_delay=False,
            # One look at the queue for each run of the base class.
            batch=True,
            max_tasks=1,
        )
        self.heartbeat = heartbeat
        self.busy = False
        self.next_round = 0.0

    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        # Nothing else: a signal may come between claiming a task and running it.
        self.running = False

    def run(self) -> None:
        logger.info("worker starts", extra={"worker_id": self.worker_id})
        while self.running:
            self.heartbeat.touch()
            self.busy = False
            try:
                self.make_round()
                super().run()
            except (InterfaceError, OperationalError) as error:
                logger.warning("database is away", extra={"error": type(error).__name__})
                connection.close()
            if self.running and not self.busy:
                time.sleep(self.interval)
        logger.info("worker has stopped", extra={"worker_id": self.worker_id})

    def run_task(self, db_task_result: DBTaskResult[Any, Any]) -> None:
        self.busy = True
        self.heartbeat.touch()
        token = request_id.current.set(str(db_task_result.id))
        started = time.perf_counter()
        try:
            super().run_task(db_task_result)
        finally:
            self.heartbeat.touch()
            duration_ms = round((time.perf_counter() - started) * 1000, 1)
            failed = db_task_result.status != "SUCCESSFUL"
            logger.log(
                logging.ERROR if failed else logging.INFO,
                "task",
                extra={
                    "task": db_task_result.task_name,
                    "status": db_task_result.status,
                    "duration_ms": duration_ms,
                    "worker_id": self.worker_id,
                    **metrics.embedded(
                        TaskDuration=(duration_ms, "Milliseconds"),
                        TaskFailures=(int(failed), "Count"),
                    ),
                },
            )
            request_id.current.reset(token)

    def make_round(self) -> None:
        """Now and then, see to abandoned tasks and measure the queue."""
        if time.monotonic() < self.next_round:
            return
        self.next_round = time.monotonic() + ROUND
        try:
            tasks.take_up_abandoned()
            waiting = tasks.waiting()
        except (InterfaceError, OperationalError):
            raise
        except Error:
            logger.exception("the queue can't be looked after")
            return
        logger.info("queue", extra=metrics.embedded(TasksWaiting=(waiting, "Count")))
