"""What the gateway needs so that people can watch: the feed, and the generations of secret links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.gateway.domain.watching import Noted
from shared.contracts.commands import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in the feed: the number of its item, and the id to come back with."""

    number: int
    id: str


class Feed(Protocol):
    """What happened, in one order for everybody: whoever has seen a number has seen all that are smaller."""

    async def append(self, noted: Noted) -> None:
        """Put an item at the end, unless it is in the feed."""

    async def newest(self) -> Place:
        """Return the end of the feed."""

    async def place_of(self, id: str) -> Place | None:
        """Return where an item stands, or None when it is too old or was never there."""

    async def after(self, number: int, limit: int) -> Sequence[tuple[int, Noted]]:
        """Return the items behind a place, oldest first."""


class Links(Protocol):
    """Which generation a person's secret links are of; those of another one are good no more."""

    async def generation(self, email: str) -> int:
        """Return a person's generation; 0 before the first rotation."""

    async def rotate(self, email: str, cause: str) -> int:
        """Begin a new generation, once for each cause; return the one that is now."""

    async def vouch(self, actor: Actor, until: datetime) -> None:
        """Remember as whom an access token made a person known, and until when that is to count."""

    async def vouched(self, email: str, now: datetime) -> Actor | None:
        """Return as whom a person is known by their token, or None when that counts no more."""
