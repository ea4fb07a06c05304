"""Whose turn it is to be called: a subscriber that is slow, or asks to be left alone, keeps nobody else waiting.

All calls share one queue and its prefetch. A call that cannot go at once gives its place back and comes again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from services.gateway.ports import Unreachable

AT_ONCE = 4
"""So many calls of one subscriber run at the same time in this process."""
WAIT_S = 1.0


class Turns:
    """The turns of all subscribers in this process, by name."""

    def __init__(self) -> None:
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._until: dict[str, datetime] = {}

    @asynccontextmanager
    async def turn(self, name: str, now: datetime) -> AsyncIterator[None]:
        """Have a subscriber to ourselves and few others. Raises: Unreachable when it is not our turn yet."""
        until = self._until.get(name, now)
        if until > now:
            msg = f"{name} asked not to be called before {until.isoformat()}"
            raise Unreachable(msg)
        slots = self._slots.setdefault(name, asyncio.Semaphore(AT_ONCE))
        try:
            async with asyncio.timeout(WAIT_S):
                await slots.acquire()
        except TimeoutError as error:
            msg = f"{name} is busy with {AT_ONCE} calls"
            raise Unreachable(msg) from error
        try:
            yield
        finally:
            slots.release()

    def leave_alone(self, name: str, until: datetime) -> None:
        """Let nobody call a subscriber before a time (UTC)."""
        self._until[name] = until
