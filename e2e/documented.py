"""The commands in the documents, so that tests run them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"\s+# .*$")


@dataclass(frozen=True)
class Command:
    """A line of a ```sh block."""

    page: str
    line: str

    def __str__(self) -> str:
        return f"{self.page}: {self.line}"


def pages() -> list[Path]:
    """The documents whose commands are typed as they stand, from the top of the repository.

    Those of docs/adapt.md change the repository: `make e2e-adapt` runs them in a copy.
    """
    return [ROOT / "README.md", *(page for page in sorted((ROOT / "docs").glob("*.md")) if page.name != "adapt.md")]


def commands() -> list[Command]:
    """All commands of all documents, in their order."""
    return [
        Command(page.relative_to(ROOT).as_posix(), _COMMENT.sub("", line).strip())
        for page in pages()
        for block in _BLOCK.findall(page.read_text())
        for line in re.sub(r"\\\n\s*", "", block).splitlines()
        if line.strip() and not line.strip().startswith("#")
    ]


#: Commands that can't be run as they stand on a local stack that has to stay up: a pattern of the whole line, and why.
NOT_HERE = {
    r".*\bTARGET=aws\b.*": "needs an account; how far it goes without one is tested",
    r"export PULUMI_(BACKEND_URL|SECRETS_PROVIDER)=.*YOUR-.*": "the reader's own values",
    r"pulumi (login|stack init|config set|up)\b.*": "needs an account; the reader's own values",
    r"make createsuperuser .*": "asks for a password; the browser test gives one",
    r"(for .*; do )?curl .*": "changes a project on GitLab",
    r"git commit .*": "changes the reader's repository",
    r"make base-images\b.*": "asks the images' own registries; its tests have one of their own",
    r"make rollback .*": "changes the reader's repository; make ci-local rolls prod back",
    r".*VERSION=\.\.\.": "the reader chooses the version; make e2e-state restores one",
    r"slipway lease .*": "what make up runs",
    r".* state unlock .*--force": "not while a stack is in use; make e2e-state breaks locks",
    r"make (down|stop|clean)\b.*": "ends the stack; the end of make e2e",
    r"make up": "the beginning of make e2e",
    r"make (test|scan|e2e[a-z-]*|test-[a-z]+)\b.*": "run by .ci/run, the controls by make test",
}


def why_not(command: Command) -> str | None:
    """Why the command is not run on a stack that is up, if it is not."""
    return next((why for pattern, why in NOT_HERE.items() if re.fullmatch(pattern, command.line)), None)
