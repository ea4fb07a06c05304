"""Which facts this process has put into a collection of late, and who waits for one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from shared.keeping import Keeping

REMEMBERED = 10_000
"""Facts that are in memory: those of minutes, and a caller waits for seconds."""


class Heard:
    """The newest facts. Another process may have put in others, so that only a yes is an answer."""

    def __init__(self) -> None:
        self._ids: Keeping[str, bool] = Keeping(REMEMBERED)
        self._waiting: dict[str, asyncio.Event] = {}

    def note(self, id: str) -> None:
        """Remember a fact that is durable, and wake who waits for it."""
        self._ids.put(id, True)
        if waiting := self._waiting.pop(id, None):
            waiting.set()

    async def all_within(self, ids: Collection[str], seconds: float) -> bool:
        """Say whether all of these are put in here, at last after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                for id in ids:
                    await self._one(id)
        except TimeoutError:
            return False
        return True

    async def _one(self, id: str) -> None:
        if self._ids.get(id):
            return
        waiting = self._waiting.setdefault(id, asyncio.Event())
        try:
            await waiting.wait()
        finally:
            if self._waiting.get(id) is waiting:
                del self._waiting[id]  # who else waits for it asks the database as well
