"""API keys, in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from pymongo.errors import DuplicateKeyError

from services.gateway.domain.api_keys import USE_NOTED_EVERY, StoredKey
from shared.mongo import TRANSIENT, Database, Row

log = structlog.get_logger(__name__)


class MongoKeys:
    """API keys: everything about them but the keys themselves. They stay when they have ended, for whoever asks."""

    def __init__(self, database: Database) -> None:
        self.collection = database["keys"]

    async def prepare(self) -> None:
        """Create the index by which a person's keys are found; safe to repeat."""
        await self.collection.create_index("email", name="person")

    async def create(self, key: StoredKey) -> bool:
        """Keep a new key; False when its id is taken, then nothing was done."""
        row = key.model_dump(exclude={"id"}) | {"scopes": None if key.scopes is None else sorted(key.scopes)}
        try:
            await self.collection.insert_one({"_id": key.id, **row})
        except DuplicateKeyError:
            return False
        return True

    async def find(self, id: str) -> StoredKey | None:
        """Return the key with this id."""
        row = await self.collection.find_one({"_id": id})
        return _key(row) if row else None

    async def of(self, email: str) -> Sequence[StoredKey]:
        """Return every key of a person, whatever has become of it."""
        return [_key(row) async for row in self.collection.find({"email": email})]

    async def listed(self) -> Sequence[StoredKey]:
        """Return every key that was ever made, the oldest first."""
        return [_key(row) async for row in self.collection.find().sort([("created_at", 1), ("_id", 1)])]

    async def revoke(self, id: str, at: datetime) -> StoredKey | None:
        """End a key and return it; one that was revoked before stays as it is. None: there is no such key."""
        await self.collection.update_one({"_id": id, "revoked_at": None}, {"$set": {"revoked_at": at}})
        return await self.find(id)

    async def used(self, key: StoredKey, at: datetime) -> None:
        """Remember that a key was used, unless another gateway has just done so."""
        stale: Row = {"$or": [{"last_used_at": None}, {"last_used_at": {"$lte": at - USE_NOTED_EVERY}}]}
        try:
            await self.collection.update_one({"_id": key.id, **stale}, {"$set": {"last_used_at": at}})
        except TRANSIENT as error:  # what was asked for matters more
            log.warning("the use of a key was not noted", id=key.id, error=repr(error))


def _key(row: Row) -> StoredKey:
    return StoredKey(id=row["_id"], **{name: value for name, value in row.items() if name != "_id"})
