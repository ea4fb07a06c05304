"""What this process wrote last of each document, in bounded memory, so that it need not be read again.

Whether it is still what the database holds is never known here. Version and stamp tell: a read compares them and leaves
the state out, and a write that follows from what was not read applies only where they stand. Both are needed, since a
program of before there were stamps raises the version alone, and a document that was taken away and made anew may come
to the same version again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.keeping import Keeping
from shared.messaging.documents import Loaded

S = TypeVar("S")
WARY_FOR = 64
"""So many documents are read first after one had changed meanwhile: then others write here too, and a guess that fails
costs a decision and a write, more than a read does."""


@dataclass(slots=True)
class Written(Generic[S]):
    """A document as a write of this process left it; `stamp` is of that write alone.

    `unsaid` are ids; what is said meanwhile may still be among them. `guess`: it may be taken for what stands now.
    """

    version: int
    stamp: object
    state: S
    unsaid: frozenset[str]
    handled: str
    guess: bool = True


class LastWritten(Generic[S]):
    """What was written last, by keys; `room` is what all of it may take up, in the units of `put`'s size."""

    def __init__(self, room: int) -> None:
        self._written: Keeping[str, Written[S]] = Keeping(room)
        self._wary = 0

    def put(self, key: str, written: Written[S], size: int = 1) -> None:
        """Keep what was written just now."""
        self._written.put(key, written, size)

    def drop(self, key: str) -> None:
        """Keep nothing of a document."""
        self._written.drop(key)

    def among(self, keys: Iterable[str]) -> dict[str, Written[S]]:
        """Return what is kept of these documents."""
        return {key: one for key in keys if (one := self._written.get(key))}

    def guess(self, key: str, message_id: str) -> Loaded[S] | None:
        """Return a document as it was written last, for a message that is not known to be handled.

        Once for each write: whoever is wrong, or fails for any other reason, reads the next time.
        """
        if self._wary:
            self._wary -= 1
            return None
        one = self._written.get(key)
        if one is None or not one.guess or one.handled == message_id:
            return None
        one.guess = False
        return Loaded(key, one.version, one.state, one.unsaid, stamp=one.stamp)

    def was_wrong(self, stamp: object | None) -> None:
        """Guess no more for a while, where what did not stand was a guess."""
        if stamp is not None:
            self._wary = WARY_FOR

    def cleared(self, said: Mapping[str, Collection[str]]) -> None:
        """Note what was taken out of outboxes."""
        for key, one in self.among(said).items():
            one.unsaid = one.unsaid.difference(said[key])
