"""Refuses to run over a MiniStack other than the one this extension was written for."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

from slipway_aws import MINISTACK


class Incompatible(RuntimeError):
    """MiniStack is missing, another version, or lacks a function that is wrapped."""


def check(required: Iterable[Mapping[str, Mapping[str, str]]]) -> None:
    """Compares the installed version and the signature of every wrapped function.

    `required` is one REQUIRED table per module: MiniStack's module -> {name: parameters, comma separated, or "" for
    a name that is no function}. Raises Incompatible naming every difference.
    """
    try:
        found = version("ministack")
    except PackageNotFoundError:
        raise Incompatible(f"ministack is not installed; install ministack[full]=={MINISTACK}") from None
    if found != MINISTACK:
        raise Incompatible(
            f"ministack {found} is installed, but the extension wraps {MINISTACK}; "
            f"pin ministack[full]=={MINISTACK}, or port slipway_aws to {found} and change its MINISTACK"
        )
    problems = [problem for table in required for problem in _differences(table)]
    if problems:
        raise Incompatible(
            f"ministack {found} differs from the one the extension wraps; reinstall it from the lock file:\n  "
            + "\n  ".join(problems)
        )


def _differences(table: Mapping[str, Mapping[str, str]]) -> Iterable[str]:
    for module_name, wanted in table.items():
        module = import_module(f"ministack.{module_name}")
        for name, parameters in wanted.items():
            if not hasattr(module, name):
                yield f"ministack.{module_name}.{name} is missing"
            elif parameters:
                found = ", ".join(inspect.signature(getattr(module, name)).parameters)
                if found != parameters:
                    yield f"ministack.{module_name}.{name} takes ({found}) instead of ({parameters})"
