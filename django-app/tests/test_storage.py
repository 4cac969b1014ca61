"""Files: one never takes another's place, whatever they are called."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


def test_two_files_of_one_name_are_two_files(bucket):
    names = [default_storage.save("menus/week 1.pdf", ContentFile(text)) for text in (b"1", b"2")]

    assert len({*names}) == 2
    assert all(re.fullmatch(r"menus/week 1_[A-Za-z0-9]{22}\.pdf", name) for name in names)
    stored = [bucket.Object(f"media/{name}").get()["Body"].read() for name in names]
    assert stored == [b"1", b"2"]


def test_names_fit_their_column():
    name = default_storage.get_available_name(f"menus/{'x' * 300}.pdf", max_length=100)

    assert len(name) == 100
    assert re.fullmatch(r"menus/x+_[A-Za-z0-9]{22}\.pdf", name)
    with pytest.raises(SuspiciousFileOperation, match="larger max_length"):
        default_storage.get_available_name("menus/x.pdf", max_length=30)


@pytest.mark.parametrize(("given", "start", "end"), [(".env", ".env", ""), ("a/b", "a/b", "")])
def test_names_without_an_ending(given, start, end):
    name = default_storage.get_available_name(given)

    assert re.fullmatch(rf"{re.escape(start)}_[A-Za-z0-9]{{22}}{end}", name)
