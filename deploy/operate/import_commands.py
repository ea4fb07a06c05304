"""`afterword import`: postmortems that an organisation has in Markdown come into the library."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from deploy.local.errors import LocalError
from deploy.operate.console import bar, clear_errors, err, out
from shared.contracts.base import Severity

if TYPE_CHECKING:
    from deploy.operate.importing import Outcome
    from services.gateway.domain.importing import Defaults, Reading

Places = Annotated[list[Path], typer.Argument(metavar="DIR|FILE...", help="Folders of Markdown files, or such files.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would come of it, and change nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs: one object a file.")]
Services = Annotated[
    list[str] | None, typer.Option("--service", metavar="NAME", help="Of every file; may be repeated.")
]
Tags = Annotated[list[str] | None, typer.Option("--tag", metavar="TAG", help="Of every file; may be repeated.")]
Graded = Annotated[Severity | None, typer.Option("--severity", help="Of files that tell none.")]
Zone = Annotated[
    str | None, typer.Option("--timezone", metavar="NAME", help="Of times that tell none, such as Europe/Berlin.")
]
Skipped = Annotated[
    list[str] | None, typer.Option("--skip", metavar="PATTERN", help="Leave out, such as 'README.md'; may be repeated.")
]
Allow = Annotated[
    list[str] | None, typer.Option("--allow", metavar="ID", help="A finding that may stay; may be repeated.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why what is allowed may stay.")]
Url = Annotated[
    str | None, typer.Option("--url", metavar="URL", envvar="AFTERWORD_GATEWAY_URL", help="Another gateway.")
]
Key = Annotated[
    str | None, typer.Option("--key", metavar="KEY", envvar="AFTERWORD_GATEWAY_KEY", help="An admin's key there.")
]
COLOURS = {"created": "green", "changed": "yellow", "unchanged": "dim", "read": "cyan", "failed": "red"}
WIDEST_TITLE = 60


def bring(
    places: Places,
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    service: Services = None,
    tag: Tags = None,
    severity: Graded = None,
    timezone: Zone = None,
    skip: Skipped = None,
    allow: Allow = None,
    reason: Reason = "Looked at before the import.",
    url: Url = None,
    key: Key = None,
) -> None:
    """Bring Markdown postmortems from before into the library, published as they are; nobody gets a mail.

    Begin with `--dry-run`: it shows what is understood of each file. A file that is imported again is the same
    postmortem: what is different becomes its next revision. The exit status is 1 when a file could not be imported;
    the others are.

    Works on the gateway of the stack that runs here, else on the one of `--url` and `--key`. Without either a dry run
    reads the files and asks nobody.
    """
    from deploy.operate import import_files, importing  # noqa: PLC0415 - what reads Markdown takes time to load

    with clear_errors():
        defaults = _defaults(severity, service, tag, timezone)
        place = importing.find(url, key)
        if place is None and not dry_run:
            msg = "no gateway runs here: start it with `afterword up`, or give --url and --key; --dry-run needs none"
            raise LocalError(msg)
        files = import_files.collect(places, tuple(skip or ()))
        with bar("reading", len(files)) as seen:
            rows = import_files.read_all(files, defaults, seen)
        allowed = importing.Allowed(frozenset(allow or ()), reason)
        with bar("importing", len(rows) if place else 0) as seen:
            sent = importing.bring_in(rows, place, allowed, dry_run=dry_run, seen=seen) if place else None
            came = asyncio.run(sent) if sent else importing.only_read(rows)
    _show(came, as_json=as_json, dry_run=dry_run)
    raise typer.Exit(1 if any(each.outcome == "failed" for each in came) else 0)


def _defaults(
    severity: Severity | None, services: list[str] | None, tags: list[str] | None, zone: str | None
) -> Defaults:
    """Return what holds for every file. Raises: LocalError for a zone that there is not."""
    from services.gateway.domain.importing import Defaults, read_zone  # noqa: PLC0415 - it takes time to load

    known = read_zone(zone) if zone else None
    if zone and known is None:
        msg = f"--timezone: there is no time zone {zone!r}; write Europe/Berlin, UTC or +02:00"
        raise LocalError(msg)
    return Defaults(severity=severity, services=tuple(services or ()), tags=tuple(tags or ()), zone=known)


def as_row(came: Outcome) -> dict[str, Any]:
    """Return what came of a file, for programs."""
    reading = came.file.reading
    told = (
        {name: value for name, value in reading.body().items() if name not in ("sections", "timeline")}
        if reading
        else {}
    )
    return {
        "file": str(came.file.file.path),
        "outcome": came.outcome,
        "problem": came.problem or None,
        "id": came.id,
        "page": came.page,
        **told,
        "sections": [each.name for each in reading.sections] if reading else [],
        "timeline": len(reading.timeline) if reading else 0,
        "warnings": list(reading.warnings) if reading else [],
        "findings": list(came.findings),
    }


def _show(came: list[Outcome], *, as_json: bool, dry_run: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps([as_row(each) for each in came], indent=2, ensure_ascii=False) + "\n")
        return
    if came:
        out.print(_table(came))
    for each in came:
        _tell(each)
    counted = Counter(each.outcome for each in came)
    told = ", ".join(f"{counted[name]} {name}" for name in COLOURS if counted[name]) or "no Markdown files there"
    files = "1 file" if len(came) == 1 else f"{len(came)} files"
    err.print(f"{files}: {told}{' (dry run: nothing is changed)' if dry_run else ''}", highlight=False)


def _table(came: list[Outcome]) -> Table:
    table = Table("file", "", "title", "date", "severity", "services", "sections", box=None, header_style="dim")
    for each in came:
        reading = each.file.reading
        words = (reading and _words(reading)) or ("", "", "", "", "")
        outcome = f"[{COLOURS[each.outcome]}]{each.outcome}[/]"
        table.add_row(escape(each.file.file.name), outcome, *map(escape, words))
    return table


def _words(reading: Reading) -> tuple[str, ...]:
    title = reading.title if len(reading.title) <= WIDEST_TITLE else f"{reading.title[: WIDEST_TITLE - 1]}…"
    at = reading.started_at or reading.published_at
    sections = [each.name for each in reading.sections]
    entries = [f"{len(reading.timeline)} entries"] if reading.timeline else []
    return (
        title,
        f"{at:%Y-%m-%d}" if at else "",
        reading.severity.value if reading.severity else "",
        ", ".join(reading.services),
        ", ".join((*sections, *entries)),
    )


def _tell(came: Outcome) -> None:
    """Say what is wrong with a file, what was found in it, and what somebody should look at."""
    name = escape(came.file.file.name)
    if came.problem:
        out.print(f"[red]{name}: {escape(came.problem)}[/]", highlight=False)
    for found in came.findings:
        place = f"{found['section']}, line {found['line']}"
        text = f"{place}: {found['what']} ({found['excerpt']}); take it out, or --allow {found['id']}"
        out.print(f"  {escape(text)}", highlight=False)
    for warning in came.file.reading.warnings if came.file.reading else ():
        out.print(f"[yellow]{name}: {escape(warning)}[/]", highlight=False)
