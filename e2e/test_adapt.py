"""docs/adapt.md is true: its steps turn a fresh Django project into one that runs here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from adapt import PAGE, PYTHON, ROOT, Step, copy_repository, fresh_project, run_step, steps
from api import Api

import local

#: Always the same place, so that the program compiles once.
COPY = ROOT / ".slipway/adapted"
#: What the app is told in AWS; without a database's answer nothing here needs one.
ENVIRONMENT = {
    "DJANGO_SECRET_KEY": "not-secret-" * 5,
    "DJANGO_ALLOWED_HOSTS": "localhost",
    "DB_HOST": "127.0.0.1", "DB_NAME": "none", "DB_USER": "none", "DB_PASSWORD": "none",
    "AWS_REGION": "us-east-1", "MEDIA_BUCKET": "none",
}  # fmt: skip


def apart(page: list[Step]) -> tuple[list[Step], Step, list[Step]]:
    """The steps before `make up`, that one, and those after it."""
    (place,) = (place for place, step in enumerate(page) if step.script.strip() == "make up")
    return page[:place], page[place], page[place + 1 :]


def outputs(copy: Path) -> dict[str, str]:
    asked = [copy / "scripts/pulumi", "staging", "stack", "output", "--json"]
    return json.loads(subprocess.run(asked, cwd=copy, check=True, text=True, stdout=subprocess.PIPE).stdout)


@pytest.fixture(scope="module")
def adapted() -> Path:
    """A copy of the repository with the steps before `make up` done to it."""
    project = COPY.with_name(COPY.name + "-project")
    for directory in (COPY, project):
        shutil.rmtree(directory, ignore_errors=True)
    copy_repository(COPY)
    # Python environments follow from lock files, which are the same there.
    (COPY / ".slipway").mkdir()
    (COPY / ".slipway/venvs").symlink_to(ROOT / ".slipway/venvs")
    fresh_project(project)
    before, _, _ = apart(steps(PAGE.read_text()))
    for step in before:
        run_step(step, COPY, project)
    return COPY


def test_there_are_ten_steps():
    assert len(steps(PAGE.read_text())) == 10


@pytest.mark.parametrize(
    ("page", "complaint"),
    [
        ("## 2. Second\n```sh\ntrue\n```\n", "should have the number 1"),
        ("## 1. First\nnothing to run\n", "blocks of sh"),
        ("## 1. First\n```python\npass\n```\n", "blocks of sh"),
    ],
)
def test_a_page_that_cannot_be_run_is_refused(page, complaint):
    with pytest.raises(ValueError, match=complaint):
        steps(page)


def test_a_step_that_fails_is_noticed(tmp_path):
    with pytest.raises(subprocess.CalledProcessError):
        run_step(Step("1. Fails", "false\ntrue"), tmp_path, tmp_path)


@pytest.mark.parametrize(
    "command",
    [
        ("check", "--fail-level", "WARNING"),
        ("makemigrations", "--check", "--dry-run"),
        ("help", "migrate_locked"),
        ("help", "worker"),
        ("help", "prune"),
    ],
)
def test_the_adapted_app_is_whole(adapted, command):
    subprocess.run(
        [PYTHON, "manage.py", *command],
        cwd=adapted / "django-app", env={**os.environ, **ENVIRONMENT}, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.stack
def test_the_adapted_app_serves(adapted):
    _, up, after = apart(steps(PAGE.read_text()))
    # There is one local AWS on a machine: whatever it holds of another clone goes.
    subprocess.run(["make", "stop"], cwd=adapted, check=True)
    try:
        run_step(up, adapted, adapted)
        found = outputs(adapted)
        assert found["apiDocsUrl"] == found["url"] + "/notes/"
        answer = Api(found["url"], *local.where(found["url"])).call("GET", "/notes/", 200).json()
        (note,) = answer["notes"]
        assert note.startswith("smoke "), "the row that the smoke check stored"
        assert answer["database"].startswith("PostgreSQL 17"), answer["database"]
        for step in after:
            run_step(step, adapted, adapted)
        assert "sample-app" not in os.listdir(adapted)
    finally:
        subprocess.run(["make", "stop"], cwd=adapted, check=True)
