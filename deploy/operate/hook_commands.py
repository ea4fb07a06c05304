"""`afterword hook`: who subscribes, and whether a call arrives."""

from __future__ import annotations

import asyncio
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.markup import escape
from rich.table import Table

from deploy.operate.console import clear_errors, err, out

Name = Annotated[str, typer.Argument(metavar="NAME", help="The entry's name in the policy file.")]
app = typer.Typer(
    help="""\
Outgoing webhooks: who subscribes to what, and whether a call arrives.

Reads the policy file that `AFTERWORD_POLICY` names (else the sample organisation's) and `AFTERWORD_HOOK_SECRETS` or
`AFTERWORD_HOOK_SECRETS_FILE`, as the gateway does.""",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@app.command("list")
def show_list() -> None:
    """Show who subscribes to what; secrets are not shown."""
    from deploy.operate import hooking  # noqa: PLC0415 - a room's adapters take time to load

    table = Table("name", "format", "host", "events", box=None, header_style="dim")
    with clear_errors():
        for name, endpoint in hooking.endpoints().items():
            events = ", ".join(event.rpartition(".")[0] for event in endpoint.hook.events)
            table.add_row(escape(name), endpoint.hook.format, escape(urlsplit(endpoint.url).hostname or ""), events)
    if table.row_count:
        out.print(table)
    else:
        err.print("nobody subscribes: the policy file has no webhooks")


@app.command()
def test(name: Name) -> None:
    """Send a sample, made like any other call, and say what happened.

    Its postmortem has the id 00000000-0000-4000-8000-000000000000. The exit status is 0 when it was accepted, else 1.
    """
    from deploy.operate import hooking  # noqa: PLC0415 - a room's adapters take time to load

    with clear_errors():
        status = asyncio.run(hooking.call(name))
    out.print(f"[green]✓[/] {name} accepted it ({status})", highlight=False)
