import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from slipway_local import server
from slipway_local.errors import Problem

LOCAL = Path(__file__).resolve().parent.parent


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "slipway_local", *arguments],
        env=os.environ | {"PYTHONPATH": str(LOCAL)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_lists_every_command():
    done = run("--help")
    assert done.returncode == 0
    for command in ("down", "engine", "images", "logs", "postgres", "seed", "state", "status", "up"):
        assert f"\n  {command} " in done.stdout


def test_without_an_engine_one_line_says_what_to_do():
    done = run("up", DOCKER_HOST="unix:///nonexistent.sock")
    assert done.returncode == 1
    assert "no Docker engine answers" in done.stderr
    assert "next: " in done.stderr
    assert "Traceback" not in done.stderr


def test_an_engine_named_by_the_user_is_not_replaced_by_another():
    done = run("engine", DOCKER_HOST="unix:///nonexistent.sock")
    assert done.returncode == 1
    assert "no Docker engine answers at DOCKER_HOST=unix:///nonexistent.sock" in done.stderr
    assert "unset DOCKER_HOST" in done.stderr


def test_commands_that_need_the_local_aws_say_so():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    for command in (["state", "staging"], ["seed"]):
        done = run(*command, SLIPWAY_LOCAL_PORT=port)
        assert done.returncode == 1, command
        assert "the local AWS does not answer" in done.stderr


def test_bad_arguments_are_refused():
    assert run("postgres").returncode == 2
    assert run("postgres", "--up").returncode == 2
    assert run("engine", "restart").returncode == 2


@pytest.mark.engine
def test_a_taken_port_names_the_process(monkeypatch):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        monkeypatch.setattr(server, "_PORTS", {holder.getsockname()[1]: "SLIPWAY_LOCAL_PORT"})
        with pytest.raises(Problem, match=f"taken by process {os.getpid()} "):
            server.refuse_taken_ports()
    server.refuse_taken_ports()


@pytest.mark.engine
def test_postgres_comes_and_goes(tmp_path):
    settings = tmp_path / "env"
    done = run("postgres", "--up", "--env-file", str(settings))
    assert done.returncode == 0, done.stderr
    try:
        values = dict(line.split("=", 1) for line in settings.read_text().splitlines())
        assert set(values) == {"DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD", "DB_SSLMODE"}
        assert settings.stat().st_mode & 0o777 == 0o600
        assert values["DB_PASSWORD"] not in done.stdout + done.stderr
        with socket.create_connection((values["DB_HOST"], int(values["DB_PORT"])), timeout=10):
            pass
    finally:
        done = run("postgres", "--down", "--env-file", str(settings))
    assert done.returncode == 0, done.stderr
    assert not settings.exists()
    with pytest.raises(OSError):
        socket.create_connection((values["DB_HOST"], int(values["DB_PORT"])), timeout=10)
