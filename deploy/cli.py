"""The command `afterword`: the whole stack on this machine."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from deploy.local import stack
from deploy.local.progress import Say
from deploy.local.run import Run
from deploy.local.site import default_folder
from deploy.operate import (
    audit_commands,
    backup_commands,
    coaching_commands,
    doctor_command,
    forget_command,
    hook_commands,
    import_commands,
    key_commands,
    migrate_commands,
    parked_commands,
    replay_commands,
    template_commands,
    topology_commands,
)
from deploy.operate.console import clear_errors
from deploy.terminal import progress

HELP = """\
Afterword on this machine: five services, RabbitMQ, MongoDB, a calendar and a mail catcher.

**First time?** `afterword demo` starts everything, drives one incident from the page to the mailed report, shows what
happened, and stops.

**To work with it**: `afterword up`, look at `afterword status`, `afterword down`.

Servers come from where they are found first: `AFTERWORD_RABBITMQ_URL`, `AFTERWORD_MONGO_URL`, `AFTERWORD_CALDAV_URL`
and `AFTERWORD_SMTP_URL` in the environment; Docker; programs on this machine, which are installed or fetched when they
are missing and that is possible. They listen on 127.0.0.1 alone, and data, logs and secrets stay in `.local`
(`AFTERWORD_LOCAL` names another folder, so that several stacks can live side by side).
"""
app = typer.Typer(
    name="afterword",
    help=HELP,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(audit_commands.app, name="audit")
app.add_typer(key_commands.app, name="key")
app.add_typer(parked_commands.app, name="parked")
app.add_typer(topology_commands.app, name="topology")
app.add_typer(hook_commands.app, name="hook")
app.add_typer(template_commands.app, name="template")
app.add_typer(coaching_commands.app, name="coaching")
app.add_typer(migrate_commands.app, name="migrate")
app.command("backup")(backup_commands.backup)
app.command("restore")(backup_commands.restore)
app.command("doctor")(doctor_command.doctor)
app.command("forget")(forget_command.forget)
app.command("replay")(replay_commands.replay)
app.command("import")(import_commands.bring)
out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)


@app.command()
def up() -> None:
    """Start everything and leave it running.

    Returns when every service says that it is ready. Addresses, API keys of the sample people and process ids are then
    in `.local/run.json`. What already runs is kept; a service that has died is started again.

    `AFTERWORD_GATEWAY_PORT`, `AFTERWORD_RABBITMQ_PORT`, `AFTERWORD_MONGO_PORT`, `AFTERWORD_CALDAV_PORT` and
    `AFTERWORD_SMTP_PORT` ask for ports; without them free ones are taken.
    """
    with _told() as say:
        run = stack.up(say=say)
    _show(run)


@app.command()
def down(wipe: Annotated[bool, typer.Option("--wipe", help="Remove the data and logs as well.")] = False) -> None:
    """Stop everything that `up` started; data stays for the next time."""
    with _told() as say:
        stack.down(wipe=wipe, say=say)


@app.command()
def restart(
    room: Annotated[str, typer.Argument(help="drafting, review, calendar, distribution or gateway", metavar="ROOM")],
) -> None:
    """Start one service again, dead or alive, on its port and with its environment."""
    with _told() as say:
        stack.restart(room, say=say)


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="The content of run.json, and `alive` by process.")] = False,
) -> None:
    """Show what runs, and where. The exit status is 1 when nothing is up."""
    with clear_errors():
        found = stack.status()
    if as_json:
        content = {**found.run.as_json(), "alive": found.alive} if found else {"alive": {}}
        sys.stdout.write(json.dumps(content, indent=2) + "\n")
    elif found:
        _show(found.run)
        out.print(_table(found))
    else:
        err.print("nothing is up; start it with [bold]afterword up[/]")
    raise typer.Exit(0 if found else 1)


@app.command()
def demo(
    compose: Annotated[
        bool, typer.Option("--compose", help="Through the containers of docker-compose.yml, which must be up.")
    ] = False,
) -> None:
    """Drive one incident through everything and show what happened.

    Starts the stack when it is not up, and stops it afterwards in that case. The exit status is 0 only when the meeting
    is on the calendar and the mail has arrived.
    """
    from deploy.demo import run as drive  # noqa: PLC0415 - only this command needs it, and it takes time to load

    if compose:
        with clear_errors():
            raise typer.Exit(0 if drive(_of_compose(), out) else 1)
    with clear_errors():
        was_up = stack.status() is not None
    try:
        with _told() as say:
            run = stack.up(say=say)
        with clear_errors():
            good = drive(run.as_json(), out)
    finally:
        if not was_up:
            with _told() as say:
                stack.down(say=say)
    raise typer.Exit(0 if good else 1)


@app.command("secrets")
def make_secrets(
    folder: Annotated[Path, typer.Option(help="Where docker-compose.yml looks: AFTERWORD_SECRETS.")] = Path(
        ".local/secrets"
    ),
    definitions: Annotated[
        bool,
        typer.Option(
            "--definitions",
            help="After an upgrade: only the broker's users, permissions and queues, with the same passwords.",
        ),
    ] = False,
) -> None:
    """Make the keys and passwords that `docker compose up` wants, once."""
    from deploy import compose  # noqa: PLC0415 - only this command needs it

    with clear_errors():
        if definitions:
            out.print(f"made anew: {compose.renew_definitions(folder)}; restart rabbitmq", highlight=False)
        else:
            out.print(f"made; the people's keys are in {compose.make_secrets(folder)}", highlight=False)


def _of_compose() -> dict[str, Any]:
    from deploy.compose import PUBLISHED, described_by  # noqa: PLC0415 - only for containers

    ports = {name: os.environ.get(f"AFTERWORD_{name.upper()}_PORT", "") for name in PUBLISHED}
    return described_by(Path(os.environ.get("AFTERWORD_SECRETS") or ".local/secrets"), ports)


def main() -> None:
    """Run the command line."""
    app()


@contextmanager
def _told() -> Iterator[Say]:
    with clear_errors(), progress(err) as say:
        yield say


def _show(run: Run) -> None:
    folder = default_folder()
    lines = {
        "pages": f"{run.gateway_url}/",
        "API": f"{run.gateway_url}/docs",
        "calendar": run.caldav["url"],
        "mails": run.mail_dir or run.smtp_url,
        "keys and more": str(folder / "run.json"),
        "logs": str(folder / "log"),
    }
    for name, value in lines.items():
        out.print(f"[bold]{name:<14}[/] {escape(value)}", highlight=False)


def _table(found: stack.Status) -> Table:
    table = Table("process", "state", "pid", "address", box=None, header_style="dim")
    for name, lives in found.alive.items():
        pid = str(found.run.pids.get(name, "")) if lives else ""
        table.add_row(name, "[green]up[/]" if lives else "[red]dead[/]", pid, found.run.http.get(name, ""))
    return table


if __name__ == "__main__":
    main()
