"""What is told to whoever watches while servers and rooms start and stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

State = Literal["starting", "ready", "stopping", "stopped", "failed", "note"]


@dataclass(frozen=True)
class Step:
    """One line of progress: who, what, and after how many seconds."""

    name: str
    state: State
    seconds: float = 0.0
    detail: str = ""


Say = Callable[[Step], None]


def silent(step: Step) -> None:
    """Say nothing: for callers that only want the result."""
    del step


@contextmanager
def told(say: Say, name: str, before: State, after: State) -> Iterator[None]:
    """Tell the beginning and the end of a piece of work, with the time it took, or that it failed."""
    begun = time.monotonic()
    say(Step(name, before))
    try:
        yield
    except BaseException:
        say(Step(name, "failed", time.monotonic() - begun))
        raise
    say(Step(name, after, time.monotonic() - begun))
