"""`afterword migrate`: documents of an older form, counted and brought forward."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer
from rich.table import Table

from deploy.local import stack
from deploy.local.errors import LocalError
from deploy.operate.broker import setting
from deploy.operate.console import clear_errors, err, out
from deploy.operate.pace import pace
from deploy.operate.room_databases import MONGO, opened
from shared.mongo_unhurried import unhurried

if TYPE_CHECKING:
    from deploy.operate.migrating import Forms

app = typer.Typer(
    help="""\
Documents that an older version wrote: how many there are, and bringing them forward.

A version reads what the one before wrote, and the one before reads what it writes, so nothing has to be done for an
upgrade or for the way back (docs/upgrading.md). Run `afterword migrate forward` when every instance is new: what nobody
has changed since is then found by whatever the new version finds by, and a later version may give the older form up.

Works on `AFTERWORD_MONGO_URL` and `AFTERWORD_DATABASE`, else on the stack that runs here. Rooms go on working.""",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@app.command()
def status() -> None:
    """Count documents by their form. The exit status is 1 when some are not of the form of this version."""
    with clear_errors(), unhurried():
        found = asyncio.run(_counted())
    out.print(_table(found))
    if any(each.newer for each in found):
        err.print("a newer version works here, too: finish the upgrade, or the way back")
    if any(each.older for each in found):
        err.print("when no instance of an older version is left: [bold]afterword migrate forward[/]")
    if any(each.newer or each.older for each in found):
        raise typer.Exit(1)


@app.command()
def forward() -> None:
    """Bring what an older version wrote to the form of this one. Stop it where you like, and run it again.

    A document that is changed meanwhile is left as it is written then. Instances of the version before go on reading
    all of them; what these write is of their form again, so run this when none is left.
    """
    with clear_errors(), unhurried():
        done = asyncio.run(_forward())
    out.print(f"[green]✓[/] {done:,} documents brought forward", highlight=False)


async def _counted() -> Sequence[Forms]:
    from deploy.operate import migrating  # noqa: PLC0415 - it loads all rooms, and only these commands need them

    async with opened(_url()) as database_of:
        return [await migrating.forms(kind, store) for kind, store in migrating.kinds(database_of).items()]


async def _forward() -> int:
    from deploy.operate import migrating  # noqa: PLC0415

    done = 0
    async with opened(_url()) as database_of:
        for kind, store in migrating.kinds(database_of).items():
            left = (await migrating.forms(kind, store)).older
            if left:
                with pace(kind, left) as seen:
                    await migrating.forward(kind, store, seen)
                done += left
    return done


def _table(found: Sequence[Forms]) -> Table:
    table = Table("documents", "form now", "of this form", "older", "newer", box=None, header_style="dim")
    for each in found:
        now = each.counted.get(each.now, 0)
        table.add_row(each.kind, str(each.now), f"{now:,}", f"{each.older:,}", f"{each.newer:,}")
    return table


def _url() -> str:
    """Return where the database is. Raises: LocalError."""
    url = setting(MONGO)
    if url:
        return url
    found = stack.status()
    if found is None:
        msg = f"no database: nothing is up here and {MONGO} is not set; set it, or start a stack with `afterword up`"
        raise LocalError(msg)
    return found.run.mongo_url
