"""A little of every publication, read without its text: what a digest is made up of once a week."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from services.distribution.domain.digest.brief import KEPT, Brief
from shared.mongo import Database, Row

FIELDS = {f"state.{name}": 1 for name in KEPT}


class MongoBriefs:
    """Reads the collection `publications`, and never writes it."""

    def __init__(self, database: Database) -> None:
        self.collection = database["publications"]

    async def briefs(self) -> Sequence[Brief]:
        """Return what is known of each postmortem."""
        return [_brief(row) async for row in self.collection.find({}, FIELDS)]

    async def brief(self, postmortem_id: str) -> Brief | None:
        """Return what is known of one."""
        row = await self.collection.find_one({"_id": postmortem_id}, FIELDS)
        return _brief(row) if row else None

    async def restricted(self, ids: Collection[str]) -> frozenset[str]:
        """Return which of these only some may see."""
        wanted = {"_id": {"$in": list(ids)}, "state.circle.restricted": True}
        return frozenset([row["_id"] async for row in self.collection.find(wanted, {"_id": 1})])


def _brief(row: Row) -> Brief:
    return Brief.model_validate({"id": row["_id"], **row.get("state", {})})
