"""States that this process wrote last: what nobody has changed since needs no reading and validating again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Generic, TypeVar

from bson import ObjectId

S = TypeVar("S")
ROOM = 4 * 1024 * 1024
"""Bytes of documents that are kept, as MongoDB counts them; as Python's objects they take several times as much."""


@dataclass(frozen=True, slots=True)
class Kept(Generic[S]):
    """A state as it was written: `stamp` is of that write alone, `size` in bytes is of the document."""

    version: int
    stamp: ObjectId
    state: S
    size: int


class Keeping(Generic[S]):
    """The states used last, as many as there is room for.

    Whether one is still what the database holds is never known here: version and stamp say so when it is read. Both
    are compared, since a program of before there were stamps raises the version alone, and a document that was taken
    away and made anew may come to the same version again.
    """

    def __init__(self, room: int = ROOM) -> None:
        self._left = room
        self._kept: OrderedDict[str, Kept[S]] = OrderedDict()

    def get(self, key: str) -> Kept[S] | None:
        """Return what was kept of a document."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def put(self, key: str, kept: Kept[S]) -> None:
        """Keep a state in place of an older one of its document; what was used longest ago makes room for it."""
        if before := self._kept.pop(key, None):
            self._left += before.size
        self._kept[key] = kept
        self._left -= kept.size
        while self._left < 0:
            _, oldest = self._kept.popitem(last=False)
            self._left += oldest.size
