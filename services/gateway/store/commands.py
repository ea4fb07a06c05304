"""Commands as they were given, in MongoDB."""

from __future__ import annotations

from datetime import datetime

import structlog
from pymongo import ReturnDocument, UpdateOne
from pymongo.errors import DuplicateKeyError

from services.gateway.ports import Given, Kept
from shared.clock import Clock
from shared.mongo import TRANSIENT, Database, Row

log = structlog.get_logger(__name__)

KEPT_FOR_S = 48 * 3600
FREED_EVERY_S = 1.0
"""As long as whoever finds a command in use is told to wait."""


class MongoCommands:
    """Commands as they were given, forgotten after 48 hours."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.collection = database["commands"]
        self.clock = clock
        self._answered: dict[str, datetime] = {}

    async def prepare(self) -> None:
        """Create the index that forgets; safe to repeat."""
        await self.collection.create_index("at", name="forget", expireAfterSeconds=KEPT_FOR_S)

    async def remember(self, given: Given, until: datetime | None) -> Kept:
        """Keep a command; return the one that was kept under this id first, and whether another request has it."""
        if given.id in self._answered:
            await self.free()
        row: Row = {name: getattr(given, name) for name in Given.__slots__ if name != "id"}
        try:
            await self.collection.insert_one({"_id": given.id, **row, "at": self.clock.now(), "busy_until": until})
        except DuplicateKeyError:
            return await self._taken(given, until)
        return Kept(given=given)

    async def _taken(self, given: Given, until: datetime | None) -> Kept:
        """Take a command of the same content that nobody has any more, in one step."""
        row: Row | None = await self.collection.find_one_and_update(
            {"_id": given.id, "fingerprint": given.fingerprint, "busy_until": {"$not": {"$gt": self.clock.now()}}},
            {"$set": {"busy_until": until}},
            return_document=ReturnDocument.AFTER,
        )
        if row is not None:
            return Kept(given=_given(row))
        first = await self.find(given.id)
        return Kept(given=first or given, busy=first is not None)

    async def release(self, id: str, until: datetime) -> None:
        """Let others have a command that was this request's until then, at once."""
        self.answered(id, until)
        await self.free()

    def answered(self, id: str, until: datetime) -> None:
        """Let others have a command that was this request's until then: here at once, elsewhere within a second."""
        self._answered[id] = until

    async def free(self) -> None:
        """Tell other processes of the commands that were answered here, all in one write."""
        answered = list(self._answered.items())
        if not answered:
            return
        freed = [UpdateOne({"_id": id, "busy_until": until}, {"$set": {"busy_until": None}}) for id, until in answered]
        try:
            await self.collection.bulk_write(freed, ordered=False)
        except TRANSIENT as error:  # what was asked for is done, and the answer to it matters more
            log.warning("commands stay taken until their time has come", number=len(freed), error=repr(error))
        for id, until in answered:
            if self._answered.get(id) == until:  # only now, or whoever asks here meanwhile would find it taken
                del self._answered[id]

    async def find(self, id: str) -> Given | None:
        """Return a command, or None when nobody knows it any more."""
        row = await self.collection.find_one({"_id": id})
        return _given(row) if row else None


def _given(row: Row) -> Given:
    return Given(id=row["_id"], **{name: row[name] for name in Given.__slots__ if name != "id"})
