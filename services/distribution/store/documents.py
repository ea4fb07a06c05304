"""A document each: `publications`, one a postmortem, `lists`, `subscriptions`, one a person and list, `gatherings`.

Of `stoppages` there is one, for there is one relay.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from services.distribution.domain import Gathering, Includes, Listing, Publication, Stoppage, Subscriber, Subscription
from shared.contracts.lists import list_id
from shared.mongo import Database, MongoDocuments, Row
from shared.mongo_rows import unless_kept


class MongoPublications(MongoDocuments[Publication]):
    """The publications."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["publications"], Publication)

    async def newer(self, known: Mapping[str, int]) -> Mapping[str, tuple[int, Publication]]:
        """Return of these documents those that are newer than a version, with the version that they have.

        What this process itself wrote last is not read again.
        """
        if not known:
            return {}
        kept = self._kept.among(known)
        wanted: Row = {"$or": [{"_id": id, "version": {"$gt": version}} for id, version in known.items()]}
        fields = {"version": 1, "schema": 1, "state": unless_kept(kept.values())}
        rows = {row["_id"]: row async for row in self.collection.find(wanted, fields)}
        for id, row in rows.items():
            if "state" not in row:
                row["kept"] = kept[id].state
        return {id: (row["version"], self._state(row)) for id, row in rows.items()}


class MongoLists(MongoDocuments[Listing]):
    """The lists."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["lists"], Listing)

    async def listings(self, names: Collection[str] | None = None) -> Sequence[Listing]:
        """Return every list that there is or was, or those of these names."""
        wanted: Row = {} if names is None else {"_id": {"$in": [list_id(name) for name in names]}}
        return [self.states.of(row) async for row in self.collection.find(wanted, {"schema": 1, "state": 1})]

    async def includes(self) -> Includes:
        """Return the names of the lists that there are, each with those that it includes; reads no members."""
        fields = {"state.list.name": 1, "state.list.includes": 1}
        rows = self.collection.find({"state.deleted": {"$ne": True}}, fields)
        lists = [row["state"]["list"] async for row in rows]
        return {each["name"]: tuple(each.get("includes", ())) for each in lists}

    async def is_open(self, name: str) -> bool | None:
        """Say whether people may put themselves on a list; None when there is none of this name."""
        there = {"_id": list_id(name), "state.deleted": {"$ne": True}}
        row = await self.collection.find_one(there, {"state.list.open": 1})
        return None if row is None else bool(row["state"].get("list", {}).get("open", True))


class MongoSubscriptions(MongoDocuments[Subscription]):
    """Those who unsubscribed, and those who put themselves on a list."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["subscriptions"], Subscription)

    def find(self, state: Subscription) -> Row:
        """Return what those who want no more mail, and those who want it, are found by."""
        subscriber = {"list": state.subscriber.list, "email": state.subscriber.email} if state.subscriber else {}
        return {"unsubscribed": state.unsubscribed, **subscriber}

    async def prepare(self) -> None:
        """Create the indexes; safe to repeat."""
        await super().prepare()
        await self.collection.create_index([("find.unsubscribed", 1)], name="unsubscribed")
        there = {"find.list": {"$exists": True}}
        by = [("find.list", 1), ("find.email", 1)]
        await self.collection.create_index(by, name="subscribers", partialFilterExpression=there)

    async def unsubscribed(self) -> frozenset[str]:
        """Return the ids of the subscriptions that are no more."""
        return frozenset([row["_id"] async for row in self.collection.find({"find.unsubscribed": True}, {"_id": 1})])

    async def left(self, ids: Collection[str]) -> frozenset[str]:
        """Return of these subscriptions those that are no more."""
        gone = {"_id": {"$in": list(ids)}, "find.unsubscribed": True}
        return frozenset([row["_id"] async for row in self.collection.find(gone, {"_id": 1})])

    async def subscribers(self, lists: Collection[str] | None = None) -> tuple[Subscriber, ...]:
        """Return everybody who put themselves on a list, or on one of these, by list and address."""
        wanted: Row = {"$exists": True} if lists is None else {"$in": list(lists)}
        rows = self.collection.find({"find.list": wanted}, {"find": 1}).sort([("find.list", 1), ("find.email", 1)])
        return tuple([Subscriber.model_validate(row["find"]) async for row in rows])


class MongoGatherings(MongoDocuments[Gathering]):
    """What people were sent, and what is kept for them."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["gatherings"], Gathering)


class MongoStoppages(MongoDocuments[Stoppage]):
    """Whether the relay refuses us."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["stoppages"], Stoppage)
