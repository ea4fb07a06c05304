"""`afterword parked`: messages that a human has to look at."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable
from typing import Annotated

import typer
from rich.markup import escape

from deploy.local.errors import LocalError
from deploy.operate import parking
from deploy.operate.broker import connected, find
from deploy.operate.console import bar, clear_errors, confirm, err, out, plural
from deploy.operate.parked import Wanted
from deploy.operate.pictures import one, queues, rows
from deploy.operate.showing import full
from shared.messaging import topology
from shared.messaging.parked import PARKINGS, Parked, moment

app = typer.Typer(
    help="""\
Messages that no room could handle, and that wait for a human.

Look: `afterword parked list`, then `afterword parked list --queue drafting.IncidentReported.v1`, then
`afterword parked show ID`. Once the cause is gone, `redrive` sends them to where they were heard; what will never
be right is removed with `drop`. Looking changes nothing.

Works on the broker that `AFTERWORD_RABBITMQ_URL` names, else on the stack that runs here.""",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

Id = Annotated[
    str | None,
    typer.Argument(metavar="[ID]", help="Only this message; `-` for those that have no id.", show_default=False),
]
Queue = Annotated[
    str | None,
    typer.Option("--queue", metavar="QUEUE", help="Only what this queue's hearer parked.", show_default=False),
]
Since = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Said at this time or later: 2026-03-02T09:00 (UTC).", show_default=False),
]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Said before this time.", show_default=False)]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask when there is more than one.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show which messages are meant.")]
Found = list[tuple[str, Parked]]


@app.command("list")
def show_list(
    queue: Queue = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: queues with counts, or messages.")] = False,
) -> None:
    """Show how many messages are parked by queue, or with --queue which ones.

    `said` is when the message was said, `tried` how often it was tried, `redriven` how often it was sent back before.
    """
    with clear_errors():
        places = _places(queue)
        if queue is None:
            counted = asyncio.run(_count(places))
            _print([_counted(name, n) for name, n in counted.items()]) if as_json else out.print(queues(counted))
        else:
            found = asyncio.run(_look(places, Wanted()))
            _print([each.as_json() for _, each in found]) if as_json else out.print(rows(each for _, each in found))


@app.command()
def show(
    id: Annotated[str, typer.Argument(metavar="ID", help="As the list shows it; `-` for messages without one.")],
    queue: Queue = None,
) -> None:
    """Show one message whole: what went wrong and where, its headers and its body.

    A message that several rooms could not handle is parked once for each, and shown as often.
    """
    with clear_errors():
        pictures = asyncio.run(_pictures(_places(queue), id))
        if not pictures:
            raise LocalError(_not_found(id, queue))
    for picture in pictures:
        one(out, picture)


@app.command()
def redrive(
    id: Id = None,
    queue: Queue = None,
    since: Since = None,
    until: Until = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Send messages back to where they were heard, to be tried as if they were new.

    Without ID, --queue or a time: all of them. Ids and bodies stay as they are, so what was handled in the meantime is
    recognised and has no second effect. What fails again is parked again. Nothing is lost when this is interrupted.
    """
    with clear_errors():
        found = _wanted(id, queue, since, until)
        if dry_run or not confirm(f"Redrive {plural(len(found))}?", yes=yes, n=len(found)):
            return _only_shown(found)
        done = asyncio.run(_redrive(found))
        out.print(f"[green]✓[/] redriven: {plural(len(done))}", highlight=False)
        _gone(len(found), len(done))
    return None


