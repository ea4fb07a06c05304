"""The collection `links`: of which generation a person's secret links are."""

from __future__ import annotations

from datetime import datetime

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from shared.contracts.commands import Actor
from shared.mongo import Database, Row

CAUSES_KEPT = 20


class MongoLinks:
    """One document a person; `causes` are requests that rotated, so that a repeat does not; `known` is who they are."""

    def __init__(self, database: Database) -> None:
        self.collection = database["links"]

    async def generation(self, email: str) -> int:
        """Return a person's generation; 0 before the first rotation."""
        row = await self.collection.find_one({"_id": email}, {"generation": 1})
        return int(row.get("generation", 0)) if row else 0

    async def rotate(self, email: str, cause: str) -> int:
        """Begin a new generation, once for each cause; return the one that is now."""
        kept = {"$each": [cause], "$slice": -CAUSES_KEPT}
        try:
            row: Row = await self.collection.find_one_and_update(
                {"_id": email, "causes": {"$ne": cause}},
                {"$inc": {"generation": 1}, "$push": {"causes": kept}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:  # it is there and has had this cause, or was made by another request just now
            return await self.generation(email)
        return int(row["generation"])

    async def vouch(self, actor: Actor, until: datetime) -> None:
        """Remember as whom an access token made a person known, and until when that is to count."""
        known = {"name": actor.name, "role": actor.role.value, "until": until}
        await self.collection.update_one({"_id": actor.email}, {"$set": {"known": known}}, upsert=True)

    async def vouched(self, email: str, now: datetime) -> Actor | None:
        """Return as whom a person is known by their token, or None when that counts no more."""
        row: Row | None = await self.collection.find_one({"_id": email, "known.until": {"$gt": now}}, {"known": 1})
        return Actor(email=email, name=row["known"]["name"], role=row["known"]["role"]) if row else None
