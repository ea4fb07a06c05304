"""Every revision of every postmortem, in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from pymongo.errors import DuplicateKeyError

from services.gateway.domain.history import Revision
from shared.mongo import Database, Row


class MongoHistory:
    """Every revision, each a row of its own, since a library's view stays small."""

    def __init__(self, database: Database) -> None:
        self.collection = database["revisions"]

    async def prepare(self) -> None:
        """Create the index that lists; safe to repeat."""
        await self.collection.create_index([("postmortem_id", 1), ("number", -1)], name="of_postmortem", unique=True)

    async def keep(self, revision: Revision) -> None:
        """Keep a revision; of several that tell of the same one, the first that was said."""
        of = {"postmortem_id": revision.draft.postmortem_id, "number": revision.number}
        row: Row = {"stamp": list(revision.stamp), "state": revision.model_dump(mode="json")}
        with suppress(DuplicateKeyError):  # an earlier fact told of it, or told of it just now
            await self.collection.update_one({**of, "stamp": {"$gt": row["stamp"]}}, {"$set": row}, upsert=True)

    async def revisions(self, id: str, before: int | None, limit: int) -> Sequence[Revision]:
        """Return a postmortem's revisions, newest first, those older than `before`."""
        query: Row = {"postmortem_id": id, **({"number": {"$lt": before}} if before is not None else {})}
        cursor = self.collection.find(query, {"state": 1}).sort("number", -1).limit(limit)
        return [Revision.model_validate(row["state"]) async for row in cursor]

    async def revision(self, id: str, number: int) -> Revision | None:
        """Return one revision."""
        row: Row | None = await self.collection.find_one({"postmortem_id": id, "number": number}, {"state": 1})
        return Revision.model_validate(row["state"]) if row else None
