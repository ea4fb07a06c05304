"""Many calls made as one: what is asked while a call is on its way goes together in the next.

Nothing waits for a timer, unless it is told to: with nobody else about, a question is asked at once and alone. Under
load the batches grow by themselves to what came up during one call. What looks again and again looks at the same beat.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")
BEGAN = time.monotonic()
"""When this process began: those of one machine look at different moments."""
Call = Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]]


class Batcher(Generic[Q, A]):
    """Puts questions through `call`, which answers each in its place; an answer that is an exception is raised.

    A call begins after its questions were asked, so an answer is never older than its question. An error of the
    call itself reaches everybody in it. Whoever is cancelled while waiting harms nobody else.
    """

    def __init__(self, call: Call[Q, A], limit: int = 100, linger: float = 0.0) -> None:
        """Take the call, how many questions it may get at most, and for how many seconds it waits for others."""
        self._call = call
        self._limit = limit
        self._linger = linger
        self._waiting: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._asking: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        """Return the answer. Raises: what the call raises, or answers to this question."""
        waiter: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, waiter))
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_all())
        return await waiter

    async def _ask_all(self) -> None:
        while self._waiting:
            if self._linger:
                await asyncio.sleep(self._linger)  # noqa: TID251 - others who ask now go along
            if batch := self._next():
                await self._ask(batch)

    def _next(self) -> list[tuple[Q, asyncio.Future[A]]]:
        """Take the questions whose askers still wait, oldest first."""
        batch: list[tuple[Q, asyncio.Future[A]]] = []
        while self._waiting and len(batch) < self._limit:
            question, waiter = self._waiting.popleft()
            if not waiter.done():
                batch.append((question, waiter))
        return batch

    async def _ask(self, batch: list[tuple[Q, asyncio.Future[A]]]) -> None:
        waiters = [waiter for _, waiter in batch]
        try:
            answers = await self._call([question for question, _ in batch])
            for waiter, answer in zip(waiters, answers, strict=True):
                _settle(waiter, answer)
        except Exception as error:  # noqa: BLE001 - it is raised again by everybody who waits
            for waiter in waiters:
                _settle(waiter, error)
        finally:
            for waiter in waiters:
                waiter.cancel()  # of those still open: the loop is being shut down


def _settle(waiter: asyncio.Future[A], answer: A | Exception) -> None:
    if waiter.done():
        return
    if isinstance(answer, Exception):
        waiter.set_exception(answer)
    else:
        waiter.set_result(answer)


def until_beat(seconds: float) -> float:
    """Return for how long to rest, so that all in this process that rest for so many seconds wake at the same moment.

    Work that took long shortens its rest, by a half at most.
    """
    left = seconds - (time.monotonic() - BEGAN) % seconds
    return left if left >= seconds / 2 else left + seconds
