"""A copy of the project whose app may be changed, so that the working tree stays as it is.

Everything but the app is a link to the project, also .slipway with the state of its stacks: a deploy from the copy is
a deploy of the same stack.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Always the same place, so that the program compiles once. Not below .slipway's own link.
PLACE = ROOT / ".slipway/changed"
_APP, _OWN = "django-app", {"django-app", ".git"}
_VIEWS = "apps/core/views.py"


class Changed:
    """The copy; made anew each time."""

    def __init__(self, stack: str) -> None:
        self.stack = stack
        self.app = PLACE / _APP
        shutil.rmtree(PLACE, ignore_errors=True)
        PLACE.mkdir(parents=True)
        for entry in ROOT.iterdir():
            if entry.name not in _OWN:
                (PLACE / entry.name).symlink_to(entry)
        self.restore()

    def restore(self) -> None:
        """Makes the copy's app the project's again."""
        shutil.rmtree(self.app, ignore_errors=True)
        # What Git ignores, such as byte code, is not in the image either.
        shutil.copytree(ROOT / _APP, self.app, ignore=shutil.ignore_patterns("__pycache__", ".*_cache", ".venv"))

    def change_a_line(self, text: str) -> None:
        """Changes one line of the app's code, which makes another image and version of it."""
        file = self.app / _VIEWS
        file.write_text((ROOT / _APP / _VIEWS).read_text() + f"\n# {text}\n")

    def write(self, path: str, text: str) -> None:
        """Writes a file of the app."""
        (self.app / path).write_text(text)

    def command(self, *arguments: str) -> list[str]:
        """Pulumi on the stack, from the copy."""
        return [str(PLACE / "scripts/pulumi"), self.stack, *arguments]

    def start(self, *arguments: str, **options: object) -> subprocess.Popen:
        """The same as a process whose output is one stream of text, in a process group of its own."""
        return subprocess.Popen(
            self.command(*arguments), cwd=PLACE, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, env=os.environ | {"PWD": str(PLACE)}, **options,
        )  # fmt: skip

    def output(self, name: str) -> str:
        """An output of the stack."""
        command = self.command("stack", "output", name)
        return subprocess.run(command, cwd=PLACE, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()

    def up(self, check: bool = True) -> str:
        """`up`, shown as it comes; the output, or an AssertionError when it does not end as expected."""
        process = self.start("up", "--yes")
        lines = []
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
        status = process.wait()
        assert (status == 0) == check, f"up ended with {status}"
        return "".join(lines)
