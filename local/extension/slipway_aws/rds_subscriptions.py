"""RDS: subscriptions to its events.

MiniStack 1.5.33 has none. They are kept; no event is published.
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_EventSubscription.html
"""

from __future__ import annotations

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region, now_iso
from ministack.services import rds

from slipway_aws.query_protocol import answer, request
from slipway_aws.refused import Refused

REQUIRED = {
    "services.rds": {
        "_ACTION_MAP": "",
        "_tags": "",
        "_error": "code, message, status",
        "_xml": "status, root_tag, inner",
        "reset": "",
    }
}

_SOURCES = (
    "db-instance", "db-cluster", "db-parameter-group", "db-security-group", "db-snapshot", "db-cluster-snapshot",
    "db-proxy", "zero-etl", "custom-engine-version", "blue-green-deployment",
)  # fmt: skip

_subscriptions = AccountRegionScopedDict()


def install() -> None:
    """Adds the actions."""
    for action, handler in _HANDLERS.items():
        rds._ACTION_MAP[action] = _call(action, handler)
    forget = rds.reset

    def reset():
        _subscriptions.clear()
        forget()

    rds.reset = reset


def _call(action, handler):
    def call(params):
        try:
            result = handler(request("rds", action, params))
        except Refused as refusal:
            return rds._error(refusal.code, str(refusal), 404 if refusal.code.endswith("NotFound") else 400)
        inner = answer("rds", action, result)
        return rds._xml(200, f"{action}Response", f"<{action}Result>{inner}</{action}Result>")

    return call


def _create(given):
    name = given.get("SubscriptionName", "")
    if name in _subscriptions:
        raise Refused("SubscriptionAlreadyExist", f"Event subscription {name} already exists.")
    if given.get("SourceIds") and not given.get("SourceType"):
        raise Refused("InvalidParameterCombination", "SourceIds can be given together with a SourceType only.")
    arn = f"arn:aws:rds:{get_region()}:{get_account_id()}:es:{name}"
    subscription = {
        "CustomerAwsId": get_account_id(),
        "CustSubscriptionId": name,
        "Status": "active",
        "SubscriptionCreationTime": now_iso(),
        "SourceIdsList": given.get("SourceIds") or [],
        "Enabled": True,
        "EventSubscriptionArn": arn,
    }
    _set(subscription, given)
    _subscriptions[name] = subscription
    if tags := given.get("Tags"):
        rds._tags[arn] = [{"Key": tag["Key"], "Value": tag.get("Value", "")} for tag in tags]
    return {"EventSubscription": subscription}


def _modify(given):
    subscription = _existing(given)
    _set(subscription, given)
    return {"EventSubscription": subscription}


def _set(subscription, given) -> None:
    if given.get("SourceType", _SOURCES[0]) not in _SOURCES:
        raise Refused("SourceNotFound", f"The source type {given['SourceType']} does not exist.")
    for member, name in (("SnsTopicArn", "SnsTopicArn"), ("SourceType", "SourceType"), ("Enabled", "Enabled"),
                         ("EventCategoriesList", "EventCategories")):
        if name in given:
            subscription[member] = given[name]


def _delete(given):
    subscription = _subscriptions.pop(_existing(given)["CustSubscriptionId"])
    rds._tags.pop(subscription["EventSubscriptionArn"], None)
    return {"EventSubscription": {**subscription, "Status": "deleting"}}


def _describe(given):
    found = [_existing(given)] if given.get("SubscriptionName") else list(_subscriptions.values())
    return {"EventSubscriptionsList": found}


def _add_source(given):
    subscription = _existing(given)
    sources = subscription["SourceIdsList"]
    subscription["SourceIdsList"] = [*(s for s in sources if s != given["SourceIdentifier"]), given["SourceIdentifier"]]
    return {"EventSubscription": subscription}


def _remove_source(given):
    subscription = _existing(given)
    kept = [source for source in subscription["SourceIdsList"] if source != given["SourceIdentifier"]]
    subscription["SourceIdsList"] = kept
    return {"EventSubscription": subscription}


def _existing(given) -> dict:
    name = given.get("SubscriptionName", "")
    if name not in _subscriptions:
        raise Refused("SubscriptionNotFound", f"Event subscription {name} not found.")
    return _subscriptions[name]


_HANDLERS = {
    "CreateEventSubscription": _create,
    "ModifyEventSubscription": _modify,
    "DeleteEventSubscription": _delete,
    "DescribeEventSubscriptions": _describe,
    "AddSourceIdentifierToSubscription": _add_source,
    "RemoveSourceIdentifierFromSubscription": _remove_source,
}
