"""What was launched and is not ready yet: others can use the time to start beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Generic, TypeVar

from deploy.local.progress import Say, told

T = TypeVar("T")


@dataclass(frozen=True)
class Launched(Generic[T]):
    """What was told to start, and what waits until it has (raises LocalError when it does not)."""

    result: T
    wait: Callable[[], None]

    def ready(self) -> T:
        """Wait, and return it. Raises: LocalError when it does not become ready."""
        self.wait()
        return self.result


def told_launch(say: Say, name: str, launch: Callable[[], Launched[T]]) -> Launched[T]:
    """Launch something; tell that it is starting, and in the end, after how long it was ready.

    Raises: what `launch` raises.
    """
    with ExitStack() as telling:
        telling.enter_context(told(say, name, "starting", "ready"))
        launched = launch()
        until_ready = telling.pop_all()

    def wait() -> None:
        with until_ready:
            launched.wait()

    return Launched(launched.result, wait)


def wait_for_all(waits: Sequence[Callable[[], None]]) -> None:
    """Wait for several at the same time. Raises: LocalError of the first one that failed."""
    with ThreadPoolExecutor(max_workers=len(waits)) as pool:
        for done in [pool.submit(wait) for wait in waits]:
            done.result()
