"""How progress looks: spinner lines in a terminal, plain lines in a log."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from deploy.local.progress import Say, Step

SIGNS = {"ready": "[green]✓[/]", "stopped": "[green]✓[/]", "failed": "[red]✗[/]", "note": "[blue]•[/]"}
UNDER_WAY = ("starting", "stopping")


class Progress:
    """Prints a line for each step that ends, and what is under way after a spinner."""

    def __init__(self, console: Console, spinner: Status | None) -> None:
        self._console, self._spinner = console, spinner
        self._under_way: dict[str, str] = {}
        self._lock = threading.Lock()

    def __call__(self, step: Step) -> None:
        """Take one step; several threads may call."""
        with self._lock:
            if step.state in UNDER_WAY:
                self._under_way[step.name] = step.state
            else:
                self._under_way.pop(step.name, None)
                self._console.print(_line(step), highlight=False)
            if self._spinner:
                self._spinner.update(" · ".join(f"{name} {state}" for name, state in self._under_way.items()))


@contextmanager
def progress(console: Console) -> Iterator[Say]:
    """Give what tells the steps of the block to whoever sits at the console."""
    if not console.is_terminal:
        yield Progress(console, None)
        return
    with console.status("") as spinner:
        yield Progress(console, spinner)


def _line(step: Step) -> str:
    if step.state == "note":
        return f"{SIGNS['note']} {escape(step.detail)}"
    return f"{SIGNS[step.state]} {step.name:<14} {step.state:<8} {step.seconds:5.1f} s"
