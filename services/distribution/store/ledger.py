"""A row each: `deliveries`, one a mail. A notice has revision 0, so that it counts as no mail of a publication."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from pymongo import ReturnDocument, UpdateOne

from services.distribution.domain import Counts, Delivery, Notice, State
from services.distribution.domain.delivery import WAITING
from services.distribution.ports import Claim
from shared.mongo import Database, Row

FIELDS = tuple(name for name in Delivery.__slots__ if name not in ("id", "state", "notice"))


class MongoLedger:
    """The ledger. `lease_until` says until when a row that is being sent belongs to its sender."""

    def __init__(self, database: Database) -> None:
        self.collection = database["deliveries"]

    async def prepare(self) -> None:
        """Create the indexes; safe to repeat."""
        await self.collection.create_index([("state", 1), ("not_before", 1)], name="due")
        await self.collection.create_index([("postmortem_id", 1), ("revision", -1), ("recipient", 1)], name="rows")
        await self.collection.create_index([("postmortem_id", 1), ("revision", 1), ("state", 1)], name="states")

    async def add(self, deliveries: Iterable[Delivery]) -> None:
        """Write rows that are not there yet; those that are stay as they are."""
        writes = [UpdateOne({"_id": row.id}, {"$setOnInsert": _row(row)}, upsert=True) for row in deliveries]
        if writes:
            await self.collection.bulk_write(writes, ordered=False)

    async def claim(self, now: datetime, until: datetime) -> Claim | None:
        """Take a row to send, for nobody else until `until`. None when none is due."""
        fresh = {"state": State.PENDING.value, "not_before": {"$lte": now}}
        abandoned = {"state": State.SENDING.value, "lease_until": {"$lte": now}}
        taken: Row = {
            "$set": {"state": State.SENDING.value, "lease_until": until, "updated_at": now},
            "$inc": {"attempts": 1, "claim": 1},
        }
        for due in (fresh, abandoned):
            row = await self.collection.find_one_and_update(
                due, taken, sort=[("not_before", 1)], return_document=ReturnDocument.AFTER
            )
            if row:
                return Claim(_delivery(row), abandoned=due is abandoned)
        return None

    async def renew(self, delivery: Delivery, until: datetime) -> None:
        """Keep a claimed row for longer, unless somebody else has taken it since."""
        await self.collection.update_one(_ours(delivery), {"$set": {"lease_until": until}})

    async def settle(self, delivery: Delivery) -> bool:
        """Write down what became of a row; False when somebody else has taken it since."""
        result = await self.collection.update_one(
            _ours(delivery), {"$set": _row(delivery), "$unset": {"lease_until": ""}}
        )
        return result.modified_count == 1

    async def any_waiting(self, postmortem_id: str, revision: int) -> bool:
        """Say whether a mail of a publication is still to be sent."""
        waiting = {"$in": [state.value for state in WAITING]}
        row = {"postmortem_id": postmortem_id, "revision": revision, "state": waiting}
        return await self.collection.find_one(row, {"_id": 1}) is not None

    async def counts(self, postmortem_id: str, revision: int) -> Counts:
        """Return how the mails of a publication stand."""
        rows = self.collection.aggregate(
            [
                {"$match": {"postmortem_id": postmortem_id, "revision": revision}},
                {"$group": {"_id": "$state", "n": {"$sum": 1}}},
            ]
        )
        by_state = {State(row["_id"]): int(row["n"]) async for row in rows}
        return Counts(
            accepted=by_state.get(State.ACCEPTED, 0),
            failed=by_state.get(State.FAILED, 0),
            unknown=by_state.get(State.UNKNOWN, 0),
            suppressed=by_state.get(State.SUPPRESSED, 0),
            waiting=by_state.get(State.PENDING, 0) + by_state.get(State.SENDING, 0),
        )

    async def rows(self, postmortem_id: str, limit: int) -> Sequence[Delivery]:
        """Return the rows of a postmortem's publications, newest revision first, by recipient."""
        cursor = (
            self.collection.find({"postmortem_id": postmortem_id, "revision": {"$gt": 0}})
            .sort([("revision", -1), ("recipient", 1)])
            .limit(limit)
        )
        return [_delivery(row) async for row in cursor]


def _ours(delivery: Delivery) -> Row:
    """The row, as long as nobody has claimed it after us."""
    return {"_id": delivery.id, "state": State.SENDING.value, "claim": delivery.claim}


def _row(delivery: Delivery) -> Row:
    row = {"state": delivery.state.value, **{name: getattr(delivery, name) for name in FIELDS}}
    return {**row, "notice": delivery.notice.model_dump(mode="json")} if delivery.notice else row


def _delivery(row: Row) -> Delivery:
    notice = Notice.model_validate(row["notice"]) if "notice" in row else None
    return Delivery(id=row["_id"], state=State(row["state"]), notice=notice, **{name: row[name] for name in FIELDS})
