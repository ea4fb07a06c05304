"""Parked messages as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from shared.messaging.parked import PARKINGS, Parked


def queues(counted: Mapping[str, int]) -> Table | Text:
    """Return a table of the parking queues in which there is something."""
    if not any(counted.values()):
        return Text.from_markup("[green]✓[/] nothing is parked")
    table = Table("queue", "parked", box=None, header_style="dim")
    for name, n in counted.items():
        if n:
            table.add_row(escape(PARKINGS[name]), f"[red]{n}[/]")
    return table


def rows(found: Iterable[Parked]) -> Table | Text:
    """Return a table of messages, in the order in which they are parked."""
    table = Table("id", "type", "subject", "said", "tried", "redriven", "error", box=None, header_style="dim")
    table.columns[0].no_wrap = True
    for each in found:
        said = f"{each.said:%Y-%m-%d %H:%M:%S}" if each.said else ""
        words = (
            each.id,
            each.type,
            each.subject,
            said,
            str(each.attempts),
            str(each.redriven or ""),
            brief(each.error),
        )
        table.add_row(*map(escape, words))
    return table if table.row_count else Text("no such message is parked")


def brief(error: str, length: int = 100) -> str:
    """Return the beginning of an error: enough to tell one from another, `show` has the rest."""
    words = error.partition(" For further information visit")[0]
    return words if len(words) <= length else words[: length - 1].rstrip() + "…"


def one(out: Console, picture: Mapping[str, str]) -> None:
    """Print a message whole, each part under its title."""
    for title, content in picture.items():
        if content:
            if title:
                out.print(f"\n[bold]{title}[/]")
            out.print(Text(content))
    out.print()
