"""Files in S3 whose names are never used twice."""

from __future__ import annotations

from pathlib import PurePosixPath

from django.core.exceptions import SuspiciousFileOperation
from django.utils.crypto import get_random_string
from storages.backends.s3 import S3Storage  # type: ignore[import-untyped]
from storages.utils import clean_name  # type: ignore[import-untyped]

RANDOM = 22  # letters and digits: 131 bits, as hard to guess as a key


class UniqueNamesS3Storage(S3Storage):  # type: ignore[misc]
    """Adds a random part to every name, so that no file takes another's place.

    A look-up before each upload would leave a moment in which two find the same name free, and
    needs the right to list the bucket.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        path = PurePosixPath(clean_name(name))
        end = f"_{get_random_string(RANDOM)}{path.suffix}"
        start = str(path.with_suffix(""))
        if max_length is not None:
            kept = start[: max(max_length - len(end), 0)]
            if len(kept) <= len(start) - len(path.stem):
                raise SuspiciousFileOperation(
                    f"no name of at most {max_length} characters can be made of {name!r}: "
                    "give the field a larger max_length"
                )
            start = kept
        return start + end
