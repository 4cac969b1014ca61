"""Typed parsers over environment variables that collect every problem."""

from __future__ import annotations

import re
from collections.abc import Mapping

TRUE = {"true", "1", "yes", "on"}
FALSE = {"false", "0", "no", "off"}


class Reader:
    """Reads typed values; an empty variable counts as unset.

    A bad or missing value is noted in `problems` and replaced by a harmless stand-in, so
    that one pass reports everything. Callers must not use the values while there are
    problems. No value marked secret is ever repeated in a problem.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def problem(self, name: str, text: str) -> None:
        self.problems.append(f"{name}: {text}")

    def is_set(self, name: str) -> bool:
        return bool(self.environ.get(name, "").strip())

    def text(
        self,
        name: str,
        expected: str,
        *,
        default: str | None = None,
        pattern: str = r".+",
        secret: bool = False,
    ) -> str:
        """Return the stripped value, which must match the whole of `pattern`.

        Without a default the variable is required.
        """
        value = self.environ.get(name, "").strip()
        if not value:
            if default is None:
                self.problem(name, f"missing; must be {expected}")
            return default or ""
        if not re.fullmatch(pattern, value):
            shown = "the value" if secret else repr(value)
            self.problem(name, f"{shown} is wrong; must be {expected}")
        return value

    def integer(self, name: str, *, default: int, minimum: int, maximum: int) -> int:
        value = self.environ.get(name, "").strip()
        if not value:
            return default
        if re.fullmatch(r"\d{1,9}", value) and minimum <= int(value) <= maximum:
            return int(value)
        self.problem(
            name, f"{value!r} is wrong; must be a whole number from {minimum} to {maximum}"
        )
        return default

    def boolean(self, name: str, *, default: bool) -> bool:
        value = self.environ.get(name, "").strip().lower()
        if not value:
            return default
        if value not in TRUE | FALSE:
            self.problem(name, f"{value!r} is wrong; must be true or false")
        return value in TRUE

    def choice(self, name: str, choices: tuple[str, ...], *, default: str) -> str:
        value = self.environ.get(name, "").strip() or default
        if value not in choices:
            self.problem(name, f"{value!r} is wrong; must be one of {', '.join(choices)}")
        return value

    def items(self, name: str, expected: str, *, pattern: str, required: bool) -> list[str]:
        """Return a comma-separated list; every item must match the whole of `pattern`."""
        found = [item.strip() for item in self.environ.get(name, "").split(",") if item.strip()]
        if required and not found:
            self.problem(name, f"missing; must be {expected}, separated by commas")
        wrong = [item for item in found if not re.fullmatch(pattern, item)]
        if wrong:
            self.problem(name, f"{', '.join(map(repr, wrong))} is wrong; each must be {expected}")
        return found
