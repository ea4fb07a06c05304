"""The collection `links`: of which generation a person's secret links are."""

from __future__ import annotations

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from shared.mongo import Database, Row

CAUSES_KEPT = 20


class MongoLinks:
    """One document a person who has ever rotated; `causes` are the requests that did, so that a repeat does not."""

    def __init__(self, database: Database) -> None:
        self.collection = database["links"]

    async def generation(self, email: str) -> int:
        """Return a person's generation; 0 before the first rotation."""
        row = await self.collection.find_one({"_id": email}, {"generation": 1})
        return int(row["generation"]) if row else 0

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
