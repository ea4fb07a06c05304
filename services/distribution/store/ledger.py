"""A row each: `deliveries`, one a mail. A notice has revision 0, so that it counts as no mail of a publication."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import BaseModel
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from services.distribution.domain import Counts, Delivery, Gathered, Notice, State
from services.distribution.domain.delivery import ALONE, TOGETHER, WAITING
from services.distribution.ports import Claim, Place
from services.distribution.store.pending import Looked, Pending, one_mail
from shared.batching import Batcher
from shared.clock import new_id
from shared.mongo import DUPLICATE_KEY, IMMUTABLE_FIELD, Database, Row
from shared.mongo_together import together

WHOLE: dict[str, type[BaseModel]] = {"notice": Notice, "gathered": Gathered}
"""What a row holds whole, if it has it."""
OPTIONAL = (*WHOLE, "to", "thread")
FIELDS = tuple(name for name in Delivery.__slots__ if name not in ("id", "state", *OPTIONAL))
CHANGING = ("attempts", "not_before", "updated_at", "reply")
"""What an attempt changes of a row, beside its state; the rest stays as it was added."""
NOT_REACHED = (State.FAILED.value, State.SUPPRESSED.value)
Times = tuple[datetime, datetime]


class MongoLedger:
    """The ledger. `lease_until` says until when a row that is being sent belongs to its sender, `holder` to which."""

    def __init__(self, database: Database) -> None:
        self.collection = database["deliveries"]
        self._together = together(database)
        self._claims: Batcher[Times, Sequence[Claim]] = Batcher(self._claim)
        self._pending = Pending()
        self._left_looked = Looked()
        self._left_behind: list[Delivery] = []

    async def prepare(self) -> None:
        """Create the indexes; safe to repeat."""
        await self.collection.create_index([("state", 1), ("not_before", 1)], name="due")
        notices: Row = {"list": ""}
        await self.collection.create_index(
            [("list", 1), ("state", 1), ("not_before", 1)], name="notices", partialFilterExpression=notices
        )
        await self.collection.create_index([("postmortem_id", 1), ("revision", -1), ("recipient", 1)], name="rows")
        await self.collection.create_index([("postmortem_id", 1), ("revision", 1), ("state", 1)], name="states")

    async def add(self, deliveries: Iterable[Delivery]) -> None:
        """Write rows that are not there yet; those that are stay as they are."""
        rows, there = list(deliveries), set[int]()
        if not rows:
            return
        try:
            await self.collection.insert_many([{"_id": row.id, **_row(row)} for row in rows], ordered=False)
        except BulkWriteError as error:
            there = _refused(error, {DUPLICATE_KEY})
        self._pending.add(row for n, row in enumerate(rows) if n not in there)

    async def claim(self, now: datetime, until: datetime) -> Sequence[Claim]:
        """Take rows to send, for nobody else until `until`. None when none is due.

        What senders of one process want at the same time is taken in one write, and shared out.
        """
        return await self._claims.ask((now, until))

    async def _claim(self, asked: Sequence[Times]) -> Sequence[Sequence[Claim]]:
        now, until = max(now for now, _ in asked), max(until for _, until in asked)
        rows, each = await self._fresh(now, until, len(asked))
        abandoned = not rows
        if abandoned:
            rows, each = await self._left(now, until, len(asked)), ALONE
        claims = [Claim(row, abandoned) for row in rows]
        return [claims[n * each : (n + 1) * each] for n in range(len(asked))]

    async def _fresh(self, now: datetime, until: datetime, senders: int) -> tuple[Sequence[Delivery], int]:
        """Take rows that wait, and say how many each sender gets: those that are known, or else are looked for."""
        due: Row = {"state": State.PENDING.value, "not_before": {"$lte": now}}
        while True:
            if self._pending.looked.is_due(now):
                await self._look(due, now, senders)
            rows, each = self._pending.take(now, senders)
            taken = await self._take(rows, due, now, until) if rows else ()
            if taken or not rows:
                return taken, each

    async def _look(self, due: Row, now: datetime, senders: int) -> None:
        """Read the rows that come first; of many that wait, notices too, and all to whom one mail goes.

        What a dead sender left is asked for in the same call, if it is time for that too.
        """
        found = [self._read(due, ALONE * senders)]
        if self._left_looked.is_due(now):
            found.append(self._look_left(now, senders))
        rows, *_ = await asyncio.gather(*found)
        is_all = len(rows) < ALONE * senders
        if not is_all:
            rows += await self._read({"list": "", **due}, ALONE * senders)
            rows += await self._read({**due, **one_mail(rows[0])}, TOGETHER * senders) if rows[0].to else []
        self._pending.see(rows, now, is_all=is_all)

    async def _left(self, now: datetime, until: datetime, senders: int) -> Sequence[Delivery]:
        """Take rows whose sender died over them."""
        most = ALONE * senders
        while self._left_behind or self._left_looked.is_due(now):
            if not self._left_behind:
                await self._look_left(now, senders)
            rows, self._left_behind = self._left_behind[:most], self._left_behind[most:]
            if rows and (taken := await self._take(rows, _left_at(now), now, until)):
                return taken
        return ()

    async def _look_left(self, now: datetime, senders: int) -> list[Delivery]:
        """Read rows whose sender died over them, and return them."""
        self._left_behind = await self._read(_left_at(now), ALONE * senders)
        self._left_looked.note(now, is_all=len(self._left_behind) < ALONE * senders)
        return self._left_behind

    async def _read(self, due: Row, most: int) -> list[Delivery]:
        """Return rows that have waited longest."""
        stages: list[Row] = [{"$match": due}, {"$sort": {"not_before": 1}}, {"$limit": most}]
        found = await self._together.ask(self.collection.name, *stages)
        return sorted(map(delivery_of, found), key=lambda row: row.not_before)

    async def _take(self, rows: Sequence[Delivery], due: Row, now: datetime, until: datetime) -> Sequence[Delivery]:
        """Return those of the rows that nobody else took in between, as they are now.

        A row that was taken at any time since it was read has another claim. So if every one was still there with
        the same claim, what they are now is known, and they are not read again.
        """
        holder, claims = new_id(), {row.claim for row in rows}
        wanted: Row = {**_these(rows), **due, "claim": {"$in": [*claims]}}
        taken: Row = {"state": State.SENDING.value, "lease_until": until, "updated_at": now, "holder": holder}
        done = await self.collection.update_many(wanted, {"$set": taken, "$inc": {"attempts": 1, "claim": 1}})
        if done.matched_count == len(rows) and len(claims) == 1:
            return [_taken(row, now) for row in rows]
        ours = self.collection.find({**_these(rows), "holder": holder}, sort=[("not_before", 1)])
        return [delivery_of(row) async for row in ours] if done.matched_count else ()

    async def renew(self, deliveries: Sequence[Delivery], until: datetime) -> None:
        """Keep claimed rows for longer, but those that somebody else has taken since."""
        ours = {"$or": [_ours(row) for row in deliveries]}
        await self.collection.update_many(ours, {"$set": {"lease_until": until}})

    async def settle(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """Write down what became of rows; return them without those that somebody else has taken since."""
        others = set[int]()
        try:
            await self.collection.bulk_write([_settling(row) for row in deliveries], ordered=False)
        except BulkWriteError as error:
            others = _refused(error, {DUPLICATE_KEY, IMMUTABLE_FIELD})
        if any(row.state is State.PENDING for row in deliveries):
            self._pending.looked.forget()
        return [row for n, row in enumerate(deliveries) if n not in others]

    async def reached(self, postmortem_id: str, ids: Collection[str]) -> Mapping[str, str]:
        """Return of these rows of a postmortem those whose mail was got or may be yet, and its Message-ID."""
        wanted: Row = {"_id": {"$in": list(ids)}, "postmortem_id": postmortem_id, "state": {"$nin": NOT_REACHED}}
        rows = self.collection.find(wanted, {"message_id": 1})
        return {row["_id"]: row["message_id"] async for row in rows}

    async def any_waiting(self, postmortem_id: str, revision: int) -> bool:
        """Say whether a mail of a publication is still to be sent."""
        waiting = {"$in": [state.value for state in WAITING]}
        row = {"postmortem_id": postmortem_id, "revision": revision, "state": waiting}
        return await self.collection.find_one(row, {"_id": 1}) is not None

    async def counts(self, postmortem_id: str, revision: int) -> Counts:
        """Return how the mails of a publication stand; reads the index `states` alone."""
        rows = self.collection.aggregate(
            [
                {"$match": {"postmortem_id": postmortem_id, "revision": revision}},
                {"$group": {"_id": "$state", "n": {"$sum": 1}}},
            ],
            hint="states",
        )
        by_state = {State(row["_id"]): int(row["n"]) async for row in rows}
        return Counts(
            accepted=by_state.get(State.ACCEPTED, 0),
            failed=by_state.get(State.FAILED, 0),
            unknown=by_state.get(State.UNKNOWN, 0),
            suppressed=by_state.get(State.SUPPRESSED, 0),
            waiting=by_state.get(State.PENDING, 0) + by_state.get(State.SENDING, 0),
        )

    async def rows(
        self, postmortem_id: str, limit: int, after: Place | None = None, state: State | None = None
    ) -> Sequence[Delivery]:
        """Return the rows of a postmortem's publications, newest revision first, by recipient."""
        wanted = {"postmortem_id": postmortem_id, "revision": {"$gt": 0}, **_behind(after)}
        if state:
            wanted["state"] = state.value
        cursor = self.collection.find(wanted).sort([("revision", -1), ("recipient", 1)]).limit(limit)
        return [delivery_of(row) async for row in cursor]


