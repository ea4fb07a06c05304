"""Many calls made as one: what is asked while a call is on its way goes together in the next.

Nothing waits for a timer: with nobody else about, a question is asked at once and alone. Under load the batches
grow by themselves to what came up during one call.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")
Call = Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]]


class Batcher(Generic[Q, A]):
    """Puts questions through `call`, which answers each in its place; an answer that is an exception is raised.

    A call begins after its questions were asked, so an answer is never older than its question. An error of the
    call itself reaches everybody in it. Whoever is cancelled while waiting harms nobody else.
    """

    def __init__(self, call: Call[Q, A], limit: int = 100) -> None:
        """Take the call, and how many questions it may get at most."""
        self._call = call
        self._limit = limit
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
        while batch := self._next():
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
