"""ALB: further certificates of a listener, which it chooses by the name that a client asks for.

MiniStack knows the default certificate only.
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddListenerCertificates.html
"""

from __future__ import annotations

from ministack.services import alb

from slipway_aws.query_protocol import answer, request

REQUIRED = {
    "services.alb": {
        "_ACTION_MAP": "",
        "_listeners": "",
        "_error": "code, message, status",
        "_xml": "status, action, inner",
    }
}

#: Key of a listener's record.
_MORE = "AdditionalCertificates"


def install() -> None:
    """Adds the three actions."""
    alb._ACTION_MAP |= {
        "AddListenerCertificates": add,
        "RemoveListenerCertificates": remove,
        "DescribeListenerCertificates": describe,
    }


def add(params):
    """AddListenerCertificates."""
    return _change(params, "AddListenerCertificates", lambda now, given: now + [arn for arn in given if arn not in now])


def remove(params):
    """RemoveListenerCertificates."""
    return _change(params, "RemoveListenerCertificates", lambda now, given: [arn for arn in now if arn not in given])


def describe(params):
    """DescribeListenerCertificates: the default one and all others."""
    listener, problem = _listener(request("elbv2", "DescribeListenerCertificates", params))
    if problem:
        return problem
    found = [{"CertificateArn": arn, "IsDefault": True} for arn in listener.get("Certificates") or []]
    found += [{"CertificateArn": arn, "IsDefault": False} for arn in listener.get(_MORE) or []]
    return _answer("DescribeListenerCertificates", {"Certificates": found})


def _change(params, action, change):
    given = request("elbv2", action, params)
    listener, problem = _listener(given)
    if problem:
        return problem
    arns = [certificate["CertificateArn"] for certificate in given.get("Certificates") or []]
    listener[_MORE] = change(listener.get(_MORE) or [], arns)
    added = [{"CertificateArn": arn, "IsDefault": False} for arn in arns]
    return _answer(action, {"Certificates": added})


def _listener(given):
    arn = given.get("ListenerArn", "")
    listener = alb._listeners.get(arn)
    return listener, None if listener else alb._error("ListenerNotFound", f"Listener '{arn}' not found.")


def _answer(action, result):
    return alb._xml(200, action, answer("elbv2", action, result))
