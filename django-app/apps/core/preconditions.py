"""Optimistic concurrency: ETag and If-Match (RFC 9110, section 13.1.1)."""

from __future__ import annotations

import re
from collections.abc import Collection

from django.utils.http import parse_etags
from rest_framework.request import Request

from apps.core.problems import PreconditionFailed


def etag(version: int) -> str:
    return f'"{version}"'


def if_match(request: Request) -> Collection[int] | None:
    """Return the versions that the request may change, or None when it does not care."""
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    # Weak tags never match; nor does what is no tag of ours.
    found = (re.fullmatch(r'"(\d{1,10})"', tag) for tag in parse_etags(header))
    return {int(match[1]) for match in found if match}


def check(version: int, allowed: Collection[int] | None) -> None:
    """Raise PreconditionFailed unless this version may be changed."""
    if allowed is not None and version not in allowed:
        raise PreconditionFailed
