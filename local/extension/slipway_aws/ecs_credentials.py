"""ECS: a task's credentials are a session of its task role.

MiniStack hands out keys that belong to no role, which says nothing about the policies that a task needs.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
"""

from __future__ import annotations

import time
import uuid

from ministack.services import ecs, ecs_metadata, imds, sts

from slipway_aws.settings import FARGATE, SETTINGS

REQUIRED = {
    "services.imds": {
        "handle_request": "method, path, headers, body, query_params",
        "_gen_session_access_key": "",
        "_gen_secret": "",
        "_gen_session_token": "",
        "_future": "seconds",
        "_json_resp": "",
        "_text": "",
    },
    "services.sts": {
        "register_session": "access_key, session",
        "_assumed_role_arn": "role_arn, session_name",
        "_role_id": "role_arn",
    },
    "services.ecs": {
        "_register_metadata": "task_arn, cluster_arn, td, cdef, launch_type, env, host_mode, ministack_net_ip",
    },
    "services.ecs_metadata": {"unregister_token": "token"},
}

#: Seconds that a session lasts; SDKs fetch the next one before.
DURATION = 3600
_PREFIX = "/v2/credentials/"

#: Credentials id -> task role and task; metadata token -> credentials id.
_roles: dict[str, tuple[str, str]] = {}
_by_token: dict[str, str] = {}


def install() -> None:
    """Wraps a container's environment, the credentials endpoint and the end of a container."""
    register, answer, unregister = ecs._register_metadata, imds.handle_request, ecs_metadata.unregister_token

    def register_metadata(task_arn, cluster_arn, td, cdef, launch_type, env, host_mode, ministack_net_ip):
        token = register(task_arn, cluster_arn, td, cdef, launch_type, env, host_mode, ministack_net_ip)
        url = env.pop("AWS_CONTAINER_CREDENTIALS_FULL_URI")
        env.pop("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        if td.get("taskRoleArn"):
            # The id is the capability, as on Fargate.
            name = str(uuid.uuid4())
            _roles[name] = (td["taskRoleArn"], task_arn)
            _by_token[token] = name
            if SETTINGS.metadata_network and SETTINGS.metadata_address == FARGATE:
                env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = _PREFIX + name
            elif SETTINGS.metadata_network:
                env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"http://{SETTINGS.metadata_address}{_PREFIX}{name}"
            else:
                env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url.rpartition(_PREFIX)[0] + _PREFIX + name
        return token

    async def handle_request(method, path, headers, body, query_params):
        if not path.startswith(_PREFIX):
            return await answer(method, path, headers, body, query_params)
        role = _roles.get(path.removeprefix(_PREFIX))
        if role is None:
            return imds._text("no task with these credentials runs", 404)
        return imds._json_resp(session(*role))

    def unregister_token(token):
        _roles.pop(_by_token.pop(token, None), None)
        unregister(token)

    ecs._register_metadata = register_metadata
    imds.handle_request = handle_request
    ecs_metadata.unregister_token = unregister_token


def session(role_arn: str, task_arn: str) -> dict:
    """A new session of the role, in the form that SDKs read."""
    task_id = task_arn.rpartition("/")[2]
    arn, _ = sts._assumed_role_arn(role_arn, task_id)
    key, secret, token = imds._gen_session_access_key(), imds._gen_secret(), imds._gen_session_token()
    sts.register_session(
        key,
        {
            "Arn": arn,
            "UserId": f"{sts._role_id(role_arn)}:{task_id}",
            "SecretAccessKey": secret,
            "SessionToken": token,
            "Expiration": time.time() + DURATION,
            "AccountId": role_arn.split(":")[4],
            "PrincipalType": "AssumedRole",
            "SourceAccessKeyId": "",
            "SourcePrincipalArn": "",
            "SessionTags": [],
            "SessionPolicies": None,
        },
    )
    return {
        "AccessKeyId": key,
        "SecretAccessKey": secret,
        "Token": token,
        "Expiration": imds._future(DURATION),
        "RoleArn": role_arn,
    }
