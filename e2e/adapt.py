"""Does to a copy of the repository what docs/adapt.md says, with a project that django-admin has just made.

    python -m adapt DIRECTORY

leaves the adapted copy in DIRECTORY, to look at. The blocks of the page are run as they stand there.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/adapt.md"
#: The app that is added to the fresh project: a model, its page and a route.
NOTES = Path(__file__).resolve().parent / "notes"
#: Has Django as the sample app has it.
PYTHON = ROOT / ".slipway/venvs/django/bin/python"


@dataclass(frozen=True)
class Step:
    """A heading of the page with the shell commands below it."""

    title: str
    script: str


def steps(page: str) -> list[Step]:
    """The page's numbered steps. Raises ValueError unless they count from 1 and each has commands."""
    found = []
    for number, section in enumerate(re.split(r"(?m)^## ", page)[1:], start=1):
        title = section.split("\n", 1)[0]
        blocks = re.findall(r"(?ms)^```(\S*)\n(.*?)^```$", section)
        if not title.startswith(f"{number}. "):
            raise ValueError(f"the step {title!r} should have the number {number}")
        if not blocks or {language for language, _ in blocks} != {"sh"}:
            raise ValueError(f"the step {title!r} should have blocks of sh, and no others")
        found.append(Step(title, "\n".join(text for _, text in blocks)))
    return found


def copy_repository(target: Path) -> None:
    """Copies the project's own files as they are now, committed as a clone would have them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE,
    ).stdout  # fmt: skip
    target.mkdir(parents=True, exist_ok=True)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name, follow_symlinks=False)
    for arguments in (
        ("init", "--quiet"),
        ("add", "--all"),
        ("-c", "user.name=adapt", "-c", "user.email=adapt@example.com", "commit", "--quiet", "--message", "A copy"),
    ):
        subprocess.run(["git", *arguments], cwd=target, check=True)


def fresh_project(target: Path) -> None:
    """What `django-admin startproject mysite` makes, with the app `notes`."""
    target.mkdir()

    def run(*arguments: str) -> None:
        subprocess.run([PYTHON, *arguments], cwd=target, check=True)

    run("-m", "django", "startproject", "mysite", ".")
    run("manage.py", "startapp", "notes")
    shutil.copytree(NOTES, target / "notes", dirs_exist_ok=True)
    with (target / "mysite/settings.py").open("a") as settings:
        settings.write('\nINSTALLED_APPS.append("notes")\n')
    with (target / "mysite/urls.py").open("a") as urls:
        urls.write('\nfrom notes.views import notes\n\nurlpatterns.append(path("notes/", notes))\n')
    run("manage.py", "makemigrations", "notes")


def run_step(step: Step, copy: Path, project: Path) -> None:
    """Runs a step's commands in the copy; the first that fails ends it."""
    print(f"==> {step.title}", flush=True)
    environment = {**os.environ, "PROJECT": str(project)}
    subprocess.run(["bash", "-eu", "-o", "pipefail", "-c", step.script], cwd=copy, env=environment, check=True)


def main() -> int:
    target = Path(sys.argv[1]).absolute()
    copy_repository(target)
    project = target.with_name(target.name + "-project")
    fresh_project(project)
    for step in steps(PAGE.read_text()):
        if step.script.strip() != "make up":
            run_step(step, target, project)
    print(f"adapted: cd {target} && make up")
    return 0


if __name__ == "__main__":
    sys.exit(main())
