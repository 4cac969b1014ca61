"""A clone may be anywhere: below a path with spaces, or with what a shell takes for a pattern."""

import shlex
import shutil
import subprocess

import pytest

from slipway_local import paths


@pytest.mark.parametrize("target", ["state", "bench-app", "test-image", ".slipway/cli/slipway"])
def test_make_quotes_the_clones_path(tmp_path, target):
    clone = tmp_path / "[my team] app"
    clone.mkdir()
    for file in ("Makefile", "Pulumi.staging.yaml"):
        shutil.copy(paths.ROOT / file, clone)
    said = subprocess.run(["make", "--dry-run", target], cwd=clone, text=True, capture_output=True, check=True).stdout
    words = [word for line in said.splitlines() if str(tmp_path) in line for word in shlex.split(line)]
    named = [word for word in words if str(tmp_path) in word]
    assert named
    assert all(str(clone) in word for word in named), named
