"""What a module of the extension raises for an error that an API documents."""

from __future__ import annotations


class Refused(Exception):
    """An error with the API's code; its text is the message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
