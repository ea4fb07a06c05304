"""The collections `reviewers` and `lists`: who reviews and who gets mail, as people read it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeVar

from pydantic import BaseModel

from services.gateway.domain.directory import KnownList, KnownReviewer, ListSummary, summary
from shared.mongo import Database, MongoDocuments, Row

S = TypeVar("S", bound=BaseModel)


class MongoProjection(MongoDocuments[S]):
    """Documents that hold nothing but what was heard."""

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
