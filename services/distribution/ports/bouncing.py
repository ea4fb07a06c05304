"""What mail that comes back needs from the world."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.distribution.domain import Delivery
from services.distribution.domain.bouncing import BounceTerms, Standing
from shared.messaging.documents import Repository


class Sent(Protocol):
    """The rows of what was sent, as far as a returned mail is concerned."""

    async def row(self, id: str) -> Delivery | None:
        """Return a row, whatever is in it."""

    async def arrived(self, recipient: str, before: datetime) -> datetime | None:
        """Return when the newest mail to somebody was accepted that was before this and did not come back."""

    async def came_back(self, id: str, reply: str, now: datetime) -> None:
        """Let a row be failed, unless it is already, or was not to be sent.

        What comes back while a row is still being sent, or waits to be sent again, did go out: it is over too.
        """


class Standings(Protocol):
    """Knows how addresses stand."""

    async def state_of(self, key: str) -> Standing | None:
        """Return how an address stands, by its id."""

    async def suppressions(self, ids: Collection[str]) -> Mapping[str, str]:
        """Return why no mail goes there, by the ids of these addresses; cheap enough to ask before every few mails."""

    async def suppressed(self, after: str, limit: int) -> Sequence[Standing]:
        """Return the addresses that get no mail, by address, those after one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bouncing:
    """What is needed of mail that comes back."""

    addresses: Repository[Standing]
    standings: Standings
    sent: Sent
    terms: BounceTerms
