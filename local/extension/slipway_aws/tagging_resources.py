"""Resource Groups Tagging API: resources of EC2, load balancers and secrets, which MiniStack's answers leave out.

ECS's tasks and services that have ended are no longer among them.

https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/supported-services.html
"""

from __future__ import annotations

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region
from ministack.services import alb, ec2, ecs, secretsmanager, tagging

REQUIRED = {
    "services.alb": {"_tags": ""},
    "services.ec2": {"_tags": "", "_guess_resource_type": "resource_id"},
    "services.ecs": {"_services": "", "_tasks": ""},
    "services.secretsmanager": {"_secrets": ""},
    "services.tagging": {"_COLLECTORS": "", "_get_resources": "data"},
}

#: Where the resource's type in an ARN is another one than MiniStack's.
_TYPES = {"flow-log": "vpc-flow-log"}
_OWN = ("flow-log", "launch-template", "network-interface")


def install() -> None:
    """Adds what collects them."""
    tagging._COLLECTORS.update(
        ec2=_ec2,
        ecs=_ecs(tagging._COLLECTORS["ecs"]),
        elasticloadbalancing=_load_balancers,
        secretsmanager=_secrets,
    )


def _ec2():
    stores = [s for s in vars(ec2).values() if isinstance(s, AccountRegionScopedDict) and s is not ec2._tags]
    for resource, tags in ec2._tags.items():
        kind = ec2._guess_resource_type(resource)
        # Tags outlive what had them. The extension's own kinds are in stores of their own.
        if kind not in _OWN and not any(resource in store for store in stores):
            continue
        yield f"arn:aws:ec2:{get_region()}:{get_account_id()}:{_TYPES.get(kind, kind)}/{resource}", tags


def _ecs(original):
    def collect():
        ended = {s["serviceArn"] for s in ecs._services.values() if s["status"] == "INACTIVE"}
        ended |= {t["taskArn"] for t in ecs._tasks.values() if t["lastStatus"] == "STOPPED"}
        yield from ((arn, tags) for arn, tags in original() if arn not in ended)

    return collect


def _load_balancers():
    yield from alb._tags.items()


def _secrets():
    for secret in secretsmanager._secrets.values():
        if not secret.get("DeletedDate"):
            yield secret["ARN"], secret.get("Tags", [])
