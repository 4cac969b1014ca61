"""The run covers every option."""

from __future__ import annotations

from apicheck import stacks

#: Options that no step changes on a running stack, and why.
KEPT = {
    "sharedNetwork": "a stack is made in another's network, or is not",
    "vpcCidr": "a change replaces the VPC: another range in the same requests",
    "permissionsBoundary": "a name in the same requests",
}


def test_every_option_is_changed_on_a_running_stack():
    assert stacks.options() - stacks.changed() == set(KEPT)


def test_every_stack_is_made_and_destroyed():
    files = {file.name.split(".")[1] for file in stacks.ROOT.glob("Pulumi.*.yaml")} - {f"review-{n}" for n in range(10_000)}
    for name in files:
        operations = [step.operation for step in stacks.STEPS if step.stack.split("-")[0] == name]
        assert operations[:1] == ["up"], name
        assert operations[-1] == "destroy", name


def test_steps_name_options_that_exist():
    for step in stacks.STEPS:
        assert set(step.values) <= stacks.options(), step
