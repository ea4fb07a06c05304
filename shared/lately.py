"""What was met of late: so that it is not done once more. Whoever forgets loses time and nothing else."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Lately(Generic[T]):
    """The things that were met last, `most` of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: dict[T, None] = {}

    def __contains__(self, thing: T) -> bool:
        """Say whether it is among them."""
        return thing in self._things

    def meet(self, thing: T) -> None:
        """Put it last; when there are too many, the one goes that was not met for the longest time."""
        self._things.pop(thing, None)
        self._things[thing] = None
        if len(self._things) > self._most:
            del self._things[next(iter(self._things))]
