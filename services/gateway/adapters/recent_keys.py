"""Kept API keys, looked up once in a few seconds rather than for every request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.gateway.domain.api_keys import StoredKey
from services.gateway.ports import KnownKeys
from shared.clock import Clock
from shared.keeping import Keeping

FRESH_FOR = timedelta(seconds=5)
"""For how long a key goes on after it was revoked, at most, in every gateway."""
MOST = 10_000


class RecentKeys:
    """Remembers the keys that were found; what was not found is looked up again, so that a new key is good at once."""

    def __init__(self, keys: KnownKeys, clock: Clock) -> None:
        self.keys = keys
        self.clock = clock
        self._found: Keeping[str, tuple[StoredKey, datetime]] = Keeping(MOST)

    async def find(self, id: str) -> StoredKey | None:
        """Return the key with this id, as it was at most five seconds ago."""
        now = self.clock.now()
        recent = self._found.get(id)
        if recent and timedelta(0) <= now - recent[1] < FRESH_FOR:
            return recent[0]
        self._found.drop(id)
        found = await self.keys.find(id)
        if found:
            self._found.put(id, (found, now))
        return found

    async def of(self, email: str) -> Sequence[StoredKey]:
        """Return every key of a person, as they are now."""
        return await self.keys.of(email)

    async def used(self, key: StoredKey, at: datetime) -> None:
        """Remember that a key was used; here at once, so that one of many requests writes it down."""
        if recent := self._found.get(key.id):
            self._found.put(key.id, (key.model_copy(update={"last_used_at": at}), recent[1]))
        await self.keys.used(key, at)