@app.command()
def drop(
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why it may go; printed with each message.")],
    id: Id = None,
    queue: Queue = None,
    since: Since = None,
    until: Until = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Remove messages for good: what they should have done will not happen.

    Prints a line for each, `dropped ID TYPE SUBJECT QUEUE: REASON`; keep it, nothing else remembers them.
    """
    with clear_errors():
        if not reason.strip():
            msg = "--reason is empty: say why it may go"
            raise LocalError(msg)
        if (id, queue, since, until) == (None, None, None, None):
            msg = "say which: an ID, --queue, --since or --until"
            raise LocalError(msg)
        found = _wanted(id, queue, since, until)
        if dry_run or not confirm(f"Drop {plural(len(found))} for good?", yes=yes, n=len(found)):
            return _only_shown(found)
        _gone(len(found), asyncio.run(_drop(found, " ".join(reason.split()))))
    return None


def _wanted(id: str | None, queue: str | None, since: str | None, until: str | None) -> Found:
    """Look up what is meant. Raises: LocalError when it is nothing, or an option makes no sense."""
    try:
        wanted = Wanted(id, moment(since), moment(until))
    except ValueError as error:
        msg = f"{error}: write a time as 2026-03-02 or 2026-03-02T09:14:00+01:00"
        raise LocalError(msg) from error
    found = asyncio.run(_look(_places(queue), wanted))
    if not found and id is not None:
        raise LocalError(_not_found(id, queue))
    return found


def _places(queue: str | None) -> list[str]:
    """Return the parking queues to look into. Raises: LocalError for a queue that there is not."""
    if queue is None:
        return list(PARKINGS)
    name = queue if queue in PARKINGS else topology.parking_of(queue)
    if name not in PARKINGS:
        msg = f"there is no queue {queue!r}: `afterword parked list` shows those with parked messages"
        raise LocalError(msg)
    return [name]


def _not_found(id: str, queue: str | None) -> str:
    where = f"for {queue}" if queue else "anywhere"
    return f"no message {id!r} is parked {where}: `afterword parked list --queue QUEUE` shows the ids"


async def _count(places: list[str]) -> dict[str, int]:
    async with connected(find()) as connection:
        counted = await parking.counts(connection, places)
    missing = [name for name, n in counted.items() if n < 0]
    if missing:
        msg = f"the broker has no {missing[0]} ({len(missing)} missing): `afterword topology apply` makes them"
        raise LocalError(msg)
    return counted


async def _look(places: list[str], wanted: Wanted) -> Found:
    counted = {name: n for name, n in (await _count(places)).items() if n}
    async with connected(find()) as connection:
        with bar("looking", sum(counted.values())) as seen:
            return await parking.look(connection, counted, wanted, seen)


async def _pictures(places: list[str], id: str) -> list[dict[str, str]]:
    counted = {name: n for name, n in (await _count(places)).items() if n}
    async with connected(find()) as connection:
        with bar("looking", sum(counted.values())) as seen:
            return await full(connection, counted, Wanted(id), seen)


async def _redrive(found: Found) -> list[Parked]:
    async with connected(find()) as connection:
        with bar("redriving", len(found)) as seen:
            return await parking.redrive(connection, _chosen(found), seen)


async def _drop(found: Found, reason: str) -> int:
    def tell(gone: Parked) -> None:
        line = " ".join(word for word in ("dropped", gone.id, gone.type, gone.subject, gone.queue) if word)
        out.print(f"{escape(line)}: {escape(reason)}", highlight=False)

    async with connected(find()) as connection:
        return await parking.drop(connection, _chosen(found), tell)


def _chosen(found: Found) -> parking.Chosen:
    return frozenset((name, each.id) for name, each in found)


def _only_shown(found: Found) -> None:
    out.print(rows(each for _, each in found))
    err.print(f"{plural(len(found))}; nothing was changed", highlight=False)


def _gone(meant: int, done: int) -> None:
    if done < meant:
        err.print(f"{plural(meant - done)} were no longer there", highlight=False)


def _counted(name: str, n: int) -> dict[str, str | int]:
    return {"queue": PARKINGS[name], "parking": name, "messages": n}


def _print(content: Iterable[object]) -> None:
    sys.stdout.write(json.dumps(list(content), indent=2, ensure_ascii=False) + "\n")
