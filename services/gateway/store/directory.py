"""The collections `reviewers` and `lists`: who reviews and who gets mail, as people read it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import chain, repeat
from typing import TypeVar

from motor.motor_asyncio import AsyncIOMotorCollection
from pydantic import BaseModel

from services.gateway.domain.directory import KnownList, KnownReviewer, ListSummary, summary
from services.gateway.store.heard import Heard
from shared.batching import Batcher
from shared.messaging.documents import Change
from shared.messaging.envelope import Unsaid
from shared.mongo import Database, MongoDocuments, Row

S = TypeVar("S", bound=BaseModel)
LOOK_AFTER_S = (0.03, 0.06, 0.12, 0.24, 0.48)
"""How long a fact is waited for in this process before it is asked whether another one has put it in.

Longer each time: whoever waits long waits for a busy machine, which questions make busier.
"""


class MongoProjection(MongoDocuments[S]):
    """Documents that hold nothing but what was heard."""

    def __init__(self, collection: AsyncIOMotorCollection[Row], state: type[S]) -> None:
        super().__init__(collection, state)
        self._heard = Heard()
        self._asks: Batcher[tuple[str, frozenset[str]], bool] = Batcher(self._have_heard)

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
        return await self._asks.ask((key, frozenset(ids)))

    async def _have_heard(self, asked: Sequence[tuple[str, frozenset[str]]]) -> Sequence[bool]:
        """Answer all who ask at the same time."""
        wanted = list(frozenset[str]().union(*(ids for _, ids in asked)))
        heard: Row = {"$setIntersection": ["$handled.id", {"$literal": wanted}]}
        cursor = self.collection.find({"_id": {"$in": list({key for key, _ in asked})}}, {"heard": heard})
        known = {row["_id"]: frozenset(row["heard"]) for row in await cursor.to_list(None)}
        return [ids <= known.get(key, frozenset()) for key, ids in asked]


class MongoReviewers(MongoProjection[KnownReviewer]):
    """The community."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["reviewers"], KnownReviewer)

    async def listed(self) -> Sequence[KnownReviewer]:
        """Return everybody, by address."""
        cursor = self.collection.find({}, {"schema": 1, "state": 1}).sort("state.reviewer.email", 1)
        return [self.states.of(row) async for row in cursor]


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
