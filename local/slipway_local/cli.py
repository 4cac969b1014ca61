"""The commands."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from slipway_local import base_images, engine, log_tail, names, oidc, postgres, seed, server, state, status
from slipway_local import down as removal
from slipway_local import shell as task_shell
from slipway_local.errors import Problem


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """The local AWS: starts it, fills it, removes it."""


@commands.command("engine")
@click.argument("action", type=click.Choice(["start", "stop"]), default="start")
def engine_command(action: str) -> None:
    """Makes sure that a Docker engine answers; `engine stop` ends one that we started."""
    engine.ensure() if action == "start" else engine.stop()


@commands.command()
def images() -> None:
    """Makes the base images available: present, pulled, or built from Debian packages."""
    base_images.ensure()


@commands.command()
@click.option("--auth", is_flag=True, help="Enforce IAM policies and signatures.")
def up(auth: bool) -> None:
    """Starts the local AWS on 127.0.0.1:4566, its load balancers on 4580 (HTTP) and 4543 (HTTPS)."""
    server.up(server.Options(auth=auth))


@commands.command("seed")
@click.option("--domain", "domains", multiple=True, metavar="NAME", help="Make a public hosted zone; repeatable.")
@click.option("--boundary", "boundaries", multiple=True, metavar="NAME", help="Make an IAM policy; repeatable.")
@click.option("--repository", "repositories", multiple=True, metavar="NAME", help="Make an ECR repository; repeatable.")
def seed_command(domains: tuple[str, ...], boundaries: tuple[str, ...], repositories: tuple[str, ...]) -> None:
    """Adds what the account has before a deployment: hosted zones, permissions boundaries, image repositories."""
    _require_up()
    seed.seed(domains, boundaries, repositories)


@commands.command("state")
@click.argument("stack")
def state_command(stack: str) -> None:
    """Makes STACK's state bucket, key and lease table, writes .slipway/local.env and .slipway/Pulumi.STACK.yaml."""
    _require_up()
    state.prepare(stack)


@commands.command("environment")
def environment_command() -> None:
    """Writes .slipway/local.env, what every command needs to talk to the local AWS."""
    _require_up()
    state.write_environment()


@commands.command("token")
@click.argument("project")
@click.option("--ref", default="main", show_default=True, help="Branch or tag of the job.")
@click.option("--ref-type", type=click.Choice(["branch", "tag"]), default="branch", show_default=True)
@click.option("--unprotected", is_flag=True, help="The branch or tag is not a protected one.")
@click.option("--environment", default="", help="GitLab environment of the job.")
@click.option("--issuer", default="https://gitlab.com", show_default=True)
@click.option("--audience", default="https://gitlab.com", show_default=True)
@click.option("--lifetime", default=3600, show_default=True, help="Seconds.")
def token_command(project: str, unprotected: bool, **claims) -> None:
    """Prints a token as GitLab gives one to a job of PROJECT (group/name), for AssumeRoleWithWebIdentity."""
    click.echo(oidc.token(oidc.Job(project=project, protected=not unprotected, **claims)))


@commands.command("assume")
@click.option("--role", envvar="AWS_ROLE_ARN", required=True, help="ARN of the role. [AWS_ROLE_ARN]")
@click.option("--session", envvar="AWS_ROLE_SESSION_NAME", default="slipway", help="[AWS_ROLE_SESSION_NAME]")
@click.option(
    "--token-file", envvar="AWS_WEB_IDENTITY_TOKEN_FILE", required=True,
    type=click.Path(path_type=Path, exists=True), help="[AWS_WEB_IDENTITY_TOKEN_FILE]",
)  # fmt: skip
def assume_command(role: str, session: str, token_file: Path) -> None:
    """Prints the variables with a role's credentials for a token, as the AWS SDK gets them."""
    for name, value in oidc.assume(role, session, token_file.read_text().strip()).items():
        click.echo(f"{name}={value}")


@commands.command("down")
@click.option("--images", is_flag=True, help="Remove the images built here as well.")
def down_command(images: bool) -> None:
    """Removes the local AWS, what it started, its networks and state; stops an engine that we started."""
    if engine.available():
        removal.down(images=images)
    if names.PORT == names.DEFAULT_PORT:
        engine.stop()


@commands.command("status")
def status_command() -> None:
    """Shows what is up; exit code 1 when the local AWS does not answer."""
    if not status.show():
        sys.exit(1)


@commands.command()
@click.option("--follow", "-f", is_flag=True, help="Go on with new lines.")
@click.option("--lines", "-n", default=200, show_default=True, help="Start so many lines back.")
def logs(follow: bool, lines: int) -> None:
    """Prints the local AWS's own output."""
    log_tail.server_logs(follow=follow, lines=lines)


@commands.command("shell")
@click.argument("cluster")
@click.argument("service")
@click.option("--container", default="app", show_default=True, help="Name of the container in the task.")
@click.option("--command", default="/bin/sh", show_default=True, help="What to run there.")
def shell_command(cluster: str, service: str, container: str, command: str) -> None:
    """Opens a shell in the newest task of SERVICE."""
    _require_up()
    task_shell.shell(cluster, service, container=container, command=command)


@commands.command("postgres")
@click.option("--up/--down", "up", required=True, help="Start or remove it.")
@click.option("--env-file", type=click.Path(path_type=Path), help="Where to write (or remove) the DB_* lines.")
def postgres_command(up: bool, env_file: Path | None) -> None:
    """A throw-away PostgreSQL 17 for tests."""
    if not up:
        postgres.down(env_file)
    elif env_file is None:
        raise click.UsageError("--up needs --env-file FILE")
    else:
        postgres.up(env_file)


def _require_up() -> None:
    if not server.answers():
        raise Problem("the local AWS does not answer", "start it with `python -m slipway_local up`")


def main() -> None:
    """Runs one command; a Problem becomes two lines and exit code 1."""
    try:
        commands.main(standalone_mode=False)
    except Problem as problem:
        print(f"error: {problem.what}\n  next: {problem.todo}", file=sys.stderr)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        print("interrupted; repeat the command to go on", file=sys.stderr)
        sys.exit(130)
