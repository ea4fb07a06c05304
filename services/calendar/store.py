"""Meetings in MongoDB: collection `meetings`, one document a postmortem."""

from __future__ import annotations

from datetime import datetime

from services.calendar.domain import LIVE, Busy, Meeting, Window, attendees, is_written, uid_of
from services.calendar.ports import Known, Unwritten
from shared.mongo import Database, MongoDocuments, Row


class MongoMeetings(MongoDocuments[Meeting]):
    """The meetings, who is busy when, and which entries stand on the calendar."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["meetings"], Meeting)

    def find(self, state: Meeting) -> Row:
        """Return what meetings are looked for by; `attendees` are those who are needed."""
        return {
            "start": state.start,
            "end": state.end,
            "status": state.status.value,
            "ahead": state.status in LIVE,
            "attendees": [person.email for person in attendees(state) if person.required],
            "uid": uid_of(state.postmortem_id),
            "etag": state.seen.etag if state.seen else None,
            "form": state.form,
            **({} if is_written(state) else {"unwritten_since": state.changed_at}),
        }

    async def prepare(self) -> None:
        """Create the indexes; safe to repeat. A meeting lasts hours: its end alone finds the overlap."""
        await super().prepare()
        await self.collection.create_index(
            [("find.end", 1)], name="ahead", partialFilterExpression={"find.ahead": True}
        )
        since = "find.unwritten_since"
        await self.collection.create_index(
            [(since, 1)], name="unwritten", partialFilterExpression={since: {"$exists": True}}
        )

    async def busy(self, window: Window, but: str) -> tuple[Busy, ...]:
        """Return meetings ahead that overlap the window and need one of its people, `but` this postmortem's."""
        rows = self.collection.find(
            {
                "find.ahead": True,
                "find.end": {"$gt": window.since},
                "find.start": {"$lt": window.until},
                "find.attendees": {"$in": sorted(window.emails)},
                "_id": {"$ne": but},
            },
            {"find": 1},
        )
        return tuple(
            [Busy(row["find"]["start"], row["find"]["end"], frozenset(row["find"]["attendees"])) async for row in rows]
        )

    async def ahead(self) -> tuple[Known, ...]:
        """Return every meeting that lies ahead and stands on the calendar."""
        rows = self.collection.find({"find.ahead": True, "find.etag": {"$type": "string"}}, {"find": 1})
        return tuple([Known(row["_id"], row["find"]["uid"], row["find"]["etag"]) async for row in rows])

    async def unwritten(self, before: datetime) -> tuple[Unwritten, ...]:
        """Return meetings whose entry has not been brought up to a form decided before this time (UTC)."""
        rows = self.collection.find({"find.unwritten_since": {"$lt": before}}, {"find.form": 1})
        return tuple([Unwritten(row["_id"], row["find"]["form"]) async for row in rows])
