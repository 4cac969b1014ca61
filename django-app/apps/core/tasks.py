"""What background tasks have in common.

A task is a row of the app's own database. Enqueued inside a transaction, it exists exactly
when the change that asked for it was committed. It may run more than once, so every task
is written to be repeated.
"""

from __future__ import annotations

import logging
import random
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from django.db import transaction
from django.utils import timezone
from django_tasks.base import Task, TaskResultStatus
from django_tasks_db.models import DBTaskResult

logger = logging.getLogger("app.tasks")

# A running task's worker is gone for certain: it is unhealthy after 180 s of silence
# (config.workercheck), ECS sees that within minutes and waits 120 s at most for its end.
ABANDONED_AFTER = timedelta(minutes=10)
# A task that takes its worker with it, say by its use of memory, must not do so for ever.
MAX_STARTS = 3

# Seconds before each further attempt: half an hour in all.
BACK_OFF = (5, 30, 120, 600, 1200)

# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
TRANSIENT_CODES = {
    "InternalError",
    "OperationAborted",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
}


def is_transient(error: Exception) -> bool:
    """Tell whether what AWS answered, or its silence, may be different in a while."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or error.response.get("Error", {}).get("Code") in TRANSIENT_CODES
    # The others never reached AWS: no connection, no answer, no credentials at the moment.
    return isinstance(error, BotoCoreError) and not isinstance(error, ParamValidationError)


def try_later(task: Task[..., None], error: Exception, *, attempt: int, **arguments: Any) -> None:
    """Enqueue the next attempt of a task that failed; re-raise `error` if there is no point.

    The task takes `attempt`, counted from 0, among its keyword arguments.
    """
    if not is_transient(error) or attempt >= len(BACK_OFF):
        raise error
    # Up to a half more, so that tasks that failed together do not come back together.
    delay = BACK_OFF[attempt] * random.uniform(1, 1.5)  # noqa: S311 - no secret
    logger.warning(
        "task is tried again later",
        extra={"task": task.name, "attempt": attempt, "delay_s": round(delay), "error": str(error)},
    )
    later = task.using(run_after=timezone.now() + timedelta(seconds=delay))
    later.enqueue(**arguments, attempt=attempt + 1)


@transaction.atomic
def take_up_abandoned() -> None:
    """Make tasks ready again whose worker was killed; give up on those started too often."""
    abandoned = DBTaskResult.objects.running().filter(
        started_at__lt=timezone.now() - ABANDONED_AFTER
    )
    for result in abandoned.select_for_update(skip_locked=True):
        if len(result.worker_ids) < MAX_STARTS:
            result.status = TaskResultStatus.READY
            result.save(update_fields=["status"])
        else:
            result.set_failed(RuntimeError(f"abandoned by {MAX_STARTS} workers"))
        logger.warning(
            "task was abandoned",
            extra={"task": result.task_name, "task_id": str(result.id), "status": result.status},
        )


def waiting() -> int:
    """Return how many tasks could run now."""
    return DBTaskResult.objects.ready().count()
