"""`afterword backup` and `afterword restore`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from deploy.local.errors import LocalError
from deploy.operate.console import clear_errors, confirm, err, out
from deploy.operate.saving.manifest import Manifest
from deploy.terminal import progress
from shared.clock import SystemClock
from shared.room import installed_version

if TYPE_CHECKING:
    from deploy.operate.audit.seals import Seal
    from deploy.operate.saving.quiet import Places

To = Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder; it holds everything that people wrote.")]
From = Annotated[Path, typer.Argument(metavar="FOLDER", help="What `afterword backup` wrote.")]
Replace = Annotated[bool, typer.Option("--replace", help="Remove what is there: documents, messages, the log.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def backup(folder: To) -> None:
    """Save the databases, the log of events, and what waits in queues, as of one moment.

    Seals the log first, as `afterword audit seal` does.

    The rooms must rest meanwhile: those of the stack on this machine are stopped and started again; stop others
    yourself. What incident tools send waits at the broker. Works on `AFTERWORD_RABBITMQ_URL`, `AFTERWORD_MONGO_URL` and
    `AFTERWORD_DATABASE`, else on the stack that runs here. Not in it: `AFTERWORD_SECRET_KEY` and other settings, the
    policy file, and the calendar, which has backups of its own.
    """
    from deploy.operate.saving import backing_up, quiet  # noqa: PLC0415 - only this command needs them

    with clear_errors():
        where = quiet.places()
        backing_up.empty(folder)
        with progress(err) as say:
            quiet.let_rest(where, say)
        try:
            _seal(where)
            done = asyncio.run(backing_up.save(where, folder, SystemClock()))
        finally:
            with progress(err) as say:
                quiet.let_work(where, say)
    out.print(f"[green]✓[/] saved in {folder}: {_size(done)}", highlight=False)


def restore(folder: From, replace: Replace = False, yes: Yes = False) -> None:
    """Put a backup back, to an installation with nothing in it; with --replace, in place of what is there.

    Every file is checked first. Rooms see all of it or nothing; when it is interrupted, leave them stopped and run it
    again with --replace. Start the rooms with the same `AFTERWORD_SECRET_KEY` and policy file. They go on where they
    were: what was decided is said, what waited is heard, and no mail goes out that had gone out before the backup.
    """
    from deploy.operate.saving import quiet, restoring  # noqa: PLC0415 - only this command needs them

    with clear_errors():
        where, found = quiet.places(), restoring.checked(folder)
        _say_version(found)
        question = f"Remove what is in {where.prefix}_* and at {where.broker.place}?"
        if replace and not confirm(question, yes=yes, n=2):
            raise typer.Exit(1)
        with progress(err) as say:
            quiet.let_rest(where, say)
        asyncio.run(restoring.put_back(where, folder, found, replace=replace))
        with progress(err) as say:
            quiet.let_work(where, say)
    out.print(f"[green]✓[/] put back: {_size(found)}", highlight=False)


def _seal(where: Places) -> None:
    """Seal the log, so that what is saved can be verified. That it cannot be is said, and keeps nobody from saving."""
    from deploy.operate.audit import place, sealing  # noqa: PLC0415 - only this command needs them

    async def run() -> Seal | None:
        async with place.seals_and_log(where) as (log, chain):
            await sealing.seal(log, chain, SystemClock())
            return chain.head()

    try:
        head = asyncio.run(run())
    except LocalError as error:
        err.print(f"[yellow]note:[/] not sealed: {escape(str(error))}", highlight=False)
    else:
        if head:
            out.print(f"sealed: {head.digest} (seal {head.number})", highlight=False)


def _say_version(found: Manifest) -> None:
    if found.version != installed_version():
        err.print(f"made by version {found.version}; this is {installed_version()}", highlight=False)


def _size(made: Manifest) -> str:
    waiting = f"{made.log.documents:,} events in the log, {made.queues.documents:,} messages waiting"
    return f"{made.documents():,} documents, {waiting} (version {made.version}, {made.made_at:%Y-%m-%d %H:%M} UTC)"
