"""Who gets an edition: `audiences`, documents of a thousand people each, written once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence

from pymongo import UpdateOne

from services.distribution.domain import Recipient
from shared.mongo import Database

CHUNK = 1000
"""People in a document: about 60 kB, so that neither it nor what is made of it takes much memory at once."""
WRITES = 10
"""Documents written in one call, or read in one."""


class MongoAudiences:
    """The audiences, in chunks `{_id: "<audience>/<number>", audience, number, people: [[list, address]]}`."""

    def __init__(self, database: Database) -> None:
        self.collection = database["audiences"]

    async def prepare(self) -> None:
        """Create the indexes; safe to repeat."""
        await self.collection.create_index([("audience", 1), ("number", 1)], name="chunks")

    async def keep(self, id: str, recipients: Sequence[Recipient]) -> None:
        """Write an audience down; doing it again changes nothing, and completes what a crash left half done."""
        starts = range(0, len(recipients), CHUNK)
        for first in range(0, len(starts), WRITES):
            writes = [
                _chunk(id, start // CHUNK, recipients[start : start + CHUNK]) for start in starts[first:][:WRITES]
            ]
            await self.collection.bulk_write(writes, ordered=False)

    async def chunks(self, id: str) -> AsyncIterator[Sequence[Recipient]]:
        """Yield an audience in parts of a thousand, in its order."""
        rows = self.collection.find({"audience": id}, {"people": 1}, sort=[("number", 1)], batch_size=WRITES)
        async for row in rows:
            yield [Recipient(email=email, list=name) for name, email in row["people"]]


def _chunk(id: str, number: int, people: Iterable[Recipient]) -> UpdateOne:
    row = {"audience": id, "number": number, "people": [[each.list, each.email] for each in people]}
    return UpdateOne({"_id": f"{id}/{number}"}, {"$setOnInsert": row}, upsert=True)
