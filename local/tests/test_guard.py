import pytest
from slipway_aws import extension, guard


def test_the_pinned_version_has_everything_that_is_wrapped():
    guard.check(module.REQUIRED for module in extension.MODULES)


def test_another_version_is_refused(monkeypatch):
    monkeypatch.setattr(guard, "version", lambda name: "1.5.34")
    with pytest.raises(guard.Incompatible, match=r"ministack 1\.5\.34 is installed, but the extension wraps 1\.5\.33"):
        guard.check([])


def test_a_missing_package_is_named(monkeypatch):
    def missing(name):
        raise guard.PackageNotFoundError(name)

    monkeypatch.setattr(guard, "version", missing)
    with pytest.raises(guard.Incompatible, match="not installed"):
        guard.check([])


def test_every_difference_is_named():
    table = {"services.ecr": {"_repo_uri": "other", "_gone": "", "_repo_arn": "name"}}
    with pytest.raises(guard.Incompatible) as problem:
        guard.check([table])
    text = str(problem.value)
    assert "_repo_uri takes (name) instead of (other)" in text
    assert "_gone is missing" in text
    assert "_repo_arn" not in text
