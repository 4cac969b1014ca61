"""From a changed line of the app to its verified answer: where the time goes.

    python -m deploy [--stack STACK]

Changes a line in a copy of the app, deploys it, and prints how long each part took.
"""

from __future__ import annotations

import argparse
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from api import Api
from app_check import check
from changed import Changed
from tables import table

from local import where

#: The parts of a deploy, and the line of Pulumi's output that begins each. What comes between the end of the rollout
#: and the end of Pulumi, such as the deletion of the version before, is `finish`.
_BEGINS = (
    ("preview", r""),
    ("build", r"^Updating \("),
    ("push", r" image: .* pushing to "),
    ("register", r" image: pushed "),
    ("migrate", r" migration: starting "),
    ("rollout", r"aws:ecs:Service (?!.*worker).* (updating|creating)"),
    ("workers", r"aws:ecs:Service .*worker.* (updating|creating)"),
    ("finish", r"aws:ecs:Service .*worker.* rollout: (\d+) of \1 tasks of \S+ run\s*$"),
)
_LAST = "verify"
#: Seconds between two questions for the version.
_POLL = 0.1


@dataclass(frozen=True)
class Deploy:
    """One deploy: the version that it brought, and the seconds that each part took."""

    version: str
    parts: dict[str, float]
    #: From the changed line until no version before it answers any more.
    live: float

    @property
    def seconds(self) -> float:
        """From the changed line until `up` is done, workers included, and the app has stored and read back."""
        return sum(self.parts.values())

    @staticmethod
    def table(deploys: Iterable[Deploy]) -> str:
        """A row for each, with the seconds of its parts."""
        names = [name for name, _ in _BEGINS] + [_LAST]
        rows = [
            [d.version, *(f"{d.parts[name]:.1f}" for name in names), f"{d.seconds:.1f}", f"{d.live:.1f}"]
            for d in deploys
        ]
        return table(("seconds to deploy", *names, "in all", "alone live after"), rows)


class Watch:
    """Asks for the version several times a second, from `with` to the block's end."""

    def __init__(self, url: str) -> None:
        self._api, self._end = Api(url, *where(url)), threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        #: Version -> when it answered last.
        self.last: dict[str, float] = {}
        self._problem: Exception | None = None

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        self._end.set()
        self._thread.join()
        if self._problem and not failure:
            raise self._problem

    def _ask(self) -> None:
        try:
            while not self._end.wait(_POLL):
                version = self._api.call("GET", "/version", 200).json()["version"]
                self.last[version] = time.monotonic()
        except Exception as problem:
            self._problem = problem


def timed(lines: Iterable[str], clock: Callable[[], float] = time.monotonic) -> dict[str, float]:
    """The seconds of each part, from lines of Pulumi's output as they come. A part that never begins takes none."""
    moments = [clock()]
    for line in lines:
        # Parts come in their order; one may be skipped, and lines of an earlier one are passed over.
        for index in range(len(moments), len(_BEGINS)):
            if re.search(_BEGINS[index][1], line):
                moments += [clock()] * (index - len(moments) + 1)
                break
    moments += [clock()] * (len(_BEGINS) - len(moments) + 1)
    return {name: moments[i + 1] - moments[i] for i, (name, _) in enumerate(_BEGINS)}


def deploy(changed: Changed, url: str) -> Deploy:
    """Deploys the copy as it is, and returns once its version has stored and read back through the load balancer."""
    began = time.monotonic()
    process = changed.start("up", "--yes")

    def shown() -> Iterable[str]:
        for line in process.stdout:
            print(line, end="", flush=True)
            yield line

    with Watch(url) as watch:
        parts = timed(shown())
        status = process.wait()
        assert status == 0, f"up ended with {status}: the reason is in the lines above"
        done = time.monotonic()
        version = check(Api(url, *where(url))).version
        parts[_LAST] = time.monotonic() - done
    before = [when for known, when in watch.last.items() if known != version]
    return Deploy(version, parts, max(before, default=began) - began)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stack", default="staging")
    stack = parser.parse_args().stack
    changed = Changed(stack)
    changed.run("preview")  # compiles the program in its new place
    url = changed.output("url")
    before = check(Api(url, *where(url))).version
    changed.change_a_line(f"Changed at {time.time_ns()}")
    done = deploy(changed, url)
    print("\n" + Deploy.table([done]))
    if done.version == before:
        print(f"version {before} still serves", file=sys.stderr)
        return 1
    changed.restore()
    return 0


if __name__ == "__main__":
    sys.exit(main())
