"""Publications as they were read last: many mails are written from one, and it is not read for each of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping

from services.distribution.domain import Publication
from shared.keeping import Keeping

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
        self._known: Keeping[str, tuple[int, Publication]] = Keeping(KEPT)

    async def look(self, ids: Collection[str]) -> None:
        """Read those that are not as they were read last."""
        for id, (version, publication) in (await self.newer({id: self._version(id) for id in ids})).items():
            if version > self._version(id):  # else somebody was faster
                self._known.put(id, (version, publication))

    async def of(self, id: str) -> Publication | None:
        """Return what is known of a postmortem, read now if it is not remembered."""
        known = self._known.get(id)
        return known[1] if known else await self.read(id)

    def _version(self, id: str) -> int:
        known = self._known.get(id)
        return known[0] if known else 0
