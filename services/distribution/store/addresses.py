"""`addresses`: a document an address from which mail came back. And the rows of what was sent, as far as that needs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from services.distribution.domain import Delivery, State
from services.distribution.domain.bouncing import Standing
from services.distribution.store.ledger import delivery_of
from shared.mongo import Database, MongoDocuments, Row

OVER = (State.FAILED.value, State.SUPPRESSED.value)


class MongoAddresses(MongoDocuments[Standing]):
    """How addresses stand."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["addresses"], Standing)

    def find(self, state: Standing) -> Row:
        """Return what those that get no mail are found by; nothing of others, so that their index is small."""
        return {"suppressed": state.email} if state.suppression else {}

    async def prepare(self) -> None:
        """Create the index; safe to repeat."""
        await super().prepare()
        is_suppressed: Row = {"find.suppressed": {"$exists": True}}
        await self.collection.create_index(
            [("find.suppressed", 1)], name="suppressed", partialFilterExpression=is_suppressed
        )

    async def suppressions(self, ids: Collection[str]) -> Mapping[str, str]:
        """Return why no mail goes there, by the ids of these addresses; those that get mail are not in it."""
        why = {"state.suppression.reply": 1, "state.suppression.status": 1}
        rows = self.collection.find({"_id": {"$in": list(ids)}, "find.suppressed": {"$exists": True}}, why)
        return {row["_id"]: _why(row["state"]["suppression"]) async for row in rows}

    async def suppressed(self, after: str, limit: int) -> Sequence[Standing]:
        """Return the addresses that get no mail, by address, those after one."""
        wanted: Row = {"find.suppressed": {"$exists": True, "$gt": after}}
        rows = self.collection.find(wanted, {"schema": 1, "state": 1}).sort("find.suppressed", 1).limit(limit)
        return [self.states.of(row) async for row in rows]


class MongoSent:
    """The ledger's rows, found by whom they went to."""

    def __init__(self, database: Database) -> None:
        self.collection = database["deliveries"]

    async def prepare(self) -> None:
        """Create the index; safe to repeat."""
        await self.collection.create_index([("recipient", 1)], name="recipient")

    async def row(self, id: str) -> Delivery | None:
        """Return a row, whatever is in it."""
        row = await self.collection.find_one({"_id": id})
        return delivery_of(row) if row else None

    async def arrived(self, recipient: str, before: datetime) -> datetime | None:
        """Return when the newest mail to somebody was accepted that was before this and did not come back."""
        wanted: Row = {"recipient": recipient, "state": State.ACCEPTED.value, "updated_at": {"$lte": before}}
        row = await self.collection.find_one(wanted, {"updated_at": 1}, sort=[("updated_at", -1)])
        return row["updated_at"] if row else None

    async def came_back(self, id: str, reply: str, now: datetime) -> None:
        """Let a row be failed, unless it is already, or was not to be sent.

        What comes back while a row is still being sent, or waits to be sent again, did go out: it is over too.
        """
        await self.collection.update_one(
            {"_id": id, "state": {"$nin": list(OVER)}},
            {
                "$set": {"state": State.FAILED.value, "reply": reply[:500], "updated_at": now},
                "$unset": {"lease_until": "", "holder": ""},
            },
        )


def _why(suppression: Row) -> str:
    return str(suppression["reply"] or suppression["status"])
