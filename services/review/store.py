"""Review's MongoDB collections: `reviews`, one document a postmortem, and `reviewers`, one a member."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime

import structlog

from services.review.domain import Load, Membership, Review, State, Tally, Workload, times_asked, waits_for
from shared.batching import Batcher
from shared.mongo import Database, MongoDocuments, Row

BEFORE: Row = {"state.attention": None}
"""What was written before reviews had a timer. An index holds it and nothing else, so that no start reads the rest."""
UNTIMED: Row = {**BEFORE, "due_at": {"$exists": False}, "state.state": State.IN_REVIEW.value}
"""Of that, where somebody is asked, and nobody looks whether they can do it."""


def _unless_empty(some: Row, made: Row) -> Row:
    """Return what is made of what is `left` of a list, and nothing of an empty one."""
    return {"$let": {"vars": {"left": some}, "in": {"$cond": [{"$eq": ["$$left", []]}, "$$REMOVE", made]}}}


OLDER: Row = {"find.load": {"$gte": {}}}
"""What a version wrote that counted all reviews each time; it is found by the index that was for that."""
_TURNS = "$find.load.turns"
_ASKED, _WAITING = ({"$filter": {"input": _TURNS, "cond": f"$$this.{name}"}} for name in ("at", "open"))
_TIMES = {"$map": {"input": "$$left", "in": {"by": "$$this.by", "at": "$$this.at"}}}
_FILLED: list[Row] = [
    {
        "$set": {
            "find.asked": _unless_empty(_ASKED, {"last": {"$max": "$$left.at"}, "turns": _TIMES}),
            "find.waiting": _unless_empty(_WAITING, {"for": "$$left.by"}),
        }
    },
    {"$unset": "find.load"},
]
FILLED_AT_ONCE = 500
FILL_EVERY_S = 60
log = structlog.get_logger(__name__)


class MongoReviews(MongoDocuments[Review]):
    """The reviews, and what each reviewer has to do of them, and was asked for of late.

    Neither takes a review, which holds a whole report, but an index that has all that is counted. `waiting` holds what
    somebody has to do; `asked` is in the order of when somebody was asked last, and its end alone is read.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database["reviews"], Review)
        self._tally = Tally()
        self._counts: Batcher[tuple[date, datetime], Workload] = Batcher(self._counted)

    def find(self, state: Review) -> Row:
        """Return what is counted; each is one value, so that the index alone tells all of it."""
        asked, waiting = times_asked(state), waits_for(state)
        turns = [{"by": email, "at": at} for email, at in asked]
        return {
            **({"asked": {"last": max(at for _, at in asked), "turns": turns}} if asked else {}),
            **({"waiting": {"for": list(waiting)}} if waiting else {}),
        }

    async def prepare(self) -> None:
        """Create the indexes, fill in what an older version wrote, and have a look taken at what has no timer yet.

        Safe to repeat.
        """
        await super().prepare()
        for name in ("asked", "waiting", "load"):
            await self.collection.create_index(f"find.{name}", name=name, sparse=True)
        await self.fill()
        await self.collection.create_index("state.attention", name="untimed", partialFilterExpression=BEFORE)
        timed = {"$set": {"due_at": datetime.fromtimestamp(0, UTC)}}
        await self.collection.update_many(UNTIMED, timed, hint="untimed")

    async def fill(self) -> int:
        """Give what an older version wrote the fields of this one, also while that still runs; return how many.

        MongoDB makes them of what it finds in that moment, so whatever is written meanwhile is never undone.
        """
        done = 0
        while rows := await self.collection.find(OLDER, {"_id": 1}, hint="load").limit(FILLED_AT_ONCE).to_list(None):
            filled = {"_id": {"$in": [row["_id"] for row in rows]}, **OLDER}
            done += (await self.collection.update_many(filled, _FILLED)).modified_count
        if done:
            self._tally.forget()
            log.info("reviews of an older version are counted anew", done=done)
        return done

    async def workload(self, since: date, now: datetime) -> Workload:
        """Return what everybody has to do who was asked since that day (UTC), or is waited for, and how often that was.

        Those who ask at once are told the same. No review is read for it, and of the index only what is of the last
        minutes: the rest was counted before.
        """
        return await self._counts.ask((since, now))

    async def _counted(self, asking: Sequence[tuple[date, datetime]]) -> Sequence[Workload]:
        since, now = max(asking)
        if wanted := self._tally.wants(since, now):
            self._tally.add(await self._asked(*wanted), wanted[1])
        waiting, late = await asyncio.gather(self._waiting(), self._asked(self._tally.until))
        recent = sum((Counter(day) for day in late.values()), self._tally.asked)
        return [{by: Load(waiting.get(by, 0), recent[by]) for by in waiting.keys() | recent.keys()}] * len(asking)

    async def _waiting(self) -> dict[str, int]:
        """Return for how many reviews everybody is waited for."""
        found = self.collection.aggregate(
            [
                {"$match": {"find.waiting": {"$gte": {}}}},
                {"$project": {"_id": 0, "find.waiting": 1}},
                {"$project": {"for": "$find.waiting.for"}},
                {"$unwind": "$for"},
                {"$group": {"_id": "$for", "count": {"$sum": 1}}},
            ],
            hint="waiting",
        )
        return {row["_id"]: row["count"] async for row in found}

    async def _asked(self, since: datetime, until: datetime | None = None) -> dict[date, dict[str, int]]:
        """Return how often everybody was asked in this time, by day."""
        at = {"$gte": since, **({"$lt": until} if until else {})}
        found = self.collection.aggregate(
            [
                {"$match": {"find.asked": {"$gte": {"last": since}}}},
                {"$project": {"_id": 0, "find.asked": 1}},
                {"$project": {"turn": "$find.asked.turns"}},
                {"$unwind": "$turn"},
                {"$match": {"turn.at": at}},
                {"$group": {"_id": {"by": "$turn.by", "day": _day("$turn.at")}, "count": {"$sum": 1}}},
            ],
            hint="asked",
        )
        days: dict[date, dict[str, int]] = {}
        async for row in found:
            days.setdefault(row["_id"]["day"].date(), {})[row["_id"]["by"]] = row["count"]
        return days


def _day(at: str) -> Row:
    return {"$dateTrunc": {"date": at, "unit": "day"}}


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
            found = self.collection.find({"_id": {"$in": stale}}, {"version": 1, "schema": 1, "state": 1})
            known = {row["_id"]: (row["version"], self.states.of(row)) async for row in found}
            self._known |= known
        self._known = {key: self._known[key] for key in versions if key in self._known}  # others are gone
        return [membership for _, membership in self._known.values()]

    def _version(self, key: str) -> int:
        return self._known[key][0] if key in self._known else 0
