"""A second opinion on every policy: parliament's findings, and by policy_sentry's
copy of AWS's authorization data whether each action is one and needs `*`."""

import json
import re
import sys
from collections import defaultdict

from parliament import analyze_policy_string, statement as parliament_statement
from policy_sentry.querying.actions import get_action_data

# What parliament says although it is right as it is: issue, and what of it.
ACCEPTED = {
    ("CREDENTIALS_EXPOSURE", ""): "ecr:GetAuthorizationToken, which every pull and push needs",
    ("DATA_ACCESS", ""): "objects of the environment's buckets and of its state",
    ("MISMATCHED_TYPE", "ArnLike requires a value of type Arn but given String"): "an encryption context holds an ARN",
    ("MISMATCHED_TYPE_BUT_USABLE", ""): "an ARN that is compared whole",
    ("PERMISSIONS_MANAGEMENT_ACTIONS", ""): "what a deploy role is for: within the boundary, on its own",
    ("PRIVILEGE_ESCALATION", ""): "escapes.yaml tries each",
    ("RESOURCE_EFFECTIVELY_STAR", ""): "one kind of the account's resources, whose tags a condition tells",
    ("RESOURCE_MISMATCH", ""): "it wants every kind of an action in one statement; hygiene.mjs looks at each",
    ("RESOURCE_POLICY_PRIVILEGE_ESCALATION", ""): "who deploys writes the policies of the environment's own buckets",
    ("RESOURCE_STAR", ""): "AWS knows no resource, or wildcards.yaml has the reason",
    ("UNKNOWN_ACTION", "elasticloadbalancing:.*WebACL"): "newer than its data; policy_sentry and iam-data know it",
    ("UNKNOWN_CONDITION_FOR_ACTION", "aws:ViaAWSService"): "a condition of every action",
    ("UNKNOWN_CONDITION_FOR_ACTION", "iam:PermissionsBoundary"): "newer than its data; iam-data knows it",
}


def accepted(issue: str, detail: str) -> bool:
    return any(issue == known and re.search(pattern, detail) for known, pattern in ACCEPTED)


# A type of condition key that is newer than parliament.
translate = parliament_statement.translate_documentation_types
parliament_statement.translate_documentation_types = lambda name: translate({"ArrayOfARN": "ARN"}.get(name, name))


def main(path: str) -> int:
    with open(path) as file:
        scenes = json.load(file)["scenes"]
    policies = {name: document for scene in scenes for name, document in (scene["managed"] or {}).items()}
    for scene in scenes:
        for role in scene["roles"].values():
            policies |= {f"{role['name']} {name}": document for name, document in (role["inline"] or {}).items()}
    faults = defaultdict(set)
    for name, document in sorted(policies.items()):
        for finding in analyze_policy_string(json.dumps(document), include_community_auditors=True).findings:
            detail = str(finding.detail or finding.title)
            if not accepted(finding.issue, detail):
                faults[f"parliament {finding.issue}: {detail}"].add(name)
        for statement in document["Statement"]:
            for action in statement["Action"]:
                service, _, operation = action.partition(":")
                if "*" not in operation and not get_action_data(service, operation):
                    faults[f"policy_sentry knows no action {action}"].add(name)
    for fault, names in sorted(faults.items()):
        print(f"HYGIENE {fault} [{', '.join(sorted(names)[:4])}]")
    print(f"hygiene: {len(policies)} policies read by parliament and policy_sentry, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
