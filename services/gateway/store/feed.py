"""The collection `feed`: what happened, numbered without a gap, for those who watch."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from itertools import islice

from pymongo import DESCENDING
from pymongo.errors import BulkWriteError

from services.gateway.domain.watching import KEPT_FOR, Noted, end_id, end_number
from services.gateway.ports import Place
from shared.batching import Batcher
from shared.clock import Clock
from shared.mongo import DUPLICATE_KEY, Database, Row

SPARE = timedelta(hours=1)
"""For how much longer an item is kept than a place is good: who goes on from a good place finds all behind it."""
HEAD = "head"
MARKED_EVERY_S = 1.0


class MongoFeed:
    """Items in the order of their numbers, the same for every gateway.

    An item's number is its key, so nobody else can have it, and it is one more than the greatest that is there: whoever
    takes 6 was refused 5, or has written it. The database makes writes visible in the order in which it took them, so
    nobody who has read a number can miss a smaller one. What is appended while a write is on its way goes together in
    the next.

    The head remembers the last number for when all items are forgotten, which takes a week. So it is enough to write it
    once in a while, and when a gateway begins.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self.items = database["feed"]
        self.head = database["feed_head"]
        self.clock = clock
        self._appends: Batcher[Noted, None] = Batcher(self._append)
        self._known: int | None = None
        self._marked = 0

    async def prepare(self) -> None:
        """Create the indexes, and bring the head up to what is there; safe to repeat."""
        await self.items.create_index("id", name="id", unique=True)
        await self.items.create_index("at", name="forget", expireAfterSeconds=int((KEPT_FOR + SPARE).total_seconds()))
        self._known = await self._last()
        await self.mark()

    async def mark(self) -> None:
        """Bring the head up to the last number that this gateway knows."""
        known = self._known
        if known is not None and known > self._marked:
            await self.head.update_one({"_id": HEAD}, {"$max": {"last": known}}, upsert=True)
            self._marked = known

    async def append(self, noted: Noted) -> None:
        """Put an item at the end, unless it is in the feed."""
        await self._appends.ask(noted)

    async def _append(self, batch: Sequence[Noted]) -> Sequence[None]:
        left = {noted.id: noted for noted in batch}
        last = await self._last() if self._known is None else self._known
        while left:
            written, there = await self._write(last, left.values())
            self._known = last = last + written
            left = dict(islice(left.items(), written, None))
            if there == "_id":
                last = await self._last()
            elif there:
                left = await self._without_known(left)
        return [None] * len(batch)

    async def _write(self, last: int, items: Collection[Noted]) -> tuple[int, str | None]:
        """Write items behind a number, one after the other, up to one that is in the feed or whose number is taken.

        Return how many are durable now, and which field of the next is there already.
        """
        at = self.clock.now()
        rows = [
            {"_id": number, "at": at, "id": noted.id, "item": noted.model_dump(mode="json")}
            for number, noted in enumerate(items, last + 1)
        ]
        try:
            await self.items.insert_many(rows)
        except BulkWriteError as error:
            wrong = error.details["writeErrors"]
            if error.details["writeConcernErrors"] or wrong[0]["code"] != DUPLICATE_KEY:
                raise  # not known to be durable, or nothing that other numbers mend
            return wrong[0]["index"], next(iter(wrong[0]["keyPattern"]))
        return len(rows), None

    async def _without_known(self, items: dict[str, Noted]) -> dict[str, Noted]:
        """Return those of the items that are not in the feed; what is not durable there does not count."""
        cursor = self.items.find({"id": {"$in": list(items)}}, {"id": 1})
        known = {row["id"] async for row in cursor}
        return {id: noted for id, noted in items.items() if id not in known}

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
        """Return the last number that was given, whether or not its item is there any more."""
        newest = await self.items.find_one({}, {"_id": 1}, sort=[("_id", DESCENDING)])
        head = await self.head.find_one({"_id": HEAD})
        return max(newest["_id"] if newest else 0, head["last"] if head else 0, self._known or 0)


def _place(row: Row) -> Place:
    return Place(number=row["_id"], id=row["id"])
