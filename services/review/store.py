"""Review's MongoDB collections: `reviews`, one document a postmortem, and `reviewers`, one a member."""

from __future__ import annotations

from collections.abc import Sequence

from services.review.domain import Membership, Review, State, Workload
from shared.mongo import Database, MongoDocuments, Row


class MongoReviews(MongoDocuments[Review]):
    """The reviews, and how many of them each reviewer has open."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["reviews"], Review)

    def find(self, state: Review) -> Row:
        """Return what open reviews are counted by."""
        return {"state": state.state.value, "reviewers": [reviewer.email for reviewer in state.reviewers]}

    async def prepare(self) -> None:
        """Create the indexes; safe to repeat."""
        await super().prepare()
        await self.collection.create_index(
            [("find.reviewers", 1)], name="open", partialFilterExpression={"find.state": State.IN_REVIEW.value}
        )

    async def workload(self) -> Workload:
        """Return how many open reviews each asked person has."""
        rows = self.collection.aggregate(
            [
                {"$match": {"find.state": State.IN_REVIEW.value}},
                {"$unwind": "$find.reviewers"},
                {"$group": {"_id": "$find.reviewers", "open": {"$sum": 1}}},
            ]
        )
        return {row["_id"]: row["open"] async for row in rows}


class MongoCommunity(MongoDocuments[Membership]):
    """The community."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["reviewers"], Membership)

    async def members(self) -> Sequence[Membership]:
        """Return everybody who is or was a member."""
        return [Membership.model_validate(row["state"]) async for row in self.collection.find({}, {"state": 1})]
