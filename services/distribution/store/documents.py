"""A document each: `publications`, one a postmortem, `lists`, `subscriptions`, one a person and list."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from services.distribution.domain import Listing, Publication, Subscription
from shared.mongo import Database, MongoDocuments, Row


class MongoPublications(MongoDocuments[Publication]):
    """The publications."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["publications"], Publication)

    async def versions(self, keys: Collection[str]) -> Mapping[str, int]:
        """Return at which version these documents are; nothing of those that there are none of."""
        rows = self.collection.find({"_id": {"$in": list(keys)}}, {"version": 1})
        return {row["_id"]: row["version"] async for row in rows}


class MongoLists(MongoDocuments[Listing]):
    """The lists."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["lists"], Listing)

    async def listings(self) -> Sequence[Listing]:
        """Return every list that there is or was."""
        return [Listing.model_validate(row["state"]) async for row in self.collection.find({}, {"state": 1})]


class MongoSubscriptions(MongoDocuments[Subscription]):
    """Those who unsubscribed."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["subscriptions"], Subscription)

    def find(self, state: Subscription) -> Row:
        """Return what those who want no more mail are found by."""
        return {"unsubscribed": state.unsubscribed}

    async def prepare(self) -> None:
        """Create the indexes; safe to repeat."""
        await super().prepare()
        await self.collection.create_index([("find.unsubscribed", 1)], name="unsubscribed")

    async def unsubscribed(self) -> frozenset[str]:
        """Return the ids of the subscriptions that are no more."""
        return frozenset([row["_id"] async for row in self.collection.find({"find.unsubscribed": True}, {"_id": 1})])
