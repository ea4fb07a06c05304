"""Taking turns inside of one process."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary


class Turns:
    """Lets what is about one thing happen one after the other in this process.

    It promises nothing, since there are other processes; but it spares most of the conflicts with ourselves.
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, key: str) -> asyncio.Lock:
        """Return the lock of a thing, which lasts as long as somebody has it."""
        return self._locks.setdefault(key, asyncio.Lock())
