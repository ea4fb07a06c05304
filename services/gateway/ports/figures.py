"""What is counted of the library for those who watch over the installation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How many postmortems have a status, how many of them are late, and since when the oldest of them waits."""

    count: int
    late: int
    waiting_since: datetime | None


class Figures(Protocol):
    """Counts what is not finished."""

    async def unfinished(self, now: datetime) -> Mapping[str, Standing]:
        """Return by status what its owners still have to bring to publication; no entry where there is nothing."""
