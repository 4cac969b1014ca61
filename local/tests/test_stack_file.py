from pathlib import Path

import pytest

from slipway_local import paths, stack_file
from slipway_local.errors import Problem

COPY = Path(".slipway/Pulumi.staging.yaml")


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    return tmp_path


def test_the_copy_has_the_committed_values_and_the_provider_settings(root):
    (root / "Pulumi.staging.yaml").write_text("config:\n  aws:region: eu-central-1\n  slipway:zones: 2\n")
    got = stack_file.load(stack_file.write("staging", keep_secrets=False))
    assert got == {"config": {"aws:region": "eu-central-1", "slipway:zones": 2, **stack_file.PROVIDER}}


def test_the_copy_names_no_account():
    committed = {"config": {"aws:region": "eu-west-1", "aws:profile": "team", "aws:assumeRole": {"roleArn": "arn"},
                            "aws:secretKey": {"secure": "real"}}}
    got = stack_file.merge(committed, {}, COPY)
    assert got["config"] == {"aws:region": "eu-west-1", **stack_file.PROVIDER}


def test_the_real_accounts_key_stays_out_and_the_local_one_stays():
    committed = {"secretsprovider": "awskms://alias/real", "encryptedkey": "real", "config": {"a:b": "c"}}
    assert "encryptedkey" not in stack_file.merge(committed, {}, COPY)
    previous = {"secretsprovider": "awskms://alias/local", "encryptedkey": "local", "config": {"a:b": "old"}}
    got = stack_file.merge(committed, previous, COPY)
    assert (got["secretsprovider"], got["encryptedkey"]) == ("awskms://alias/local", "local")
    assert got["config"]["a:b"] == "c"


def test_a_new_local_key_drops_what_the_old_one_encrypted(root):
    (root / "Pulumi.staging.yaml").write_text("config: {}\n")
    stack_file.target("staging").write_text("secretsprovider: awskms://alias/local\nencryptedkey: old\n")
    kept = stack_file.load(stack_file.write("staging", keep_secrets=True))
    assert kept["encryptedkey"] == "old"
    dropped = stack_file.load(stack_file.write("staging", keep_secrets=False))
    assert "encryptedkey" not in dropped


def test_a_secret_needs_a_local_value():
    committed = {"config": {"a:key": {"secure": "real"}}}
    with pytest.raises(Problem, match="a:key can't be read here"):
        stack_file.merge(committed, {}, COPY)
    got = stack_file.merge(committed, {"config": {"a:key": {"secure": "local"}}}, COPY)
    assert got["config"]["a:key"] == {"secure": "local"}


def test_an_unknown_stack_names_the_known_ones(root):
    (root / "Pulumi.prod.yaml").touch()
    (root / "Pulumi.staging.yaml").touch()
    with pytest.raises(Problem, match=r"there is no stack 'dev'.*use one of prod, staging"):
        stack_file.source("dev")


@pytest.mark.parametrize("text", ["- a list\n", "config: [1]\n", "config: {a: b\n"])
def test_a_broken_file_is_named(root, text):
    path = root / "Pulumi.staging.yaml"
    path.write_text(text)
    with pytest.raises(Problem, match=r"Pulumi\.staging\.yaml"):
        stack_file.load(path)


def test_the_copy_is_private(root):
    (root / "Pulumi.staging.yaml").write_text("config: {}\n")
    assert stack_file.write("staging", keep_secrets=False).stat().st_mode & 0o777 == 0o600


def test_a_stack_that_another_clone_made_is_opened_with_the_key_in_its_state(root):
    (root / "Pulumi.staging.yaml").write_text("config: {}\n")
    key = {"url": "awskms://alias/local", "encryptedkey": "theirs"}
    state = {"version": 3, "checkpoint": {"latest": {"secrets_providers": {"type": "cloud", "state": key}}}}
    got = stack_file.load(stack_file.write("staging", keep_secrets=False, checkpoint=state))
    assert (got["secretsprovider"], got["encryptedkey"]) == ("awskms://alias/local", "theirs")


@pytest.mark.parametrize("state", [{}, {"checkpoint": {}}, {"checkpoint": {"latest": {"secrets_providers": {}}}}])
def test_a_state_without_a_key_gives_none(state):
    assert stack_file.secrets_key(state) == {}
