"""The image, built and run by a Docker engine (make test-engine).

IMAGE_BUILD names the program of tools/docker/cmd/build, which needs no buildx.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.test_environment import GOOD

pytestmark = pytest.mark.image

ROOT = Path(__file__).resolve().parent.parent.parent
DOCKER = shutil.which("docker") or "docker"
TAG = "slipway-test-recipe-api"
LOCKED_DOWN = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL",  # noqa: S108
               "--security-opt", "no-new-privileges", "--network", "none")  # fmt: skip
START_SECONDS = 60


def docker(*command: str, check: bool = True) -> str:
    ended = subprocess.run([DOCKER, *command], capture_output=True, text=True, check=False)
    assert not check or ended.returncode == 0, f"docker {command[0]}: {ended.stderr}"
    return ended.stdout.strip()


def build(context: Path, tag: str) -> str:
    subprocess.run([os.environ["IMAGE_BUILD"], "-tag", tag, str(context)], check=True)
    return tag


@pytest.fixture(scope="session")
def context(tmp_path_factory) -> Path:
    """A copy of the app, so that a test may change it."""
    directory = tmp_path_factory.mktemp("context") / "app"
    left_out = shutil.ignore_patterns(".*_cache", ".coverage*", "__pycache__", "staticfiles")
    shutil.copytree(ROOT, directory, ignore=left_out)
    return directory


@pytest.fixture(scope="session")
def image(context):
    yield build(context, TAG)
    docker("rmi", "--force", TAG)


def run(image: str, *command: str, check: bool = True) -> str:
    return docker("run", "--rm", *LOCKED_DOWN, image, *command, check=check)


def layers(image: str) -> list[str]:
    return json.loads(docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", image))


def test_it_is_not_roots(image):
    assert run(image, "id", "-u") == "10001"


@pytest.mark.parametrize("tool", ["pip", "pip3", "gcc", "cc", "make", "git", "curl", "wget"])
def test_no_tools_to_build_or_fetch_with(image, tool):
    assert run(image, "sh", "-c", f"command -v {tool} || echo none") == "none"


@pytest.mark.parametrize("module", ["pip", "ensurepip", "setuptools"])
def test_no_installer_as_a_module(image, module):
    code = f"import importlib.util; print(importlib.util.find_spec({module!r}))"

    assert run(image, "python", "-c", code) == "None"


def test_the_app_is_not_the_users_to_change(image):
    code = "import os; print(any(os.access(p, os.W_OK) for p in ('/app', '/opt/venv', '/usr')))"

    assert docker("run", "--rm", image, "python", "-c", code) == "False"


def test_it_serves_with_a_root_file_system_that_is_read_only(image):
    values = GOOD | {"DJANGO_SECURE": "false", "AWS_EC2_METADATA_DISABLED": "true"}
    environment = [part for item in values.items() for part in ("--env", "=".join(item))]
    container = docker("run", "--detach", *LOCKED_DOWN, *environment, image)
    try:
        deadline = time.monotonic() + START_SECONDS
        check = [DOCKER, "exec", container, "python", "-m", "config.healthcheck"]
        while subprocess.run(check, capture_output=True, check=False).returncode != 0:
            assert time.monotonic() < deadline, docker("logs", container)
            time.sleep(0.1)
        written = docker("diff", container)
    finally:
        docker("rm", "--force", "--volumes", container)
    assert written == ""


def test_static_files_are_collected_and_compressed(image):
    found = run(image, "sh", "-c", "ls staticfiles/core").split()

    assert any(name.startswith("landing.") and name.endswith(".css.gz") for name in found)


def normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def test_the_bill_of_materials_names_every_package(image):
    bom = json.loads(run(image, "cat", "/usr/share/sbom/recipe-api.cdx.json"))
    code = (
        "import importlib.metadata as m, json; "
        "print(json.dumps([(d.name, d.version) for d in m.distributions()]))"
    )
    installed = {
        normal(name): version for name, version in json.loads(run(image, "python", "-c", code))
    }

    listed = {normal(item["name"]): item["version"] for item in bom["components"]}

    assert bom["bomFormat"] == "CycloneDX"
    assert listed == installed
    assert "django" in listed


def test_a_change_of_the_code_changes_one_layer(image, context):
    with (context / "apps/core/views.py").open("a") as source:
        source.write("\n# A changed line.\n")
    changed = build(context, f"{TAG}-changed")
    try:
        before, after = layers(image), layers(changed)
    finally:
        docker("rmi", "--force", changed)

    assert len(before) == len(after)
    assert before[:-1] == after[:-1]
    assert before[-1] != after[-1]
