"""Which addresses get no mail, kept for a moment: a campaign asks for every mail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.contracts.bounces import address_id

KEPT_FOR = timedelta(seconds=1)

Suppressions = Callable[[], Awaitable[Mapping[str, str]]]
"""Returns why no mail goes there, by the ids of the addresses."""


class Suppressed:
    """Says why no mail goes to an address; at most a second old."""

    def __init__(self, suppressions: Suppressions, clock: Clock) -> None:
        self.suppressions = suppressions
        self.clock = clock
        self.known: Mapping[str, str] = {}
        self.known_at: datetime | None = None

    async def why(self, email: str) -> str | None:
        """Return why an address gets no mail, or None when it does."""
        now = self.clock.now()
        if self.known_at is None or now - self.known_at >= KEPT_FOR:
            self.known, self.known_at = await self.suppressions(), now
        return self.known.get(address_id(email))
