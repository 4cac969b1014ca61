"""ECS: what a rolling update starts and stops next.

At least minimumHealthyPercent of the desired tasks stay healthy, at most maximumPercent run or start.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """A task that nobody has stopped yet."""

    arn: str
    healthy: bool
    #: Whether it failed its health checks after the grace period and waits to be replaced.
    failed: bool = False


@dataclass(frozen=True)
class Limits:
    """Numbers of tasks."""

    desired: int
    least: int
    most: int


def limits(desired: int, configuration: dict) -> Limits:
    """Percentages of the desired count: the minimum rounded up, the maximum down."""
    least = -(-desired * int(configuration.get("minimumHealthyPercent", 100)) // 100)
    return Limits(desired, least, desired * int(configuration.get("maximumPercent", 200)) // 100)


def plan(limits: Limits, new: list[Member], old: list[Member]) -> tuple[int, list[str]]:
    """How many tasks of the newest deployment to start, and which tasks to stop.

    Old tasks go when healthy new ones stand in for them, and before that only where there is no room for a new one and
    the minimum stays.
    """
    good, failed = [m for m in new if not m.failed], [m for m in new if m.failed]
    healthy_new = sum(member.healthy for member in good)
    healthy = healthy_new + sum(member.healthy for member in old)

    # Scaled in: the newest go first, unhealthy ones before healthy ones.
    surplus = sorted(reversed(good), key=lambda member: member.healthy)[: max(0, len(good) - limits.desired)]
    stop = [member.arn for member in surplus]
    healthy -= sum(member.healthy for member in surplus)

    # A failed task stays until its replacement is healthy.
    if healthy_new >= limits.desired:
        stop += [member.arn for member in failed]
    standing = sorted(old, key=lambda member: member.healthy)
    for member in standing:
        if healthy_new >= limits.desired or healthy - member.healthy >= limits.desired:
            stop.append(member.arn)
            healthy -= member.healthy

    wanted, room = limits.desired - len(good), limits.most - (len(new) + len(old) - len(stop))
    for member in failed + standing:
        if wanted <= max(0, room):
            break
        if member.arn not in stop and healthy - member.healthy >= min(healthy, limits.least):
            stop.append(member.arn)
            healthy -= member.healthy
            room += 1
    return max(0, min(wanted, room)), stop