def _behind(place: Place | None) -> Row:
    """What comes behind a row in the order of `rows`."""
    if place is None:
        return {}
    revision, recipient = place
    return {"$or": [{"revision": {"$lt": revision, "$gt": 0}}, {"revision": revision, "recipient": {"$gt": recipient}}]}


def _left_at(now: datetime) -> Row:
    """Rows whose sender has not said in time that it is still at them."""
    return {"state": State.SENDING.value, "lease_until": {"$lte": now}}


def _ours(delivery: Delivery) -> Row:
    """The row, as long as nobody has claimed it after us."""
    return {
        "_id": delivery.id,
        "postmortem_id": delivery.postmortem_id,
        "state": State.SENDING.value,
        "claim": delivery.claim,
    }


def _these(deliveries: Sequence[Delivery]) -> Row:
    """The rows; whose postmortem they are about says where they are, when there are several servers for them."""
    return {
        "_id": {"$in": [row.id for row in deliveries]},
        "postmortem_id": {"$in": list({row.postmortem_id for row in deliveries})},
    }


def _settling(delivery: Delivery) -> UpdateOne:
    """Build a write that is refused when the row is another's by now: it would insert, and change the key."""
    became: Row = {"state": delivery.state.value, **{name: getattr(delivery, name) for name in CHANGING}}
    update: Row = {"$set": became, "$unset": {"lease_until": "", "holder": ""}, "$setOnInsert": {"_id": None}}
    return UpdateOne(_ours(delivery), update, upsert=True)


