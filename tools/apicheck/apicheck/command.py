"""The command: records, reads, checks, reports."""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from apicheck import record, recorder, rules, shapes, stacks
from apicheck.decode import Call, Fault, decode

WORK = stacks.ROOT / ".slipway/conformance"
#: What was sent, byte for byte; and the same as operations with parameters, for other checks.
SENT, CALLS = WORK / "sent.jsonl.gz", WORK / "calls.jsonl.gz"


def judge(requests: Iterable[recorder.Recorded]) -> list[tuple[Call, list[Fault]]]:
    """Every request as a call, with all that AWS would find wrong with it."""
    history = rules.History()
    found = []
    for request in requests:
        if call := decode(request):
            faults = [*call.faults, *shapes.check(call)]
            found.append((call, [*faults, *rules.check(call, history, sound=not faults)]))
    return found


def main(arguments: list[str] | None = None) -> int:
    """Checks a recording or a new one; exit code 1 when AWS would refuse something."""
    parser = argparse.ArgumentParser(prog="apicheck", description=__doc__)
    parser.add_argument("--recording", type=Path, help="check this one and record nothing")
    parser.add_argument("--operations", action="store_true", help="count every operation, not only every service")
    options = parser.parse_args(arguments)
    if options.recording:
        requests: Iterable[recorder.Recorded] = recorder.read(options.recording)
    else:
        try:
            requests = record.record(WORK)
        except record.Failed as error:
            print(error)
            return 1
        recorder.write(SENT, requests)
    judged = judge(requests)
    if not options.recording:
        save(CALLS, [call for call, _ in judged])
    print("\n" + counts(judged, operations=options.operations))
    return report(judged)


def save(path: Path, calls: list[Call]) -> None:
    """Writes the calls, equal ones of one run once: run, service, operation, parameters, times, statuses."""
    folded: dict[str, list[int]] = defaultdict(list)
    for call in calls:
        key = {"run": call.request.run, "service": call.service, "operation": call.operation, "parameters": call.parameters}
        folded[json.dumps(key, default=_text, sort_keys=True)].append(call.request.status)
    with gzip.open(path, "wt") as file:
        for key, statuses in folded.items():
            line = json.loads(key) | {"times": len(statuses), "statuses": sorted(set(statuses))}
            file.write(json.dumps(line) + "\n")


def _text(value) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def counts(judged: list[tuple[Call, list[Fault]]], *, operations: bool = False) -> str:
    """The table of requests and faults by service, or by operation."""
    requests, faults, kinds = Counter(), Counter(), defaultdict(set)
    for call, found in judged:
        key = str(call) if operations else call.service
        requests[key] += 1
        faults[key] += len(found)
        kinds[key].add(call.operation)
    rows = [("operation" if operations else "service", "operations", "requests", "faults")]
    rows += [(key, str(len(kinds[key])), str(requests[key]), str(faults[key])) for key in sorted(requests)]
    total = len({str(call) for call, _ in judged})
    rows.append(("total", str(total), str(requests.total()), str(faults.total())))
    return "\n".join(f"{a:<44} {b:>10} {c:>9} {d:>7}" for a, b, c, d in rows)


def report(judged: list[tuple[Call, list[Fault]]]) -> int:
    """Prints each fault once, with where it was sent; returns the exit code."""
    again: Counter = Counter()
    first: dict[tuple, Call] = {}
    for call, found in judged:
        for fault in found:
            key = str(call), fault.path, fault.kind, fault.text
            again[key] += 1
            first.setdefault(key, call)
    for key, times in again.items():
        operation, path, kind, text = key
        call = first[key]
        print(f"\n{operation} {path}\n  {kind}: {text}\n  sent {times} times, first in: {call.request.run}")
        print(f"  {json.dumps(call.parameters, default=_text)[:600]}")
    used = {name for one in rules.RULES for name in one.calls}
    seen = {str(call) for call, _ in judged}
    without = [one.name for one in rules.RULES if "*" not in one.calls and not seen & set(one.calls)]
    print(f"\n{len(rules.RULES)} rules between members over {len(used) - 1} operations; not met: {', '.join(without) or 'none'}")
    if again:
        print(f"{len(again)} faults: correct what the program sends; the model or the document named above says how")
        return 1
    print("no fault: AWS's models and documents allow every request")
    return 0
