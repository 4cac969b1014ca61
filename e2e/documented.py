"""The commands in the documents, so that tests run them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_BLOCK = re.compile(r"^```sh( norun)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"\s+# .*$")


@dataclass(frozen=True)
class Command:
    """A line of a ```sh block."""

    page: str
    line: str
    #: False in blocks marked `norun`, which name what only the reader knows.
    runs: bool

    def __str__(self) -> str:
        return f"{self.page}: {self.line}"


def pages() -> list[Path]:
    """The documents whose commands are meant to be typed as they stand, from the top of the repository."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands() -> list[Command]:
    """All commands of all documents, in their order."""
    return [
        Command(page.relative_to(ROOT).as_posix(), _COMMENT.sub("", line).strip(), not norun)
        for page in pages()
        for norun, block in _BLOCK.findall(page.read_text())
        for line in block.splitlines()
        if line.strip() and not line.startswith("#")
    ]
