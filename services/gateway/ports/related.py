"""What the library is asked for to find postmortems that are like one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.gateway.domain.pages.related import Neighbour


class Neighbours(Protocol):
    """Candidates for what is related: few, by an index; which are like it, is counted from these."""

    async def related(self, own: Neighbour, reader: str, limit: int) -> Sequence[Neighbour]:
        """Return others that the reader may see: the newest that share a service, and those that share a title's word.

        There are `limit` of each at most.
        """
