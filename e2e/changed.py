"""A copy of the project whose app may be changed, so that the working tree stays as it is.

Everything but the app is a link to the project, also .slipway with the state of its stacks: a deploy from the copy is
a deploy of the same stack.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
_PLACE = ROOT / ".slipway/changed"
_APP, _STATE = "django-app", ".slipway"
_VIEWS = "apps/core/views.py"


class Changed:
    """The copy; made anew each time.

    `environment` are variables that differ from those of the local AWS, such as its address or credentials;
    `configuration` are values that differ from the stack's. With either, the copy has files of its own for them.
    """

    def __init__(
        self,
        stack: str,
        environment: Mapping[str, str] | None = None,
        configuration: Mapping[str, object] | None = None,
    ) -> None:
        self.stack = stack
        # Always the same place, so that the program compiles once.
        self.place = _PLACE
        self.app = self.place / _APP
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir(parents=True)
        _link(ROOT, self.place, {_APP, ".git", _STATE})
        self._link_state(environment or {}, configuration or {})
        self.restore()

    def _link_state(self, environment: Mapping[str, str], configuration: Mapping[str, object]) -> None:
        own, known = self.place / _STATE, ROOT / _STATE
        values = f"Pulumi.{self.stack}.yaml"
        if not environment and not configuration:
            own.symlink_to(known)
            return
        own.mkdir()
        _link(known, own, {_PLACE.name, "local.env", values, "Pulumi.yaml"})
        lines = dict(line.split("=", 1) for line in (known / "local.env").read_text().splitlines() if "=" in line)
        (own / "local.env").write_text("".join(f"{k}={v}\n" for k, v in {**lines, **environment}.items()))
        content = yaml.safe_load((known / values).read_text())
        content["config"] |= configuration
        (own / values).write_text(yaml.safe_dump(content))

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
        return [str(self.place / "scripts/pulumi"), self.stack, *arguments]

    def start(self, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen:
        """The same as a process whose output is one stream of text, in a session of its own."""
        return subprocess.Popen(
            self.command(*arguments), cwd=self.place, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, env=os.environ | {"PWD": str(self.place)} | dict(environment or {}),
        )  # fmt: skip

    def run(self, *arguments: str) -> str:
        """The output of a command that has to succeed."""
        process = self.start(*arguments)
        output, _ = process.communicate()
        assert process.returncode == 0, f"{' '.join(arguments)} ended with {process.returncode}:\n{output}"
        return output

    def output(self, name: str) -> str:
        """An output of the stack."""
        command = self.command("stack", "output", name)
        return subprocess.run(command, cwd=self.place, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()

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


def _link(source: Path, target: Path, without: set[str]) -> None:
    """Links to everything in a directory."""
    for entry in source.iterdir():
        if entry.name not in without:
            (target / entry.name).symlink_to(entry)
