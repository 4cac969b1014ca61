"""The parts of a deploy are told apart by Pulumi's output, in whatever order its lines come."""

from __future__ import annotations

from deploy import timed

_OUTPUT = """\
Previewing update (staging):
    slipway:service:Service staging-app  image: 127.0.0.1:4566/staging-app:1 is not there yet: the update builds it
 ~  aws:ecs:Service staging-app update [diff: ~taskDefinition]
Updating (staging):
    slipway:service:Service staging-app  image: building 127.0.0.1:4566/staging-app:1 for linux/amd64
    slipway:service:Service staging-app  image: +  docker:index:RegistryImage image creating (13s) pushing to 127.0.0.1:4566
    slipway:service:Service staging-app  image: pushed 127.0.0.1:4566/staging-app@sha256:6e
    slipway:service:Service staging-app  image: pushed 127.0.0.1:4566/staging-app@sha256:6e
    slipway:service:Service staging-app  migration: starting python manage.py migrate_locked in cluster c
    slipway:service:Service staging-app  migration: No migrations to apply.
 ~  aws:ecs:Service staging-app updating (0s) [diff: ~taskDefinition]
 ~  aws:ecs:Service staging-app updated (0.04s) rollout: 1 of 1 tasks of staging-app:2 run
 ~  aws:ecs:Service staging-app-worker-jobs updating (0s)
 ~  aws:ecs:Service staging-app-worker-jobs updated (0s) rollout: 0 of 1 tasks of staging-app-worker-jobs:2 run
 ~  aws:ecs:Service staging-app-worker-jobs updated (0s) rollout: 1 of 1 tasks of w:2 run; waiting until they
 ~  aws:ecs:Service staging-app-worker-jobs updated (0s) rollout: 1 of 1 tasks of staging-app-worker-jobs:2 run
 -- aws:ecs:TaskDefinition staging-app deleting original (0s)
Duration: 40s
"""


def test_every_part_has_its_time():
    """One second a line: a part takes as many seconds as it has lines."""
    read = 0

    def lines():
        nonlocal read
        for line in _OUTPUT.splitlines(keepends=True):
            read += 1
            yield line

    assert timed(lines(), lambda: read) == {
        "preview": 4, "build": 2, "push": 1, "register": 2, "migrate": 2, "rollout": 2, "workers": 3, "finish": 2,
    }  # fmt: skip


def test_what_did_not_happen_takes_no_time():
    """A deploy that builds nothing."""
    assert timed(["Updating (staging):\n", "Duration: 3s\n"], iter([0.0, 2.0, 5.0]).__next__) == {
        "preview": 2.0, "build": 3.0, "push": 0, "register": 0, "migrate": 0, "rollout": 0, "workers": 0, "finish": 0,
    }  # fmt: skip
