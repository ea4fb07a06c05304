"""What the library is asked for to find postmortems that are like one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.gateway.domain.pages.related import Neighbour


class Neighbours(Protocol):
    """Candidates for what is related: few, newest first, by an index; what is like it, is counted from these."""

    async def related(self, own: Neighbour, reader: str, limit: int) -> Sequence[Neighbour]:
        """Return others that the reader may see and that share a service with it, newest first."""
