"""Publications as they were read last: many mails are written from one, and it is not read for each of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping

from services.distribution.domain import Publication

KEPT = 32
"""Publications that are remembered: more than are mailed at the same time, and few enough to be no burden."""

Read = Callable[[str], Awaitable[Publication | None]]
Versions = Callable[[Collection[str]], Awaitable[Mapping[str, int]]]


class Remembered:
    """Publications by id, as new as when it was looked last, or newer."""

    def __init__(self, *, read: Read, versions: Versions) -> None:
        self.read = read
        self.versions = versions
        self._known: OrderedDict[str, tuple[int, Publication]] = OrderedDict()

    async def look(self, ids: Collection[str]) -> None:
        """Read those that are not as they were read last. What is read may be newer than its version, never older."""
        for id, version in (await self.versions(ids)).items():
            if self._version(id) >= version:
                self._known.move_to_end(id)
            elif (publication := await self.read(id)) and self._version(id) < version:
                self._known[id] = (version, publication)
                self._known.move_to_end(id)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)

    async def of(self, id: str) -> Publication | None:
        """Return what is known of a postmortem, read now if it is not remembered."""
        known = self._known.get(id)
        return known[1] if known else await self.read(id)

    def _version(self, id: str) -> int:
        return self._known[id][0] if id in self._known else 0
