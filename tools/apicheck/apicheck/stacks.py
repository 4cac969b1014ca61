"""What is done while requests are recorded: every stack up, changed, refreshed and destroyed, every option on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]

#: Every option of Pulumi.yaml that makes or alters a resource, at a value other than the committed one where there is
#: one.
EVERYTHING = {
    "interfaceEndpoints": ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "kms", "ssm", "ssmmessages", "ec2messages"],
    "adminHost": True,
    "cdn": True,
    "mediaCorsOrigins": ["https://www.example.com"],
    "workerTasks": 2,
}
#: Each of them at another value. What is protected can be taken away one `up` after protection has ended.
OTHERWISE = {
    "owner": "another-team",
    "interfaceEndpoints": ["logs"],
    "redirectDomains": ["www.example.com"],
    "hsts": "subdomains",
    "protect": False,
    "imageAccount": "222233334444",
    "taskCpu": 512,
    "taskMemoryMiB": 1024,
    "minTasks": 3,
    "maxTasks": 12,
    "onDemandTasks": 1,
    "workerTasks": 1,
    "containerInsights": False,
    "databaseClass": "db.t4g.small",
    "databaseStorageGiB": 40,
    "databaseMultiAz": False,
    "databaseBackupDays": 7,
    "databaseFinalSnapshot": False,
    "mediaCorsOrigins": ["https://www.example.com", "https://example.com"],
    "logRetentionDays": 90,
    "alarmEmails": ["ops@example.com", "second@example.com"],
    "monthlyBudgetUsd": 400,
}
NOTHING = {
    "nat": "single",
    "interfaceEndpoints": [],
    "adminHost": False,
    "imageAccount": "",
    "domain": "",
    "hostedZone": "",
    "redirectDomains": [],
    "hsts": "host",
    "firewall": False,
    "cdn": False,
    "workerTasks": 0,
    "mediaCorsOrigins": [],
    "alarmEmails": [],
    "monthlyBudgetUsd": 0,
}


@dataclass(frozen=True)
class Step:
    """One operation of Pulumi on one stack."""

    stack: str
    #: up, refresh or destroy.
    operation: str
    #: Values of the configuration from now on, beside the committed ones.
    values: dict = field(default_factory=dict)
    name: str = ""

    def __str__(self) -> str:
        return f"{self.stack} {self.name or self.operation}"


STEPS = (
    Step("staging", "up"),
    Step("staging", "refresh"),
    Step("review-7", "up"),
    Step("review-7", "up", {"maxTasks": 3, "logRetentionDays": 7}, "change"),
    Step("review-7", "up", {"databaseSnapshot": "slipway-review-7-by-hand"}, "restore"),
    Step("review-7", "destroy"),
    Step("staging", "up", {"zones": ["a", "b", "c"], "databaseFinalSnapshot": True, "nat": "perZone",
                           "architecture": "amd64", "monthlyBudgetUsd": 0, "alarmEmails": ["ops@example.com"]}, "change"),
    Step("staging", "destroy"),
    Step("prod", "up", EVERYTHING),
    Step("prod", "refresh"),
    Step("prod", "up", OTHERWISE, "change"),
    Step("prod", "up", NOTHING, "less"),
    Step("prod", "destroy"),
)  # fmt: skip


def committed(stack: str) -> dict:
    """The configuration of a stack's file, by key without `slipway:`."""
    file = "review" if stack.startswith("review-") else stack
    values = yaml.safe_load((ROOT / f"Pulumi.{file}.yaml").read_text())["config"]
    return {key.removeprefix("slipway:"): value for key, value in values.items()}


def options() -> set[str]:
    """Every key of Pulumi.yaml."""
    return set(yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"])


def changed() -> set[str]:
    """The keys to which a step gives another value than the same stack had before."""
    found: set[str] = set()
    current: dict[str, dict] = {}
    for step in STEPS:
        first = step.stack not in current
        values = current.setdefault(step.stack, committed(step.stack))
        found |= {key for key, value in step.values.items() if not first and values[key] != value}
        values |= step.values
    return found