def _refused(error: BulkWriteError, codes: Container[int]) -> set[int]:
    """Return the places of what was refused for these reasons. Raises: the error, if it is about anything else."""
    refused = error.details["writeErrors"]
    if error.details["writeConcernErrors"] or any(one["code"] not in codes for one in refused):
        raise error
    return {one["index"] for one in refused}


def _taken(row: Delivery, now: datetime) -> Delivery:
    return replace(row, state=State.SENDING, attempts=row.attempts + 1, claim=row.claim + 1, updated_at=now)


def _row(delivery: Delivery) -> Row:
    row = {"state": delivery.state.value, **{name: getattr(delivery, name) for name in FIELDS}}
    held = {name: value for name in WHOLE if (value := getattr(delivery, name)) is not None}
    row |= {name: value.model_dump(mode="json") for name, value in held.items()}
    if delivery.to:
        row["to"] = delivery.to
    if delivery.thread is not None:
        row["thread"] = delivery.thread
    return row


def delivery_of(row: Row) -> Delivery:
    """Return the row that a document is."""
    fields: Row = {name: row[name] for name in FIELDS}
    held: Row = {name: kind.model_validate(row[name]) for name, kind in WHOLE.items() if name in row}
    return Delivery(
        id=row["_id"],
        state=State(row["state"]),
        to=row.get("to", ""),
        thread=tuple(row["thread"]) if "thread" in row else None,
        **fields,
        **held,
    )
