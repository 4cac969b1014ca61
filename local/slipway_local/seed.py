"""What the account has before anything is deployed: the zones of its domains.

The public image parameters of Ubuntu and ECS are part of the local AWS itself (slipway_aws.public_images), as nobody
may write them.
"""

from __future__ import annotations

from collections.abc import Iterable

from slipway_local import aws
from slipway_local.steps import step


def seed(domains: Iterable[str]) -> None:
    """Makes a public hosted zone for each domain. Repeatable."""
    for domain in domains:
        with step(f"hosted zone {domain}") as progress:
            progress.outcome = _zone(domain)


def _zone(domain: str) -> str:
    route53 = aws.client("route53")
    name = domain.rstrip(".") + "."
    for page in route53.get_paginator("list_hosted_zones").paginate():
        for zone in page["HostedZones"]:
            if zone["Name"] == name and not zone["Config"]["PrivateZone"]:
                return f"present: {zone['Id'].rpartition('/')[2]}"
    zone = route53.create_hosted_zone(Name=name, CallerReference=f"slipway-{name}")
    return f"made: {zone['HostedZone']['Id'].rpartition('/')[2]}"
