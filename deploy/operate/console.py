"""How operating tools speak: tables on standard output, everything else on standard error, errors in a line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from deploy.local.errors import LocalError
from deploy.operate.parking import Seen, nothing_seen

PIPE_WIDTH = 240
"""In a pipe a row is one line, as `grep` likes it."""
out = Console(soft_wrap=True, width=None if sys.stdout.isatty() else PIPE_WIDTH)
err = Console(stderr=True, soft_wrap=True)


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn what went wrong into lines that say what to do; `AFTERWORD_TRACEBACK=1` shows where it came from."""
    try:
        yield
    except (LocalError, OSError, httpx.HTTPError) as error:
        if os.environ.get("AFTERWORD_TRACEBACK"):
            raise
        err.print(f"[red]error:[/] {escape(str(error))}", highlight=False)
        raise typer.Exit(1) from error


@contextmanager
def bar(what: str, total: int | None) -> Iterator[Seen]:
    """Give what counts one more; on a terminal it moves a progress bar, elsewhere it is quiet.

    None is a total that nobody knows: the bar then shows only that something happens.
    """
    if not err.is_terminal or total == 0:
        yield nothing_seen
        return
    with Progress(console=err, transient=True) as shown:
        task = shown.add_task(what, total=total)
        yield lambda: shown.advance(task)


def confirm(question: str, *, yes: bool, n: int) -> bool:
    """Ask whoever sits there, unless there is one thing only or they said yes beforehand.

    Raises: LocalError when nobody sits there.
    """
    if yes or n <= 1:
        return True
    if not sys.stdin.isatty():
        msg = f"{question} Nobody is here to answer: look with --dry-run, then add --yes"
        raise LocalError(msg)
    return typer.confirm(question, err=True)


def plural(n: int) -> str:
    """Say how many messages."""
    return "1 message" if n == 1 else f"{n} messages"
