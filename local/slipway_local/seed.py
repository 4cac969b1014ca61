"""What the account has before anything is deployed: domains' zones, roles' boundaries, repositories of images.

The public image parameters of Ubuntu and ECS are part of the local AWS itself (slipway_aws.public_images), as nobody
may write them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from slipway_local import aws
from slipway_local.steps import step


def seed(domains: Iterable[str], boundaries: Iterable[str], repositories: Iterable[str]) -> None:
    """Makes public hosted zones, an IAM policy for each permissions boundary, and ECR repositories. Repeatable.

    What bootstrap/ has made stays; a boundary that is made here bounds nothing.
    """
    for repository in repositories:
        with step(f"image repository {repository}") as progress:
            progress.outcome = _repository(repository)
    for boundary in boundaries:
        with step(f"permissions boundary {boundary}") as progress:
            progress.outcome = _boundary(boundary)
    for domain in domains:
        with step(f"hosted zone {domain}") as progress:
            progress.outcome = _zone(domain)


def _repository(name: str) -> str:
    ecr = aws.client("ecr")
    try:
        ecr.create_repository(
            repositoryName=name,
            imageTagMutability="IMMUTABLE",
            imageScanningConfiguration={"scanOnPush": True},
        )
    except ecr.exceptions.RepositoryAlreadyExistsException:
        return "present"
    return "made"


def _boundary(name: str) -> str:
    iam = aws.client("iam")
    everything = {"Sid": "Everything", "Effect": "Allow", "Action": "*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [everything]}
    path, _, name = f"/{name}".rpartition("/")
    try:
        iam.create_policy(Path=f"{path}/", PolicyName=name, PolicyDocument=json.dumps(document))
    except iam.exceptions.EntityAlreadyExistsException:
        return "present"
    return "made"


def _zone(domain: str) -> str:
    route53 = aws.client("route53")
    name = domain.rstrip(".") + "."
    for page in route53.get_paginator("list_hosted_zones").paginate():
        for zone in page["HostedZones"]:
            if zone["Name"] == name and not zone["Config"]["PrivateZone"]:
                return f"present: {zone['Id'].rpartition('/')[2]}"
    zone = route53.create_hosted_zone(Name=name, CallerReference=f"slipway-{name}")
    return f"made: {zone['HostedZone']['Id'].rpartition('/')[2]}"
