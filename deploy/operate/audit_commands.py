"""`afterword audit`: whether somebody has changed the log of events."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from deploy.local.errors import LocalError
from deploy.operate.console import clear_errors, err, out
from shared.clock import SystemClock

if TYPE_CHECKING:
    from deploy.operate.audit.sealing import Verdict
    from deploy.operate.audit.seals import Seal

HELP = """\
Prove that no message of the log was altered, dropped or put in between.

`afterword audit seal`, every hour by cron, seals what was said since; `afterword audit verify` compares the log with
all seals. A head that is kept elsewhere proves the seals themselves: `afterword audit show`.

Works on `AFTERWORD_RABBITMQ_URL`, `AFTERWORD_MONGO_URL` and `AFTERWORD_DATABASE`, else on the stack that runs here.
"""
app = typer.Typer(help=HELP, no_args_is_help=True)
LAST = 10
HEX = re.compile(r"[0-9a-f]{16,64}")

Anew = Annotated[
    str | None,
    typer.Option(
        metavar="WHY", help="Begin anew, for a log that was lost: it is kept in the chain that you did, and why."
    ),
]
Head = Annotated[str | None, typer.Option(metavar="DIGEST", help="A head that you kept: at least 16 characters of it.")]
Cut = Annotated[bool, typer.Option("--cut", help="The log forgets old messages: that its front is gone is no fault.")]
AsJson = Annotated[bool, typer.Option("--json", help="All of it, for programs.")]


@app.command("seal")
def make_seals(anew: Anew = None) -> None:
    """Seal every message of the log that is not sealed; the rooms may work.

    Prints the head, the digest that stands for all that is sealed. Keep it where who runs the database cannot write.
    """
    from deploy.operate.audit import place, sealing  # noqa: PLC0415 - the database's driver takes time to load
    from deploy.operate.saving import quiet  # noqa: PLC0415

    async def run() -> tuple[int, Seal | None]:
        async with place.seals_and_log(quiet.places()) as (log, chain):
            return await sealing.seal(log, chain, SystemClock(), anew), chain.head()

    with clear_errors():
        number, head = asyncio.run(run())
    out.print(f"[green]✓[/] sealed: {number:,} messages", highlight=False)
    if head:
        out.print(told(head), highlight=False)


@app.command("verify")
def look_through(head: Head = None, cut: Cut = False) -> None:
    """Compare the log with its seals, message by message. The exit status is 1 when anything differs.

    It reads all of the log; the rooms may work. What came since the last seal is not compared. Without --head, whoever
    can write to the database could have made new seals over another log.
    """
    from deploy.operate.audit import place, sealing  # noqa: PLC0415 - the database's driver takes time to load
    from deploy.operate.saving import quiet  # noqa: PLC0415

    async def run() -> Verdict:
        async with place.seals_and_log(quiet.places()) as (log, chain):
            return await sealing.verify(log, chain, _head(head))

    with clear_errors():
        verdict = asyncio.run(run())
    for line in lines(verdict):
        err.print(f"[red]✗[/] {escape(line)}", highlight=False)
    for line in _notes(verdict):
        err.print(f"[blue]•[/] {escape(line)}", highlight=False)
    if not verdict.is_good(cut=cut):
        raise typer.Exit(1)
    out.print(f"[green]✓[/] {verdict.compared.fitting:,} messages are as they were sealed", highlight=False)
    if verdict.head:
        out.print(told(verdict.head), highlight=False)


@app.command("show")
def show(as_json: AsJson = False) -> None:
    """Print the last seals and the head: what to keep elsewhere. With --json all seals, without the digests in them."""
    from deploy.operate.audit import place  # noqa: PLC0415 - the database's driver takes time to load
    from deploy.operate.saving import quiet  # noqa: PLC0415

    with clear_errors(), place.seals(quiet.places()) as chain:
        seals = list(chain.seals())
    if as_json:
        rows = [seal.model_dump(mode="json", exclude={"leaves", "salt"}) for seal in seals]
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        return
    for seal in seals[-LAST:]:
        out.print(told(seal), highlight=False)
    if not seals:
        err.print("nothing is sealed yet: `afterword audit seal` begins", highlight=False)


def told(seal: Seal) -> str:
    """Return a seal in one line, its digest first."""
    what = f"messages {seal.first:,} to {seal.first + seal.count - 1:,}" if seal.count else f"anew: {escape(seal.why)}"
    return f"{seal.digest}  seal {seal.number}, {seal.at:%Y-%m-%d %H:%M} UTC, {what}"


def lines(verdict: Verdict) -> Iterator[str]:
    """Yield what differs."""
    yield from verdict.broken
    compared = verdict.compared
    yield from map(str, compared.faults)
    if compared.differing > len(compared.faults) > 0:
        yield f"{compared.differing:,} messages differ in all"


def _notes(verdict: Verdict) -> Iterator[str]:
    compared = verdict.compared
    if compared.gone:
        yield (
            f"the first {compared.gone:,} sealed messages are gone from the front of the log: that is right where it"
            " forgets old ones (max-age, max-length-bytes), and then --cut says so"
        )
    if compared.unsealed:
        yield f"{compared.unsealed:,} messages came since the last seal"
    for seal in verdict.anew:
        yield f"on {seal.at:%Y-%m-%d %H:%M} UTC the log began anew: {seal.why}; the head before was {seal.previous}"
    if verdict.kept:
        yield f"the head that you kept is that of seal {verdict.kept.number}, {verdict.kept.at:%Y-%m-%d %H:%M} UTC"


def _head(given: str | None) -> str | None:
    """Read a head. Raises: LocalError."""
    if given is not None and not HEX.fullmatch(given.lower()):
        msg = "--head: write 16 to 64 of the digits 0-9 a-f, as `afterword audit show` prints them"
        raise LocalError(msg)
    return given and given.lower()
