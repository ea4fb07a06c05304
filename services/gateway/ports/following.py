"""What the insights need to know of action items."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.gateway.domain.followed import Followed


class Following(Protocol):
    """The library, asked for what becomes of action items."""

    async def followed(
        self, reader: str, since: datetime, severity: str | None, service: str | None
    ) -> Sequence[Followed]:
        """Return the items that were open at some time since then, of the postmortems that the reader may see."""
