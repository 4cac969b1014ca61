"""What a rolling update starts and stops.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
"""

import pytest
from slipway_aws.ecs_plan import Member, limits, plan


def members(text, prefix):
    """h: healthy, s: starts, f: failed its health checks."""
    return [Member(f"{prefix}{n}", letter == "h", letter == "f") for n, letter in enumerate(text)]


@pytest.mark.parametrize(
    ("desired", "percent", "new", "old", "starts", "stops"),
    [
        # 100 to 200 %: all new ones start, and old ones go as new ones stand in for them.
        (2, (100, 200), "", "hh", 2, []),
        (2, (100, 200), "ss", "hh", 0, []),
        (2, (100, 200), "hs", "hh", 0, ["old0"]),
        (2, (100, 200), "hs", "h", 0, []),
        (2, (100, 200), "hh", "hh", 0, ["old0", "old1"]),
        # Not even an unhealthy old task goes before there is something better.
        (2, (100, 200), "ss", "fs", 0, []),
        (2, (100, 200), "hh", "fs", 0, ["old0", "old1"]),
        # 100 to 150 % of 2: one at a time.
        (2, (100, 150), "", "hh", 1, []),
        (2, (100, 150), "s", "hh", 0, []),
        (2, (100, 150), "h", "hh", 1, ["old0"]),
        # 50 to 100 %: room is made first, down to the minimum.
        (2, (50, 100), "", "hh", 1, ["old0"]),
        (2, (50, 100), "s", "h", 0, []),
        (2, (50, 100), "h", "h", 1, ["old0"]),
        # 0 to 100 %: everything is replaced at once.
        (2, (0, 100), "", "hh", 2, ["old0", "old1"]),
        # Scaled in and out, and to nothing.
        (1, (100, 200), "hh", "", 0, ["new1"]),
        (1, (100, 200), "hs", "", 0, ["new1"]),
        (3, (100, 200), "hh", "", 1, []),
        (0, (100, 200), "hh", "h", 0, ["new1", "new0", "old0"]),
        # An unhealthy task is replaced before it goes, if there is room; else it makes room.
        (2, (100, 200), "hf", "", 1, []),
        (2, (100, 200), "hfs", "", 0, []),
        (2, (100, 200), "hfh", "", 0, ["new1"]),
        (2, (100, 100), "hf", "", 1, ["new1"]),
        (1, (100, 200), "", "", 1, []),
    ],
)
def test_plan(desired, percent, new, old, starts, stops):
    configuration = {"minimumHealthyPercent": percent[0], "maximumPercent": percent[1]}
    found = plan(limits(desired, configuration), members(new, "new"), members(old, "old"))
    assert found == (starts, stops)


def test_the_minimum_is_rounded_up_and_the_maximum_down():
    found = limits(3, {"minimumHealthyPercent": 50, "maximumPercent": 150})
    assert (found.least, found.most) == (2, 4)
    assert limits(3, {}) == limits(3, {"minimumHealthyPercent": 100, "maximumPercent": 200})
