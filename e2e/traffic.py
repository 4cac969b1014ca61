"""Traffic through a stack's load balancer while something happens to it: e2e/load, seen from Python."""

from __future__ import annotations

import json
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path

from local import load_balancer

ROOT = Path(__file__).resolve().parent.parent
#: Built by `make load` and `make faults`.
PROGRAM = ROOT / ".slipway/e2e/load"
#: Results of every run: JSON, requests as CSV, a plot.
RESULTS = ROOT / ".slipway/e2e"
#: Seconds until it has registered its users, and until its last answers are there.
_PREPARE, _FINISH = 120, 180


@dataclass(frozen=True)
class Result:
    """What one run measured."""

    requests: int
    failed: int
    wrong: int
    lost: int
    seconds: float
    line: str
    directory: Path
    #: Versions in the order in which they first answered: version, firstSeconds, lastSeconds, answers.
    versions: list[dict] = field(default_factory=list)
    #: When, kind, connection and reason of every request that went wrong.
    failures: list[dict] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    marks: list[dict] = field(default_factory=list)

    @property
    def bad(self) -> int:
        """Requests that failed or got a wrong answer, and writes that got lost."""
        return self.failed + self.wrong + self.lost

    @property
    def first_failures(self) -> str:
        """What to look at first."""
        found = [f"{f['seconds']:.1f} s, {f['kind']} ({f['connection']}): {f['what']}" for f in self.failures[:5]]
        return "\n".join([*found, *self.losses[:5], f"all of them: {self.directory}/load.json"])


class Traffic:
    """A run of e2e/load, from `with` to `stop` or the block's end; `options` are its flags without dashes."""

    def __init__(self, url: str, name: str, **options: object) -> None:
        address, authority = load_balancer(url)
        self.directory = RESULTS / name
        flags = {"url": url, "connect": address, "ca": authority, "out": self.directory, **options}
        self._command = [str(PROGRAM), *(f"--{flag}={value}" for flag, value in flags.items())]
        self._began = threading.Event()
        self._lines: list[str] = []
        self.result: Result | None = None

    def __enter__(self) -> Traffic:
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "load.json").unlink(missing_ok=True)
        self._process = subprocess.Popen(self._command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._began.wait(_PREPARE) or self._process.poll() is not None:
            self._process.kill()
            raise AssertionError("the traffic did not begin: the reason is in the lines above")
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        if self.result is None:
            self.stop()
        if failure is not None:
            print(f"traffic meanwhile: {self.result.line}\n{self.result.first_failures}", flush=True)

    def _read(self) -> None:
        for line in self._process.stdout:
            print(line, end="", flush=True)
            self._lines.append(line.rstrip())
            self._began.set()
        self._began.set()

    def mark(self, text: str) -> None:
        """Notes a moment on the time axis of the results."""
        self._process.stdin.write(f"{text}\n")
        self._process.stdin.flush()

    def stop(self) -> Result:
        """Ends the run and waits for its last answers."""
        self._process.stdin.close()
        try:
            status = self._process.wait(_FINISH)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        finally:
            self._reader.join(10)
        assert status == 0, f"the load generator ended with {status}: the reason is in the lines above"
        found = json.loads((self.directory / "load.json").read_text())
        names = ("requests", "failed", "wrong", "lost", "seconds", "versions", "failures", "losses", "marks")
        self.result = Result(**{name: found[name] for name in names}, line=self._lines[-1], directory=self.directory)
        return self.result
