"""IAM: a record of what was asked for, and of the statements that alone allowed it.

It answers whether a role has what it needs and no more: GET /_slipway/iam/calls lists every action on a resource once,
with its caller, whether it was allowed, and the identifiers (Sid) of all statements that allow it; DELETE forgets.
Only with IAM enforced. https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html is AWS's
own for roles.
"""

from __future__ import annotations

import json
import threading

from ministack import app
from ministack.core import iam_evaluator

REQUIRED = {
    "app": {"app": "scope, receive, send"},
    "core.iam_evaluator": {
        "enforce": "access_key_id, iam_action, service, region, resource_arn, service_context",
        "evaluate": "ctx, policies, limits",
        "_first_match": "ctx, stmts, effect",
    },
}

PATH = "/_slipway/iam/calls"

_calls: dict[tuple[str, str, str], dict] = {}
_lock = threading.Lock()
#: The check of a request that a thread is in.
_check = threading.local()


def install() -> None:
    """Wraps the check of a request, and adds the record's path."""
    serve, enforce, evaluate = app.app, iam_evaluator.enforce, iam_evaluator.evaluate

    async def with_record(scope, receive, send):
        if scope["type"] != "http" or scope["path"] != PATH:
            await serve(scope, receive, send)
            return
        with _lock:
            answer = json.dumps(list(_calls.values())).encode()
            if scope["method"] == "DELETE":
                _calls.clear()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    def recorded_enforce(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        _check.principal, _check.statements = "root", None
        result = enforce(access_key_id, iam_action, service, region, resource_arn, service_context)
        _note(_check.principal, iam_action, resource_arn, result is None, _check.statements or [])
        return result

    def recorded_evaluate(ctx, policies, *limits):
        # The first one of a request is that of the caller's own policies.
        if getattr(_check, "statements", None) is None:
            statements = [s for document in policies for s in document]
            _check.statements = [s.sid for s in statements if iam_evaluator._first_match(ctx, [s], "Allow")]
            _check.principal = ctx.principal_arn
        return evaluate(ctx, policies, *limits)

    app.app = with_record
    iam_evaluator.enforce = recorded_enforce
    iam_evaluator.evaluate = recorded_evaluate


def _note(principal: str, action: str, resource: str, allowed: bool, sids: list[str]) -> None:
    with _lock:
        found = _calls.setdefault(
            (principal, action, resource),
            {"principal": principal, "action": action, "resource": resource, "allowed": allowed, "statements": sids},
        )
        # One that was refused once is not enough, however often it passed.
        found["allowed"] = found["allowed"] and allowed
