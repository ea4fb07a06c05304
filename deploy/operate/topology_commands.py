"""`afterword topology`: whether everything is on the broker, and as it should be."""

from __future__ import annotations

import asyncio

import typer
from rich.markup import escape
from rich.table import Table

from deploy.operate import checking
from deploy.operate.broker import Broker, connected, find
from deploy.operate.checking import Fault
from deploy.operate.console import bar, clear_errors, err, out
from deploy.operate.declared import Declared, declared

app = typer.Typer(
    help="""\
Exchanges and queues: is everything there, and as it should be?

Works on the broker that `AFTERWORD_RABBITMQ_URL` names, else on the stack that runs here. The rooms declare
everything at their start; these commands are for when something was removed or changed by hand, and for brokers
on which the rooms may not declare.""",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@app.command()
def check() -> None:
    """Compare what the broker has with what the rooms need; nothing is changed.

    Prints what is missing and what has other settings; the exit status is then 1. Bindings can only be seen
    with `AFTERWORD_RABBITMQ_MANAGEMENT_URL` (http://user:password@host:15672); a stack that runs here tells its own.
    """
    with clear_errors():
        broker = find()
        faults = asyncio.run(_faults(broker))
        unbound = checking.unbound(broker)
    faults += [Fault("binding", f"{each.queue}", f"hears no {each.key} of {each.exchange}") for each in unbound or ()]
    if unbound is None:
        err.print("[dim]bindings were not looked at: set AFTERWORD_RABBITMQ_MANAGEMENT_URL[/]", highlight=False)
    if faults:
        out.print(_table(faults))
        err.print("what is missing can be made: [bold]afterword topology apply[/]")
        raise typer.Exit(1)
    out.print(f"[green]✓[/] all there: {_size(declared())}", highlight=False)


@app.command()
def apply() -> None:
    """Declare every exchange, queue and binding. Safe to repeat; what is there keeps its messages.

    A queue that exists with other settings is an error: its settings cannot be changed, so it has to be emptied
    and removed first.
    """
    with clear_errors():
        plan = asyncio.run(_applied(find()))
    out.print(f"[green]✓[/] declared: {_size(plan)}", highlight=False)


async def _faults(broker: Broker) -> list[Fault]:
    plan = declared()
    with bar("looking", len(plan.exchanges) + len(plan.queues)) as seen:
        async with connected(broker) as connection:
            return await checking.check(connection, seen)


async def _applied(broker: Broker) -> Declared:
    async with connected(broker) as connection:
        return await checking.apply(connection)


def _size(plan: Declared) -> str:
    return f"{len(plan.exchanges)} exchanges, {len(plan.queues)} queues, {len(plan.bindings)} bindings"


def _table(faults: list[Fault]) -> Table:
    table = Table("", "name", "what is wrong", box=None, header_style="dim")
    for fault in faults:
        table.add_row(fault.kind, escape(fault.name), f"[red]{escape(fault.what)}[/]")
    return table
