"""Publications as they were read last: many mails are written from one, and it is not read for each of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping

from services.distribution.domain import Publication

KEPT = 32
"""Publications that are remembered: more than are mailed at the same time, and few enough to be no burden."""

Read = Callable[[str], Awaitable[Publication | None]]
Newer = Callable[[Mapping[str, int]], Awaitable[Mapping[str, tuple[int, Publication]]]]


class Remembered:
    """Publications by id, as new as when it was looked last, or newer.

    `newer` returns of publications those that are newer than a version, with the version that they have.
    """

    def __init__(self, *, read: Read, newer: Newer) -> None:
        self.read = read
        self.newer = newer
        self._known: OrderedDict[str, tuple[int, Publication]] = OrderedDict()

    async def look(self, ids: Collection[str]) -> None:
        """Read those that are not as they were read last."""
        for id, (version, publication) in (await self.newer({id: self._version(id) for id in ids})).items():
            if version > self._version(id):  # else somebody was faster
                self._known[id] = (version, publication)
        for id in ids:
            if id in self._known:
                self._known.move_to_end(id)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)

    async def of(self, id: str) -> Publication | None:
        """Return what is known of a postmortem, read now if it is not remembered."""
        known = self._known.get(id)
        return known[1] if known else await self.read(id)

    def _version(self, id: str) -> int:
        return self._known[id][0] if id in self._known else 0
