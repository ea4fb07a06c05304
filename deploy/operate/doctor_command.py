"""`afterword doctor`: what is wrong, where, and the command that helps."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import structlog
import typer
from rich.markup import escape

from deploy.local.errors import LocalError
from deploy.local.rooms import ROOMS
from deploy.operate.console import clear_errors, err, out
from deploy.operate.doctor import installation
from deploy.operate.doctor.finding import Finding, State

SIGNS = {State.OK: "[green]✓[/]", State.WARNING: "[yellow]![/]", State.FAILED: "[red]✗[/]"}

Rooms = Annotated[
    list[str] | None,
    typer.Option("--room", metavar="ROOM", help="Only this room's settings and servers; may be repeated."),
]
AsJson = Annotated[bool, typer.Option("--json", help="A list of {check, state, what, where, help}.")]
Timeout = Annotated[float, typer.Option(help="Seconds that each check may take.", min=1, max=600)]


def doctor(room: Rooms = None, as_json: AsJson = False, timeout: Timeout = 20.0) -> None:
    """Look at everything that Afterword needs; say what is wrong, where, and the command that helps.

    Settings and policy file, broker (login, version, queues, bindings, permissions, alarms), database (login, replica
    set, version, indexes, space), calendar, mail relay, clocks, rooms. Nothing is changed, and no mail is sent. Checks
    run side by side; one that hangs hides no other.

    Looks at what the environment names (`AFTERWORD_...`, as the rooms read it), else at the stack that runs here. Where
    each room has settings of its own, run it beside each: `afterword doctor --room calendar`. Alarms, bindings and
    permissions take `AFTERWORD_RABBITMQ_MANAGEMENT_URL`. The exit status is 1 when something failed.
    """
    from deploy.operate.doctor import examining  # noqa: PLC0415 - it loads all rooms, and only this command needs them

    with clear_errors(), _quiet():
        found, examine = examining.of(installation.find(_known(room or [])))
        found += asyncio.run(examine(timeout))
    _print_json(found) if as_json else _print(found)
    raise typer.Exit(1 if any(each.state is State.FAILED for each in found) else 0)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what libraries and rooms log of refused logins to ourselves: it is said in findings, in our words."""
    level, before = logging.root.manager.disable, structlog.get_config()
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        logging.disable(level)
        structlog.configure(**before)


def _known(wanted: Sequence[str]) -> Sequence[str]:
    for room in wanted:
        if room not in ROOMS:
            msg = f"there is no room {room!r}: the rooms are {', '.join(ROOMS)}"
            raise LocalError(msg)
    return wanted or ROOMS


def _print_json(found: Sequence[Finding]) -> None:
    sys.stdout.write(json.dumps([each.as_json() for each in found], indent=2, ensure_ascii=False) + "\n")


def _print(found: Sequence[Finding]) -> None:
    for each in found:
        where = f" [dim]({escape(each.where)})[/]" if each.where else ""
        out.print(f"{SIGNS[each.state]} [bold]{each.check:<12}[/] {escape(each.what)}{where}", highlight=False)
        if each.help:
            out.print(f"  {'':<12} → {escape(each.help)}", highlight=False)
    counted = Counter(each.state for each in found)
    err.print(f"{counted[State.FAILED]} failed, {counted[State.WARNING]} to look at, {counted[State.OK]} ok")
