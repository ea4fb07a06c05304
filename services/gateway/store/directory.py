"""The collections `reviewers` and `lists`: who reviews and who gets mail, as people read it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import chain, repeat
from typing import TypeVar

from motor.motor_asyncio import AsyncIOMotorCollection
from pydantic import BaseModel

from services.gateway.domain.directory import KnownList, KnownReviewer, ListSummary, summary
from services.gateway.store.heard import Heard
from shared.messaging.documents import Change
from shared.messaging.envelope import Unsaid
from shared.mongo import Database, MongoDocuments, Row

S = TypeVar("S", bound=BaseModel)
LOOK_AFTER_S = (0.02, 0.05, 0.1, 0.2)
"""How long a fact is waited for in this process before it is asked whether another one has put it in."""


class MongoProjection(MongoDocuments[S]):
    """Documents that hold nothing but what was heard."""

    def __init__(self, collection: AsyncIOMotorCollection[Row], state: type[S]) -> None:
        super().__init__(collection, state)
        self._heard = Heard()

    async def write(self, change: Change[S]) -> Sequence[Unsaid]:
        """Apply a change, and wake who waits for it. Raises: Conflict."""
        unsaid = await super().write(change)
        self._heard.note(change.handled.id)
        return unsaid

    async def until_heard(self, key: str, ids: Collection[str]) -> None:
        """Return when all of these facts are in what is kept under this key, whoever has put them in."""
        for seconds in chain(LOOK_AFTER_S, repeat(LOOK_AFTER_S[-1])):
            if await self._heard.all_within(ids, seconds) or await self.has_heard(key, ids):
                return

    async def has_heard(self, key: str, ids: Collection[str]) -> bool:
        """Say whether all of these facts are in what is kept under this key."""
        return await self.collection.find_one({"_id": key, "handled.id": {"$all": list(ids)}}, {"_id": 1}) is not None


class MongoReviewers(MongoProjection[KnownReviewer]):
    """The community."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["reviewers"], KnownReviewer)

    async def listed(self) -> Sequence[KnownReviewer]:
        """Return everybody, by address."""
        cursor = self.collection.find({}, {"state": 1}).sort("state.reviewer.email", 1)
        return [KnownReviewer.model_validate(row["state"]) async for row in cursor]


class MongoLists(MongoProjection[KnownList]):
    """The distribution lists."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["lists"], KnownList)

    def find(self, state: KnownList) -> Row:
        """Return what an overview tells, so that it need not read the members."""
        return summary(state).model_dump(mode="json")

    async def listed(self) -> Sequence[ListSummary]:
        """Return the lists that there are, by name."""
        cursor = self.collection.find({"find.deleted": False}, {"find": 1}).sort("find.name", 1)
        return [ListSummary.model_validate(row["find"]) async for row in cursor]
