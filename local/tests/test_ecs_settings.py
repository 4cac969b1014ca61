import pytest
from slipway_aws import ecs_containers, ecs_dependencies


def container(name, *depends, essential=False, **settings):
    dependencies = [{"containerName": target, "condition": condition} for target, condition in depends]
    return {"name": name, "essential": essential, "dependsOn": dependencies, **settings}


def test_containers_start_after_what_they_wait_for():
    given = [container("app", ("proxy", "START"), ("migrate", "SUCCESS")), container("migrate"), container("proxy")]
    assert [d["name"] for d in ecs_dependencies.in_order(given)] == ["migrate", "proxy", "app"]


@pytest.mark.parametrize(
    ("definitions", "problem"),
    [
        ([container("app", ("gone", "START"))], "no such container"),
        ([container("a", ("b", "DONE")), container("b")], "'DONE' is not one of START, COMPLETE, SUCCESS, HEALTHY"),
        ([container("a", ("b", "SUCCESS")), container("b", essential=True)], "essential container can't be awaited"),
        ([container("a", ("b", "HEALTHY")), container("b")], "needs a health check"),
        ([container("a", ("b", "START")), container("b", ("a", "START"))], "form a cycle"),
    ],
)
def test_bad_dependencies_are_refused(definitions, problem):
    assert problem in ecs_dependencies.find_problem(definitions)


def test_good_dependencies_pass():
    definitions = [
        container("app", ("migrate", "SUCCESS"), ("proxy", "HEALTHY"), essential=True),
        container("migrate"),
        container("proxy", essential=True, healthCheck={"command": ["CMD", "true"]}),
    ]
    assert ecs_dependencies.find_problem(definitions) is None


@pytest.mark.parametrize(
    ("condition", "state", "holds", "impossible"),
    [
        ("START", {"Status": "running"}, True, False),
        ("COMPLETE", {"Status": "running"}, False, False),
        ("COMPLETE", {"Status": "exited", "ExitCode": 3}, True, False),
        ("SUCCESS", {"Status": "exited", "ExitCode": 0}, True, False),
        ("SUCCESS", {"Status": "exited", "ExitCode": 3}, False, True),
        ("HEALTHY", {"Status": "running", "Health": {"Status": "starting"}}, False, False),
        ("HEALTHY", {"Status": "running", "Health": {"Status": "healthy"}}, True, False),
        ("HEALTHY", {"Status": "running", "Health": {"Status": "unhealthy"}}, False, True),
        ("HEALTHY", {"Status": "exited", "ExitCode": 0}, False, True),
    ],
)
def test_conditions(condition, state, holds, impossible):
    exited = state["Status"] == "exited"
    assert ecs_dependencies._holds(condition, state, exited) is holds
    assert (not holds and ecs_dependencies._impossible(condition, state, exited) is not None) is impossible


def test_settings_reach_docker():
    cdef = {
        "name": "app",
        "entryPoint": ["/entry"],
        "user": "1000:1000",
        "workingDirectory": "/srv",
        "readonlyRootFilesystem": True,
        "linuxParameters": {
            "initProcessEnabled": True,
            "capabilities": {"drop": ["ALL"]},
            "tmpfs": [{"containerPath": "/tmp", "size": 64, "mountOptions": ["noexec"]}],
        },
        "healthCheck": {"command": ["CMD", "true"], "interval": 10, "retries": 2, "startPeriod": 5},
        "ulimits": [{"name": "nofile", "softLimit": 1024, "hardLimit": 2048}],
    }
    got = ecs_containers.settings(cdef, {"memory": "512"})
    assert got["entrypoint"] == ["/entry"]
    assert got["user"] == "1000:1000"
    assert got["working_dir"] == "/srv"
    assert got["read_only"] is True
    assert got["init"] is True
    assert got["cap_drop"] == ["ALL"]
    assert got["tmpfs"] == {"/tmp": "size=64m,noexec"}
    assert got["mem_limit"] == 512 * 1024 * 1024
    assert got["healthcheck"] == {
        "test": ["CMD", "true"],
        "interval": 10_000_000_000,
        "timeout": 5_000_000_000,
        "retries": 2,
        "start_period": 5_000_000_000,
    }
    assert got["ulimits"][0]["Hard"] == 2048


def test_what_is_not_set_is_not_passed():
    assert ecs_containers.settings({"name": "app", "readonlyRootFilesystem": False}, {}) == {}


def test_a_tasks_volume_is_shared_by_its_containers_only():
    td = {"volumes": [{"name": "scratch"}, {"name": "fixed", "host": {"sourcePath": "/data"}}]}
    mounts = {"mountPoints": [
        {"sourceVolume": "scratch", "containerPath": "/tmp"},
        {"sourceVolume": "fixed", "containerPath": "/data", "readOnly": True},
    ]}
    assert ecs_containers.task_volumes(mounts, td, "0123456789") == ["slipway-task-01234567-scratch:/tmp:rw"]
