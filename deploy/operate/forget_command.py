"""`afterword forget`: a person is taken out of everything that is kept."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import TypeAdapter, ValidationError
from rich.markup import escape
from rich.table import Table

from deploy.local import stack
from deploy.local.errors import LocalError
from deploy.local.rooms import policy
from deploy.operate.console import clear_errors, confirm, err, out
from deploy.terminal import progress
from shared.clock import SystemClock
from shared.contracts.base import Email

if TYPE_CHECKING:
    from deploy.operate.forgetting.forgetting import Forgetting, Report
    from deploy.operate.saving.quiet import Places

Who = Annotated[
    list[str], typer.Argument(metavar="ADDRESS...", help="All addresses of one person; a reviewer's others are known.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only count where they occur. The rooms may work.")]
Texts = Annotated[bool, typer.Option("--texts", help="Replace the address in reports and remarks, too.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def forget(addresses: Who, dry_run: DryRun = False, texts: Texts = False, yes: Yes = False) -> None:
    """Take a person out of every collection, every queue and the log: they become a pseudonym, for good.

    Postmortems, counts, history and links stay whole; only who it was is gone. What people wrote is left as it is and
    listed, for people to edit; with --texts the address is replaced there as well. The rooms must rest meanwhile: those
    of the stack on this machine are stopped and started again; stop others yourself. When it is interrupted, leave them
    stopped and run it again: it goes on with the same pseudonym.

    Works on `AFTERWORD_RABBITMQ_URL`, `AFTERWORD_MONGO_URL` and `AFTERWORD_DATABASE`, else on the stack that runs here.
    Not in it: the policy file, keys in the settings, the calendar server, mailboxes, backups from before.
    """
    from deploy.operate.forgetting.forgetting import Forgetting  # noqa: PLC0415 - only this command needs them
    from deploy.operate.saving import quiet  # noqa: PLC0415

    with clear_errors():
        where, given = quiet.places(), _read(addresses)
        url = _public_url(where)
        forgetting = Forgetting(where, given, SystemClock(), texts)
        found = asyncio.run(forgetting.survey())
        refuse_who_is_in_the_policy(found.person.pseudonyms, where)
        _show(found, url, texts=texts)
        if dry_run:
            err.print("nothing was changed", highlight=False)
            return
        question = f"Make {given[0]} a pseudonym in {where.prefix}_* and at {where.broker.place}? There is no way back."
        if not confirm(question, yes=yes, n=2):
            raise typer.Exit(1)
        with progress(err) as say:
            quiet.let_rest(where, say)
        done = _run(forgetting)
        with progress(err) as say:
            quiet.let_work(where, say)
    names = ", ".join(done.person.pseudonyms.values())
    out.print(f"[green]✓[/] forgotten; from now on {escape(names)}", highlight=False)
    err.print("backups from before still know them: see docs/personal-data.md", highlight=False)


def _run(forgetting: Forgetting) -> Report:
    try:
        return asyncio.run(forgetting.run())
    except LocalError:
        err.print("the rooms rest still: run this again, it goes on where it was", highlight=False)
        raise


def refuse_who_is_in_the_policy(addresses: Iterable[str], where: Places) -> None:
    """Let nobody be forgotten whom the rooms would read out of the policy file again. Raises: LocalError."""
    path = policy() if where.is_here else Path(os.environ.get("AFTERWORD_POLICY", ""))
    words = path.read_text(encoding="utf-8").lower() if path.is_file() else ""
    named = next((each for each in addresses if re.search(rf"(?<![\w.+-]){re.escape(each)}(?![\w-])", words)), None)
    if named:
        msg = f"{path} names {named}, and the rooms would take them in again: take them out there first"
        raise LocalError(msg)


def _read(addresses: list[str]) -> list[str]:
    """Return addresses as they are kept. Raises: LocalError."""
    read = TypeAdapter[str](Email)
    try:
        return [read.validate_python(address) for address in addresses]
    except ValidationError as error:
        msg = f"{error.errors()[0]['input']!r} is no e-mail address: write it as jane@example.com"
        raise LocalError(msg) from error


def _public_url(where: Places) -> str:
    found = stack.status() if where.is_here else None
    return os.environ.get("AFTERWORD_PUBLIC_URL") or (found.run.gateway_url if found else "")


def _show(found: Report, url: str, *, texts: bool) -> None:
    """Print where they occur; on standard output, for whoever has to prove it."""
    table = Table("where", "documents, messages", box=None, header_style="dim")
    for place, number in _places(found):
        table.add_row(escape(place), f"{number:,}")
    if table.row_count:
        out.print(table)
    if found.is_resumed:
        err.print("a run before this one was interrupted: this is what is left of it", highlight=False)
    elif not found.total():
        err.print("they occur nowhere", highlight=False)
    if found.found.texts:
        what = "address is replaced; look for the name" if texts else "left as they are; edit them"
        err.print(f"[yellow]note:[/] {len(found.found.texts)} texts tell of them ({what}):", highlight=False)
        for id, title in sorted(found.found.texts.items()):
            out.print(f"  {url}/postmortems/{id}  {escape(title)}", highlight=False)


def _places(found: Report) -> Iterator[tuple[str, int]]:
    yield from sorted(found.found.documents.items())
    yield from ((f"queue {name}", number) for name, number in found.queues.items())
    if found.log:
        yield "afterword.log", found.log
