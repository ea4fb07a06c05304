"""Cooperative scheduling by hand: coroutines are stepped one await at a time, in an order that a seed decides.

No event loop runs. Of what the kernel uses, `asyncio.Lock` needs one to make a future when it has to wait, and
`asyncio.gather` to start what goes on side by side. So a stand-in for the loop makes futures, says when they are done,
and starts a fiber of the same owner for each task.
"""

from __future__ import annotations

import asyncio
from asyncio.events import _set_running_loop
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any, Protocol, cast


class Alive(Protocol):
    """Whoever a fiber belongs to; what it does ends with it."""

    alive: bool


class _Pause:
    """One await point: whoever waits here lets others run in between."""

    def __await__(self) -> Generator[None, None, None]:
        yield


PAUSE = _Pause()


class Fiber:
    """One coroutine of one process."""

    __slots__ = ("coroutine", "ended", "name", "owner")

    def __init__(self, owner: Alive, name: str, coroutine: Coroutine[Any, Any, Any]) -> None:
        self.owner = owner
        self.name = name
        self.coroutine = coroutine
        self.ended: _Ended | None = None


class _Ended(asyncio.Future[Any]):
    """Done when a fiber is, for the fiber that started it and waits."""

    _log_destroy_pending = False  # whoever gathers tasks sets this of each


class Scheduler:
    """Steps one ready fiber at a time; the seed says which."""

    def __init__(self, random: Random) -> None:
        self.random = random.random
        self.ready: list[Fiber] = []
        self.living: dict[Fiber, None] = {}
        self.failed: Callable[[Fiber, Exception], None] = _ignore

    def start(self, fiber: Fiber) -> None:
        """Make a fiber ready."""
        self.living[fiber] = None
        self.ready.append(fiber)

    def step(self) -> None:
        """Let one ready fiber run up to its next await."""
        ready = self.ready
        at = int(self.random() * len(ready))
        fiber = ready[at]
        ready[at] = ready[-1]
        ready.pop()
        if fiber not in self.living:
            return
        LOOP.stepping = self, fiber
        try:
            waits_for = fiber.coroutine.send(None)
        except StopIteration as stop:
            self.living.pop(fiber, None)
            if fiber.ended:
                fiber.ended.set_result(stop.value)
        except Exception as error:  # noqa: BLE001 - the outermost frame, as the framework's is in a real process
            self.living.pop(fiber, None)
            if fiber.ended:
                fiber.ended.set_exception(error)
            else:
                self.failed(fiber, error)
        else:
            self._wait(fiber, waits_for)

    def _wait(self, fiber: Fiber, waits_for: Any) -> None:
        if not fiber.owner.alive:
            self.end(fiber)
        elif waits_for is None:
            self.ready.append(fiber)
        else:
            waits_for._asyncio_future_blocking = False
            waits_for.add_done_callback(lambda _: self.ready.append(fiber))

    def end(self, fiber: Fiber) -> None:
        """Take a fiber out of the world where it stands; nothing that it does on the way out reaches anybody."""
        self.living.pop(fiber, None)
        fiber.coroutine.close()

    def end_everything(self) -> None:
        """Leave nothing behind."""
        for fiber in list(self.living):
            self.end(fiber)

    def end_all(self, owner: Alive) -> None:
        """End all fibers of an owner but the one that is running right now, which ends at its next await."""
        for fiber in [one for one in self.living if one.owner is owner]:
            if not getattr(fiber.coroutine, "cr_running", False):
                self.end(fiber)


def _ignore(_fiber: Fiber, _error: Exception) -> None:
    return None


class _NoLoop:
    """What is left of an event loop when fibers are stepped by hand."""

    stepping: tuple[Scheduler, Fiber]
    """Who steps which fiber just now."""

    def create_task(self, coroutine: Coroutine[Any, Any, Any], **_: Any) -> asyncio.Future[Any]:
        scheduler, parent = self.stepping
        fiber = Fiber(parent.owner, parent.name, coroutine)
        fiber.ended = _Ended(loop=cast("asyncio.AbstractEventLoop", self))
        scheduler.start(fiber)
        return fiber.ended

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=cast("asyncio.AbstractEventLoop", self))

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: Any = None) -> None:
        callback(*args)

    def get_debug(self) -> bool:
        return False


LOOP = _NoLoop()


@contextmanager
def by_hand() -> Iterator[None]:
    """Everything awaited inside is stepped by hand."""
    before = asyncio._get_running_loop()
    _set_running_loop(cast("asyncio.AbstractEventLoop", LOOP))
    try:
        yield
    finally:
        _set_running_loop(before)
