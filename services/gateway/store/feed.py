"""The collection `feed`: what happened, numbered without a gap, for those who watch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pymongo import DESCENDING, ReadPreference, ReturnDocument
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from services.gateway.domain.watching import KEPT_FOR, Noted, end_id, end_number
from services.gateway.ports import Place
from shared.batching import Batcher
from shared.clock import Clock
from shared.mongo import Database, Row

SPARE = timedelta(hours=1)
"""For how much longer an item is kept than a place is good: who goes on from a good place finds all behind it."""
HEAD = "head"


class MongoFeed:
    """Items in the order of their numbers, the same for every gateway.

    Numbers are taken and items written in one transaction. A second one that takes numbers meanwhile conflicts with it
    and begins anew, so numbers become visible in their order: nobody who has read one can miss a smaller one. What is
    appended while a transaction is on its way goes together in the next.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self.client = database.client
        self.items = database["feed"]
        self.head = database["feed_head"]
        self.clock = clock
        self._appends: Batcher[Noted, None] = Batcher(self._append)

    async def prepare(self) -> None:
        """Create the indexes and the counter; safe to repeat."""
        await self.items.create_index("id", name="id", unique=True)
        await self.items.create_index("at", name="forget", expireAfterSeconds=int((KEPT_FOR + SPARE).total_seconds()))
        await self.head.update_one({"_id": HEAD}, {"$setOnInsert": {"last": 0}}, upsert=True)

    async def append(self, noted: Noted) -> None:
        """Put an item at the end, unless it is in the feed."""
        await self._appends.ask(noted)

    async def _append(self, batch: Sequence[Noted]) -> Sequence[None]:
        async def numbered(session: Any) -> None:
            await self._write(session, {noted.id: noted for noted in batch})

        async with await self.client.start_session() as session:
            await session.with_transaction(
                numbered,
                read_concern=ReadConcern("snapshot"),
                write_concern=WriteConcern("majority"),
                read_preference=ReadPreference.PRIMARY,
            )
        return [None] * len(batch)

    async def _write(self, session: Any, batch: dict[str, Noted]) -> None:
        cursor = self.items.find({"id": {"$in": list(batch)}}, {"id": 1}, session=session)
        known = {row["id"] async for row in cursor}
        fresh = [noted for id, noted in batch.items() if id not in known]
        if not fresh:
            return
        head: Row = await self.head.find_one_and_update(
            {"_id": HEAD},
            {"$inc": {"last": len(fresh)}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        at, first = self.clock.now(), head["last"] - len(fresh) + 1
        rows = [
            {"_id": number, "at": at, "id": noted.id, "item": noted.model_dump(mode="json")}
            for number, noted in enumerate(fresh, first)
        ]
        await self.items.insert_many(rows, session=session)

    async def newest(self) -> Place:
        """Return the end of the feed."""
        row = await self.items.find_one({}, {"id": 1}, sort=[("_id", DESCENDING)])
        if row:
            return _place(row)
        last = await self._last()
        return Place(number=last, id=end_id(last))

    async def place_of(self, id: str) -> Place | None:
        """Return where an item stands, or None when it is too old or was never there."""
        number = end_number(id)
        if number is None:
            row = await self.items.find_one({"id": id, **self._fresh()}, {"id": 1})
            return _place(row) if row else None
        behind = await self.items.find_one({"_id": number + 1, **self._fresh()}, {"id": 1})
        return Place(number=number, id=id) if behind or await self._last() == number else None

    async def after(self, number: int, limit: int) -> Sequence[tuple[int, Noted]]:
        """Return the items behind a place, oldest first."""
        cursor = self.items.find({"_id": {"$gt": number}}, {"item": 1}).sort("_id", 1).limit(limit)
        return [(row["_id"], Noted.model_validate(row["item"])) async for row in cursor]

    def _fresh(self) -> Row:
        return {"at": {"$gt": self.clock.now() - KEPT_FOR}}

    async def _last(self) -> int:
        head = await self.head.find_one({"_id": HEAD})
        return int(head["last"]) if head else 0


def _place(row: Row) -> Place:
    return Place(number=row["_id"], id=row["id"])
