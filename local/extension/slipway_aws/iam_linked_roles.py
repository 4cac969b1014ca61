"""IAM: service-linked roles under the names that AWS gives them.

MiniStack names a role after the first word of its service, so that ECS and Application Auto Scaling for ECS have one.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
"""

from __future__ import annotations

from ministack.services import iam

REQUIRED = {"services.iam": {"_roles": "", "_IAM_HANDLERS": "", "_create_service_linked_role": "p"}}

NAMES = {
    "autoscaling.amazonaws.com": "AWSServiceRoleForAutoScaling",
    "ecs.amazonaws.com": "AWSServiceRoleForECS",
    "ecs.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_ECSService",
    "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
    "rds.amazonaws.com": "AWSServiceRoleForRDS",
}


def install() -> None:
    """Wraps the creation of such a role."""
    create = iam._create_service_linked_role

    def create_named(p):
        service = iam._p(p, "AWSServiceName")
        name = NAMES.get(service)
        if name is None:
            return create(p)
        if name in iam._roles:
            text = f"Service role name {name} has been taken in this account, please try a different suffix."
            return iam._error(400, "InvalidInput", text, ns="iam")
        answer = create(p)
        path = f"/aws-service-role/{service}/"
        theirs = next(key for key, role in iam._roles.items() if role["Path"] == path)
        role = iam._roles.pop(theirs)
        role["RoleName"], role["Arn"] = name, role["Arn"].rpartition("/")[0] + "/" + name
        iam._roles[name] = role
        status, headers, body = answer
        return status, headers, body.replace(theirs.encode(), name.encode())

    iam._IAM_HANDLERS["CreateServiceLinkedRole"] = create_named
