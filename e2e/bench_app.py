"""One task of the app: time to ready, size, and requests a second beside gunicorn's defaults.

    python -m bench_app --vegeta PATH --build PATH [--cpus 1] [--rate 200] [--seconds 30]

Builds the image, starts PostgreSQL and the app from it as ECS would (read-only root file system,
no capabilities), and has vegeta (https://github.com/tsenart/vegeta) ask for the first page of a
user's recipes. The same image then serves with `gunicorn config.wsgi` and no configuration file.
Prints a table; the numbers are this machine's.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parent.parent
IMAGE, POSTGRES = "slipway-bench-app", "postgres:17-alpine"
DEADLINE = 60
OURS: list[str] = []
DEFAULTS = ["gunicorn", "--bind", "0.0.0.0:8000", "config.wsgi:application"]


@dataclass
class Setup:
    cpus: str
    memory: str
    rate: int
    seconds: int
    vegeta: str


def run(*command: str, **options: object) -> str:
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **options).stdout.strip()


@contextmanager
def container(*arguments: str) -> Iterator[tuple[str, str]]:
    """Id and address of a container that lives as long as the block."""
    identifier = run("docker", "run", "--detach", *arguments)
    try:
        address = run("docker", "inspect", "--format", "{{.NetworkSettings.IPAddress}}", identifier)
        yield identifier, address
    except BaseException:
        print(run("docker", "logs", "--tail", "20", identifier, stderr=subprocess.STDOUT))
        raise
    finally:
        run("docker", "rm", "--force", "--volumes", identifier)


def wait_for(what: str, ready) -> None:
    started = time.monotonic()
    while not ready():
        if time.monotonic() - started > DEADLINE:
            raise TimeoutError(f"{what} is not there after {DEADLINE} s")
        time.sleep(0.01)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=1).status_code == 200
    except requests.RequestException:
        return False


def options(database: str, password: str) -> list[str]:
    """Arguments of `docker run`. The values stay in this environment: a command line is public."""
    values = {
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(64),
        "DJANGO_ALLOWED_HOSTS": "bench.invalid",
        "DJANGO_SECURE": "false",
        "DB_HOST": database,
        "DB_NAME": "bench",
        "DB_USER": "bench",
        "DB_PASSWORD": password,
        "DB_SSLMODE": "disable",
        "AWS_REGION": "us-east-1",
        "MEDIA_BUCKET": "bench-media",
        "RATE_LIMIT": "1000000",
        "DRAIN_DELAY": "0",
        "SEED_PASSWORD": password,
    }
    os.environ |= values
    return [
        "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
        *(part for name in values for part in ("--env", name)),
    ]  # fmt: skip


def attack(setup: Setup, address: str, token: str, *load: str) -> dict:
    target = f"GET http://{address}:8000/api/v1/recipes/\nHost: bench.invalid\nAuthorization: Token {token}\n"
    results = subprocess.run(
        [setup.vegeta, "attack", "-timeout=10s", f"-duration={setup.seconds}s", *load],
        input=target.encode(), check=True, stdout=subprocess.PIPE,
    ).stdout  # fmt: skip
    report = subprocess.run(
        [setup.vegeta, "report", "-type=json"], input=results, check=True, stdout=subprocess.PIPE
    ).stdout
    return json.loads(report)


def measure(setup: Setup, name: str, base: list[str], password: str, command: list[str]) -> None:
    limits = ["--cpus", setup.cpus, "--memory", setup.memory]
    started = time.monotonic()  # with what the engine takes to start a container
    with container(*base, *limits, IMAGE, *command) as (_, address):
        url = f"http://{address}:8000"
        wait_for(name, lambda: answers(f"{url}/health/ready"))
        ready = time.monotonic() - started
        token = requests.post(
            f"{url}/api/v1/users/token/", headers={"Host": "bench.invalid"}, timeout=10,
            json={"email": "demo-1@example.com", "password": password},
        ).json()["token"]  # fmt: skip
        attack(Setup(setup.cpus, setup.memory, 20, 3, setup.vegeta), address, token, "-rate=20")
        steady = attack(setup, address, token, f"-rate={setup.rate}")
        most = attack(setup, address, token, "-rate=0", "-max-workers=16")
    print(
        f"{name:18} {ready:5.2f} s {milliseconds(steady, '50th'):8.1f} {milliseconds(steady, '99th'):8.1f}"
        f" {100 * steady['success']:8.1f} % {most['throughput']:9.0f} {milliseconds(most, '99th'):8.1f}"
        f" {100 * most['success']:8.1f} %"
    )


def milliseconds(report: dict, which: str) -> float:
    return report["latencies"][which] / 1e6


def compressed() -> float:
    """Megabytes of the image as gzip leaves it, which is what a registry stores."""
    total = 0
    with subprocess.Popen(["docker", "save", IMAGE], stdout=subprocess.PIPE) as save:

        class Counter:
            def write(self, data: bytes) -> int:
                nonlocal total
                total += len(data)
                return len(data)

            def flush(self) -> None:
                pass

        with gzip.GzipFile(fileobj=Counter(), mode="wb", compresslevel=6) as out:
            while block := save.stdout.read(1 << 20):
                out.write(block)
    return total / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vegeta", required=True, help="the program vegeta")
    parser.add_argument("--build", required=True, help="the program of tools/docker/cmd/build")
    parser.add_argument("--cpus", default="1", help="processors of the task (default 1)")
    parser.add_argument("--memory", default="512m", help="memory of the task (default 512m)")
    parser.add_argument("--rate", type=int, default=200, help="requests a second (default 200)")
    parser.add_argument("--seconds", type=int, default=30, help="length of each attack (default 30)")
    given = parser.parse_args()
    setup = Setup(given.cpus, given.memory, given.rate, given.seconds, given.vegeta)

    run(given.build, "-tag", IMAGE, str(ROOT / "django-app"))
    print(f"image: {compressed():.1f} MB compressed")
    password = secrets.token_urlsafe(24)
    os.environ["POSTGRES_PASSWORD"] = password
    login = ("--env", "POSTGRES_USER=bench", "--env", "POSTGRES_PASSWORD")
    with container(*login, "--tmpfs", "/var/lib/postgresql/data", POSTGRES) as (database, address):
        ask = ["docker", "exec", database, "pg_isready", "-q", "-h", "127.0.0.1"]
        wait_for("PostgreSQL", lambda: subprocess.run(ask, check=False).returncode == 0)
        base = options(address, password)
        for command in (["migrate_locked"], ["seed", "--users", "100", "--recipes", "10000"]):
            run("docker", "run", "--rm", *base, IMAGE, "python", "manage.py", *command)
        print(f"one task with {setup.cpus} CPU, {setup.memory}; a page of 20 recipes of 10,000")
        print(
            f"{'':18} {'ready':>7} {'p50 ms':>8} {'p99 ms':>8} {'ok':>10} {'most/s':>9} {'p99 ms':>8} {'ok':>10}"
            f"   (first three at {setup.rate}/s)"
        )
        measure(setup, "this app", base, password, OURS)
        measure(setup, "gunicorn defaults", base, password, DEFAULTS)


if __name__ == "__main__":
    main()
