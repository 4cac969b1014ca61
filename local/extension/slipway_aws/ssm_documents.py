"""SSM: documents, such as the preferences of Session Manager.

MiniStack 1.5.33 has none. Documents are kept, in versions; nothing runs them.
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DocumentDescription.html
"""

from __future__ import annotations

import hashlib
import json
import time

import yaml
from ministack.core.responses import (
    AccountRegionScopedDict,
    error_response_json,
    get_account_id,
    json_response,
)
from ministack.services import ssm

from slipway_aws.refused import Refused

REQUIRED = {
    "services.ssm": {
        "handle_request": "method, path, headers, body, query_params",
        "reset": "",
    }
}

#: Name -> {"Type", "Format", "Default", "Tags", "AccountIds", "Versions": {number: ...}}.
_documents = AccountRegionScopedDict()

_LATEST = ("$LATEST",)
_DEFAULT = (None, "", "$DEFAULT")
_TAG_ACTIONS = ("AddTagsToResource", "RemoveTagsFromResource", "ListTagsForResource")


def install() -> None:
    """Wraps the service's requests."""
    answer, forget = ssm.handle_request, ssm.reset

    async def handle_request(method, path, headers, body, query_params):
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            data = json.loads(body or b"{}")
        except ValueError:
            data = {}
        of_document = action not in _TAG_ACTIONS or data.get("ResourceType") == "Document"
        if action not in _HANDLERS or not of_document:
            return await answer(method, path, headers, body, query_params)
        try:
            return json_response(_HANDLERS[action](data))
        except Refused as refusal:
            return error_response_json(refusal.code, str(refusal), 400, message_key="Message")

    def reset():
        _documents.clear()
        forget()

    ssm.handle_request = handle_request
    ssm.reset = reset


def _create(data):
    name = data.get("Name") or ""
    if name in _documents:
        raise Refused("DocumentAlreadyExists", f"Document with same name {name} already exists")
    if data.get("DocumentFormat") not in (None, "JSON", "YAML", "TEXT"):
        raise Refused("ValidationException", f"DocumentFormat {data['DocumentFormat']} is not one of JSON, YAML, TEXT")
    document = {
        "Name": name,
        "Type": data.get("DocumentType") or "Command",
        "Format": data.get("DocumentFormat") or "JSON",
        "TargetType": data.get("TargetType"),
        "Default": "1",
        "Tags": {tag["Key"]: tag["Value"] for tag in data.get("Tags") or []},
        "AccountIds": [],
        "Versions": {},
    }
    _add_version(document, data)
    _documents[name] = document
    return {"DocumentDescription": _description(document, "1")}


def _update(data):
    document = _existing(data)
    latest = _latest(document)
    given = data.get("DocumentVersion")
    if given not in (None, *_LATEST) and given != latest:
        raise Refused("InvalidDocumentVersion", f"The document version {given} is not the latest one, {latest}")
    if document["Versions"][latest]["Content"] == data.get("Content"):
        raise Refused("DuplicateDocumentContent", "The content of the association document matches another document.")
    document["Format"] = data.get("DocumentFormat") or document["Format"]
    document["TargetType"] = data.get("TargetType") or document["TargetType"]
    return {"DocumentDescription": _description(document, _add_version(document, data))}


def _set_default(data):
    document = _existing(data)
    number = _version(document, data.get("DocumentVersion"))
    document["Default"] = number
    return {"Description": {"Name": document["Name"], "DefaultVersion": number}}


def _describe(data):
    document = _existing(data)
    return {"Document": _description(document, _version(document, data.get("DocumentVersion")))}


def _get(data):
    document = _existing(data)
    number = _version(document, data.get("DocumentVersion"))
    found = _description(document, number)
    members = ("Name", "CreatedDate", "VersionName", "DocumentVersion", "Status", "DocumentType", "DocumentFormat")
    return {**{m: found[m] for m in members if m in found}, "Content": document["Versions"][number]["Content"]}


def _list(data):
    wanted = {f["Key"]: f.get("Values") or [] for f in data.get("Filters") or []}
    found = [_description(document, document["Default"]) for document in _documents.values()]
    return {
        "DocumentIdentifiers": [
            d
            for d in found
            if d["Name"] in wanted.get("Name", [d["Name"]])
            and d["DocumentType"] in wanted.get("DocumentType", [d["DocumentType"]])
        ]
    }


