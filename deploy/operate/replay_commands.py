"""`afterword replay`: giving a room again what it heard, out of the log of events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
import uvloop
from rich.markup import escape
from rich.table import Table

from deploy.local.errors import LocalError
from deploy.operate import replaying
from deploy.operate.broker import connected, find
from deploy.operate.console import bar, clear_errors, confirm, err, out, plural
from deploy.operate.replaying import Survey
from deploy.operate.selecting import Wanted, targets
from shared.messaging.parked import moment

INTERRUPTED = 130
AGAIN = "what was sent is there; run it again: what comes twice is recognised"

Room = Annotated[str, typer.Argument(metavar="ROOM", help="drafting, review, calendar, distribution or gateway")]
Messages = Annotated[
    list[str] | None,
    typer.Option("--message", metavar="NAME", help="Only this message, such as Published.v1; may be repeated."),
]
Subject = Annotated[
    str | None, typer.Option("--subject", metavar="ID", help="Only what is about this postmortem.", show_default=False)
]
Since = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Said at this time or later: 2026-03-02T09:00 (UTC).", show_default=False),
]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Said before this time.", show_default=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show how many messages are meant.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Rebuild = Annotated[bool, typer.Option("--rebuild", help="gateway only: build the library again out of all events.")]


def replay(
    room: Room,
    message: Messages = None,
    subject: Subject = None,
    since: Since = None,
    until: Until = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    rebuild: Rebuild = False,
) -> None:
    """Give a room again the events that it hears, out of the log of events.

    For a queue that was deleted: `afterword topology apply`, then
    `afterword replay ROOM --message NAME --since TIME`. No other room hears anything of it. Ids and bodies are as they
    were, so what the room has handled is recognised by its id and has no second effect: it is safe to repeat, and to
    replay too much. That holds while the room has its documents; one that has lost them does all again, mails too.

    `--rebuild` makes the gateway's library anew, out of all events and past its queues. People go on reading what there
    is, and the gateway may go on hearing: each document takes its place when it has all that the old one has. Nobody is
    told of anything again. Keys, commands and everything of the other rooms stay.

    Works on the broker that `AFTERWORD_RABBITMQ_URL` names (and for --rebuild on `AFTERWORD_MONGO_URL` and
    `AFTERWORD_DATABASE`), else on the stack that runs here. The exit status is 0 when all was sent, 1 when something is
    wrong, 130 when it was interrupted.
    """
    with clear_errors(), _interrupted():
        wanted = _wanted(message, subject, since, until)
        targets(room, wanted.messages)
        if rebuild:
            uvloop.run(_rebuild(room, wanted, dry_run=dry_run, yes=yes))  # half of its time was the plain loop's
        else:
            asyncio.run(_replay(room, wanted, dry_run=dry_run, yes=yes))


async def _replay(room: str, wanted: Wanted, *, dry_run: bool, yes: bool) -> None:
    found = await _surveyed(room, wanted)
    n = found.counted.total()
    if dry_run or not confirm(f"Replay {plural(n)} to {room}?", yes=yes, n=n):
        return _only_shown(room, found)
    await _sent(room, wanted, n)
    return None


async def _rebuild(room: str, wanted: Wanted, *, dry_run: bool, yes: bool) -> None:
    from deploy.operate import rebuild  # noqa: PLC0415 - a room's driver takes time to load

    if wanted != Wanted(subject=wanted.subject):
        msg = "--rebuild needs every event: leave out --message, --since and --until"
        raise LocalError(msg)
    broker = find()
    async with rebuild.library(room) as library:
        question = f"Build {wanted.subject or 'the library'} in {library.name} again, out of the log?"
        if not dry_run and not confirm(question, yes=yes, n=2):
            err.print("nothing was changed", highlight=False)
            return
        done = await rebuild.run(broker, library, wanted.subject, dry_run=dry_run)
    for line in done.odd():
        err.print(f"[yellow]note:[/] {escape(line)}", highlight=False)
    if dry_run:
        _only_shown(room, Survey(done.taken))
    else:
        out.print(f"[green]✓[/] {done}", highlight=False)


async def _surveyed(room: str, wanted: Wanted) -> Survey:
    async with connected(find()) as connection:
        with bar("reading the log", None) as seen:
            return await replaying.survey(connection, room, wanted, seen)


async def _sent(room: str, wanted: Wanted, n: int) -> None:
    async with connected(find()) as connection:
        with bar("replaying", n) as seen:
            done = await replaying.replay(connection, room, wanted, seen)
    out.print(f"[green]✓[/] replayed to {room}: {plural(done.total())}", highlight=False)


@contextmanager
def _interrupted() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as error:
        err.print(f"interrupted: {AGAIN}", highlight=False)
        raise typer.Exit(INTERRUPTED) from error


def _wanted(message: list[str] | None, subject: str | None, since: str | None, until: str | None) -> Wanted:
    """Read the options. Raises: LocalError when one makes no sense."""
    try:
        return Wanted(frozenset(message or ()), subject, moment(since), moment(until))
    except ValueError as error:
        msg = f"{error}: write a time as 2026-03-02 or 2026-03-02T09:14:00+01:00"
        raise LocalError(msg) from error


def _only_shown(room: str, found: Survey) -> None:
    table = Table("message", "queue", "messages", box=None, header_style="dim")
    for (_, name), queue in targets(room).items():
        if found.counted[name]:
            table.add_row(escape(name), escape(queue), str(found.counted[name]))
    if table.row_count:
        out.print(table)
    err.print(f"{plural(found.counted.total())}; nothing was changed", highlight=False)
