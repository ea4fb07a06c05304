"""Review's MongoDB collections: `reviews`, one document a postmortem, and `reviewers`, one a member."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from services.review.domain import Load, Membership, Review, State, Workload, rows
from shared.mongo import Database, MongoDocuments, Row

UNTIMED: Row = {
    "state.attention": {"$exists": False},
    "due_at": {"$exists": False},
    "state.state": State.IN_REVIEW.value,
}
"""What was written before reviews had a timer: somebody is asked, and nobody looks whether they can do it."""


class MongoReviews(MongoDocuments[Review]):
    """The reviews, and what each reviewer has to do of them and has done."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["reviews"], Review)

    def find(self, state: Review) -> Row:
        """Return what load and experience are counted by; one value, so that the index alone tells all of it."""
        turns = rows(state)
        return {"load": {"turns": turns}} if turns else {}

    async def prepare(self) -> None:
        """Create the indexes, and have a look taken at what has no timer yet; safe to repeat."""
        await super().prepare()
        await self.collection.create_index("find.load", name="load", sparse=True)
        await self.collection.update_many(UNTIMED, {"$set": {"due_at": datetime.fromtimestamp(0, UTC)}})

    async def workload(self, since: datetime) -> Workload:
        """Return what everybody who was ever asked has to do and has done; of late is what they were asked since.

        No review is read for it, only the index: a review holds a whole report.
        """
        found = self.collection.aggregate(
            [
                {"$match": {"find.load": {"$gte": {}}}},
                {"$project": {"_id": 0, "find.load": 1}},
                {"$project": {"turn": "$find.load.turns"}},
                {"$unwind": "$turn"},
                {
                    "$group": {
                        "_id": "$turn.by",
                        "open": _counted("$turn.open"),
                        "recent": _counted({"$gte": ["$turn.at", since]}),
                        "done": _counted("$turn.done"),
                    }
                },
            ],
            hint="load",
        )
        return {row["_id"]: Load(open=row["open"], recent=row["recent"], done=row["done"]) async for row in found}


def _counted(when: Row | str) -> Row:
    return {"$sum": {"$cond": [when, 1, 0]}}


class MongoCommunity(MongoDocuments[Membership]):
    """The community."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["reviewers"], Membership)
        self._known: dict[str, tuple[int, Membership]] = {}

    async def members(self) -> Sequence[Membership]:
        """Return everybody who is or was a member; only those are read who have changed since they were read last."""
        versions = {row["_id"]: row["version"] async for row in self.collection.find({}, {"version": 1})}
        stale = [key for key, version in versions.items() if self._version(key) != version]
        if stale:
            found = self.collection.find({"_id": {"$in": stale}}, {"version": 1, "state": 1})
            known = {row["_id"]: (row["version"], self.state.model_validate(row["state"])) async for row in found}
            self._known |= known
        self._known = {key: self._known[key] for key in versions if key in self._known}  # others are gone
        return [membership for _, membership in self._known.values()]

    def _version(self, key: str) -> int:
        return self._known[key][0] if key in self._known else 0
