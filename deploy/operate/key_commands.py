"""`afterword key`: API keys that are kept in the gateway's database."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from deploy.operate.console import clear_errors, err, out
from shared.contracts.commands import Role

if TYPE_CHECKING:
    from services.gateway.domain.api_keys import StoredKey

app = typer.Typer(
    help="""\
API keys for people and tools: made, listed and revoked while the gateway runs.

`afterword key create --name "Deploy bot" --email deploy-bot@example.com --role tool --expires 90` prints a key, once:
only what proves it is kept. It is good at once; send it as `Authorization: Bearer KEY`. `afterword key list` shows who
has which and when it was last used; `afterword key revoke ID` ends one, within five seconds in every gateway. To
replace a key, create the next one, change it where it is used, then revoke the old one.

A role says what somebody may at most: **tool** reports incidents; **engineer** and **reviewer** read, write and review;
**admin** also changes the lists. A scope narrows a key further.

Works on the gateway whose `AFTERWORD_MONGO_URL`, `AFTERWORD_SECRET_KEY` (or `AFTERWORD_SECRET_KEY_FILE`) and
`AFTERWORD_DATABASE` (`afterword` unless set) are in the environment, else on the stack that runs here.""",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
FORMAT = "%Y-%m-%d %H:%M"


@app.command()
def create(
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="Whose it is, as people see it in a postmortem.")],
    email: Annotated[str, typer.Option("--email", metavar="ADDRESS", help="By which Afterword knows them.")],
    role: Annotated[Role, typer.Option("--role", help="What they may at most.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            metavar="SCOPE",
            help="Only this: `report`, `read`, `write`, or one act such as `give_verdicts`; may be repeated. "
            "Without it: all that the role may.",
        ),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(
            "--expires",
            metavar="DAYS|DATE",
            help="90: so many days from now; 2027-01-31: when that day begins (UTC). Without it: never.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it, this once: `KEY=$(afterword key create ...)` catches it.

    The key goes to standard output, what it may to standard error.
    """
    from deploy.operate import keeping  # noqa: PLC0415 - a room's driver takes time to load

    with clear_errors():
        asked = keeping.Asked(name, email, role, scope or (), expires)
        made, key = asyncio.run(keeping.create(keeping.find(), asked.planned(_now())))
    if as_json:
        _print({**as_row(made), "key": key})
        return
    sys.stdout.write(f"{key}\n")
    until = f"until {made.expires_at:{FORMAT}} UTC" if made.expires_at else "for ever"
    err.print(
        f"[green]✓[/] key {made.id} of {escape(made.name)}: role {made.role}, {_scopes(made)}, good {until}\n"
        f"It is not shown again. Send it as `Authorization: Bearer KEY`; end it with `afterword key revoke {made.id}`",
        highlight=False,
    )


@app.command("list")
def show_list(
    every: Annotated[bool, typer.Option("--all", help="Also those that have expired or were revoked.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the keys, the oldest first, with their last use (to the minute) and their end. Times are UTC.

    Keys of `AFTERWORD_API_KEYS` are not among them.
    """
    from deploy.operate import keeping  # noqa: PLC0415

    now = _now()
    with clear_errors():
        found = asyncio.run(keeping.listed(keeping.find()))
    wanted = [key for key in found if every or state(key, now) == "good"]
    if as_json:
        _print([{**as_row(key), "state": state(key, now)} for key in wanted])
    else:
        out.print(_table(wanted, now) if wanted else Text("no keys; make one with `afterword key create`"))


@app.command()
def revoke(
    id: Annotated[str, typer.Argument(metavar="ID", help="As the list shows it; or the key itself.")],
    as_json: AsJson = False,
) -> None:
    """End a key for good. Every gateway refuses it after five seconds at most; doing it again changes nothing."""
    from deploy.operate import keeping  # noqa: PLC0415

    with clear_errors():
        ended = asyncio.run(keeping.revoke(keeping.find(), id, _now()))
    if as_json:
        _print(as_row(ended))
    else:
        text = f"key {ended.id} of {escape(ended.name)} is revoked since {ended.revoked_at:{FORMAT}} UTC"
        out.print(f"[green]✓[/] {text}", highlight=False)


def state(key: StoredKey, now: datetime) -> str:
    """Return `good`, `expired` or `revoked`."""
    if key.revoked_at:
        return "revoked"
    return "expired" if key.expires_at and key.expires_at <= now else "good"


def as_row(key: StoredKey) -> dict[str, Any]:
    """Return a key's fields for programs, without its digest; times in ISO 8601."""
    return {**key.model_dump(mode="json", exclude={"digest"}), "scopes": sorted(key.scopes) if key.scopes else None}


def _table(keys: list[StoredKey], now: datetime) -> Table:
    columns = ("id", "name", "email", "role", "scopes", "created", "last used", "expires", "state")
    table = Table(*columns, box=None, header_style="dim")
    table.columns[0].no_wrap = True
    for key in keys:
        is_good = state(key, now) == "good"
        times = (_time(key.created_at, ""), _time(key.last_used_at, "never"), _time(key.expires_at, "never"))
        words = (key.id, key.name, key.email, str(key.role), _scopes(key), *times)
        table.add_row(*map(escape, words), "good" if is_good else f"[red]{state(key, now)}[/]")
    return table


def _scopes(key: StoredKey) -> str:
    return ", ".join(sorted(key.scopes)) if key.scopes else "all that the role may"


def _time(at: datetime | None, never: str) -> str:
    return at.strftime(FORMAT) if at else never


def _now() -> datetime:
    return datetime.now(UTC)


def _print(content: object) -> None:
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
