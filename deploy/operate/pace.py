"""How far something long has come: what is done, how fast it goes, and how long it will take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from deploy.operate.console import err

Advance = Callable[[int], None]


class _Pace(ProgressColumn):
    """How many a second, lately."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="progress.data.speed")


@contextmanager
def pace(what: str, total: int) -> Iterator[Advance]:
    """Give what counts so many more; on a terminal it moves a bar, elsewhere it is quiet."""
    if not err.is_terminal or total == 0:
        yield _quiet
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,} of {task.total:,}"))
    with Progress(*columns, _Pace(), TimeRemainingColumn(), console=err, transient=True) as shown:
        task = shown.add_task(what, total=total)
        yield lambda n: shown.advance(task, n)


def _quiet(_: int) -> None:
    """Count nothing: nobody sees it."""
