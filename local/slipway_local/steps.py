"""Named steps with their times, one line each."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

#: Seconds between two lines of a step that is still running.
PROGRESS_SECONDS = 5.0


def say(text: str) -> None:
    """Prints one line at once, also when stdout is a pipe."""
    print(text, flush=True)


class Progress:
    """What a running step is doing; `note` replaces the last text."""

    def __init__(self) -> None:
        self._text = ""
        self.outcome = ""

    def note(self, text: str) -> None:
        if text.strip():
            self._text = text.strip()[:110]

    @property
    def text(self) -> str:
        return self._text


@contextmanager
def step(name: str) -> Iterator[Progress]:
    """Prints the step's end and time; while it runs, its progress every few seconds."""
    progress, started, done = Progress(), time.monotonic(), threading.Event()

    def report() -> None:
        while not done.wait(PROGRESS_SECONDS):
            passed = time.monotonic() - started
            say(f"  ... {name} ({passed:.0f} s) {progress.text}".rstrip())

    reporter = threading.Thread(target=report, daemon=True)
    reporter.start()
    try:
        yield progress
    except BaseException:
        _end(done, reporter)
        print(f"  FAILED {name} ({time.monotonic() - started:.1f} s)", file=sys.stderr, flush=True)
        raise
    _end(done, reporter)
    outcome = f": {progress.outcome}" if progress.outcome else ""
    say(f"  ok {name}{outcome} ({time.monotonic() - started:.1f} s)")


def _end(done: threading.Event, reporter: threading.Thread) -> None:
    done.set()
    reporter.join()