def _delete(data):
    _documents.pop(_existing(data)["Name"])
    return {}


def _permission(data):
    accounts = _existing(data)["AccountIds"]
    return {"AccountIds": accounts, "AccountSharingInfoList": [{"AccountId": account} for account in accounts]}


def _change_permission(data):
    document = _existing(data)
    kept = [a for a in document["AccountIds"] if a not in (data.get("AccountIdsToRemove") or [])]
    document["AccountIds"] = kept + [a for a in data.get("AccountIdsToAdd") or [] if a not in kept]
    return {}


def _add_tags(data):
    _tagged(data).update({tag["Key"]: tag["Value"] for tag in data.get("Tags") or []})
    return {}


def _remove_tags(data):
    for key in data.get("TagKeys") or []:
        _tagged(data).pop(key, None)
    return {}


def _list_tags(data):
    return {"TagList": _tag_list(_tagged(data))}


_HANDLERS = {
    "CreateDocument": _create,
    "UpdateDocument": _update,
    "UpdateDocumentDefaultVersion": _set_default,
    "DescribeDocument": _describe,
    "GetDocument": _get,
    "ListDocuments": _list,
    "DeleteDocument": _delete,
    "DescribeDocumentPermission": _permission,
    "ModifyDocumentPermission": _change_permission,
    "AddTagsToResource": _add_tags,
    "RemoveTagsFromResource": _remove_tags,
    "ListTagsForResource": _list_tags,
}


def _existing(data) -> dict:
    name = (data.get("Name") or "").rpartition(":document/")[2]
    if name not in _documents:
        raise Refused("InvalidDocument", f"Document with name {name} does not exist.")
    return _documents[name]


def _tagged(data) -> dict:
    name = data.get("ResourceId") or ""
    if name not in _documents:
        raise Refused("InvalidResourceId", f"The resource ID {name} is not valid.")
    return _documents[name]["Tags"]


def _tag_list(tags: dict) -> list[dict]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _latest(document) -> str:
    return max(document["Versions"], key=int)


def _version(document, given) -> str:
    number = document["Default"] if given in _DEFAULT else _latest(document) if given in _LATEST else given
    if number not in document["Versions"]:
        raise Refused("InvalidDocumentVersion", f"The document version {given} is not valid")
    return number


def _add_version(document, data) -> str:
    content = data.get("Content") or ""
    parsed = _parsed(content, document["Format"])
    number = str(len(document["Versions"]) + 1)
    document["Versions"][number] = {
        "Content": content,
        "Schema": str(parsed.get("schemaVersion", "")),
        "Description": parsed.get("description"),
        "VersionName": data.get("VersionName"),
        "Created": time.time(),
    }
    return number


def _parsed(content: str, form: str) -> dict:
    if form == "TEXT":
        return {}
    try:
        parsed = json.loads(content) if form == "JSON" else yaml.safe_load(content)
    except (ValueError, yaml.YAMLError) as error:
        raise Refused("InvalidDocumentContent", f"{form} not well-formed. {error}") from None
    if not isinstance(parsed, dict) or not parsed.get("schemaVersion"):
        raise Refused("InvalidDocumentContent", "The document has no schemaVersion.")
    return parsed


def _description(document, number) -> dict:
    version = document["Versions"][number]
    found = {
        "Name": document["Name"],
        "Owner": get_account_id(),
        "Hash": hashlib.sha256(version["Content"].encode()).hexdigest(),
        "HashType": "Sha256",
        "VersionName": version["VersionName"],
        "CreatedDate": version["Created"],
        "Status": "Active",
        "DocumentVersion": number,
        "Description": version["Description"],
        "PlatformTypes": ["Windows", "Linux", "MacOS"],
        "DocumentType": document["Type"],
        "SchemaVersion": version["Schema"],
        "LatestVersion": _latest(document),
        "DefaultVersion": document["Default"],
        "DocumentFormat": document["Format"],
        "TargetType": document["TargetType"],
        "Tags": _tag_list(document["Tags"]),
    }
    return {member: value for member, value in found.items() if value is not None}
