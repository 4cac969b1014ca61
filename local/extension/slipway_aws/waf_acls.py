"""WAF: web ACLs keep all that they are given, and where they log to.

MiniStack keeps the rules of a web ACL, not its response bodies or token domains, and has no logging configurations.
No request is inspected: what a web ACL blocks on AWS is served here.
https://docs.aws.amazon.com/waf/latest/APIReference/API_WebACL.html
"""

from __future__ import annotations

import json

from ministack.core.responses import AccountRegionScopedDict, json_response
from ministack.services import waf

REQUIRED = {
    "services.waf": {
        "handle_request": "method, path, headers, body, query_params",
        "reset": "",
        "_create_web_acl": "data",
        "_update_web_acl": "data",
        "_delete_web_acl": "data",
        "_web_acls": "",
        "_resource_from_scope": "store, uid, scope",
        "_resolve_local_web_acl": "web_acl_arn",
        "_waf_err": "code, message",
    }
}

#: Members of a web ACL that MiniStack drops.
_KEPT = (
    "AssociationConfig", "CaptchaConfig", "ChallengeConfig", "CustomResponseBodies", "DataProtectionConfig",
    "Description", "TokenDomains",
)  # fmt: skip

#: ARN of a web ACL -> its logging configuration.
_logging = AccountRegionScopedDict()


def install() -> None:
    """Wraps creation, update and deletion, adds the logging configuration's actions."""
    answer, forget = waf.handle_request, waf.reset
    create, update, delete = waf._create_web_acl, waf._update_web_acl, waf._delete_web_acl

    def create_web_acl(data):
        response = create(data)
        if response[0] == 200:
            _keep({**data, "Id": json.loads(response[2])["Summary"]["Id"]})
        return response

    def update_web_acl(data):
        response = update(data)
        if response[0] == 200:
            _keep(data)
        return response

    def delete_web_acl(data):
        acl = waf._resource_from_scope(waf._web_acls, data.get("Id", ""), data.get("Scope", "REGIONAL"))
        response = delete(data)
        if response[0] == 200:
            _logging.pop(acl["ARN"], None)
        return response

    async def handle_request(method, path, headers, body, query_params):
        handler = _HANDLERS.get(headers.get("x-amz-target", "").rpartition(".")[2])
        if handler is None:
            return await answer(method, path, headers, body, query_params)
        return handler(json.loads(body or b"{}"))

    def reset():
        _logging.clear()
        forget()

    waf._create_web_acl = create_web_acl
    waf._update_web_acl = update_web_acl
    waf._delete_web_acl = delete_web_acl
    waf.handle_request = handle_request
    waf.reset = reset


def _keep(data) -> None:
    """An update replaces the whole web ACL: what it does not name is gone."""
    acl = waf._resource_from_scope(waf._web_acls, data["Id"], data.get("Scope", "REGIONAL"))
    for member in _KEPT:
        if data.get(member):
            acl[member] = data[member]
        else:
            acl.pop(member, None)


def _put_logging(data):
    configuration = data.get("LoggingConfiguration") or {}
    arn = configuration.get("ResourceArn", "")
    _, problem = waf._resolve_local_web_acl(arn)
    if problem:
        return problem
    destinations = configuration.get("LogDestinationConfigs") or []
    if not destinations:
        return waf._waf_err("WAFInvalidParameterException", "Error reason: LOG_DESTINATION is required")
    names = [arn.rpartition(":log-group:")[2] for arn in destinations if ":log-group:" in arn]
    if not all(name.startswith("aws-waf-logs-") for name in names):
        # https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
        what = "Error reason: The ARN isn't valid, field: LOG_DESTINATION: the name must start with aws-waf-logs-"
        return waf._waf_err("WAFInvalidParameterException", what)
    _logging[arn] = {"ManagedByFirewallManager": False, **configuration}
    return json_response({"LoggingConfiguration": _logging[arn]})


def _get_logging(data):
    arn = data.get("ResourceArn", "")
    if arn not in _logging:
        return waf._waf_err("WAFNonexistentItemException", f"{arn} has no logging configuration")
    return json_response({"LoggingConfiguration": _logging[arn]})


def _delete_logging(data):
    if _logging.pop(data.get("ResourceArn", ""), None) is None:
        return _get_logging(data)
    return json_response({})


def _list_logging(_):
    return json_response({"LoggingConfigurations": list(_logging.values())})


_HANDLERS = {
    "PutLoggingConfiguration": _put_logging,
    "GetLoggingConfiguration": _get_logging,
    "DeleteLoggingConfiguration": _delete_logging,
    "ListLoggingConfigurations": _list_logging,
}
