"""Prints lines as the app logs them, for app.log. Needs the app's packages, no database:

    cd django-app && python ../components/observability/testdata/record.py \
        > ../components/observability/testdata/app.log
"""

import os
import re
import sys
import time
import types
from unittest import mock

sys.path.insert(0, os.getcwd())
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "DJANGO_SECRET_KEY": os.urandom(40).hex(),
    "DJANGO_ALLOWED_HOSTS": "testserver",
    "DJANGO_SECURE": "false",
    "DB_HOST": "192.0.2.1",
    "DB_PORT": "1",  # nothing answers there
    "DB_NAME": "app",
    "DB_USER": "app",
    "DB_PASSWORD": "app",
    "AWS_REGION": "us-east-1",
    "MEDIA_BUCKET": "media-bucket",
    "APP_VERSION": "0123abcd",
    "APP_ENVIRONMENT": "staging",
}


class Anywhere:
    """Standard output without the paths of this machine, and with short tracebacks."""

    def write(self, text: str) -> int:
        text = re.sub(r"Traceback \(.*?\\n(?=\w+Error: )", "Traceback: ", text)
        return sys.__stdout__.write(text)

    def flush(self) -> None:
        sys.__stdout__.flush()


def record() -> None:
    import django

    sys.stdout = Anywhere()
    django.setup()

    from django.test import Client
    from django_tasks_db.management.commands import db_worker

    from apps.core.worker import Worker
    from apps.users.views import MeView

    client = Client(
        raise_request_exception=False,
        headers={"X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678"},
    )

    def slow(*_: object) -> None:
        time.sleep(1.2)
        raise RuntimeError("broken")

    client.get("/")
    client.get("/nothing")
    client.get("/api/v1/recipes/")  # 401
    client.get("/health/ready")  # a warning
    with mock.patch.multiple(MeView, get=slow, permission_classes=[]):
        client.get("/api/v1/users/me/")  # slow, and 500
    with mock.patch.object(db_worker.Worker, "run_task"):
        worker = Worker(heartbeat=mock.Mock(), interval=1)
        for status in ("SUCCESSFUL", "FAILED"):
            worker.run_task(types.SimpleNamespace(id="1", status=status, task_name="prune"))


record()
