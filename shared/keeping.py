"""What was used last, in bounded memory. Whoever finds something gone looks it up, or does it, once more."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Keeping(Generic[K, V]):
    """Values by their keys, those that were used last, as many as there is room for.

    What takes up room is for its owner to say: `size` in bytes, or nothing, where so many values are to be kept.
    """

    def __init__(self, room: int) -> None:
        self._left = room
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """Return what was kept; it counts as used now."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key][0]

    def put(self, key: K, value: V, size: int = 1) -> None:
        """Keep a value in place of an older one; what was used longest ago makes room, even this one if it must."""
        self.drop(key)
        self._kept[key] = value, size
        self._left -= size
        while self._left < 0:
            self.drop(next(iter(self._kept)))

    def drop(self, key: K) -> None:
        """Keep a value no longer, if it was."""
        _, size = self._kept.pop(key, (None, 0))
        self._left += size
