"""Meetings in MongoDB: collection `meetings`, one document a postmortem; `bookmarks`: what was seen of the calendar."""

from __future__ import annotations

from datetime import datetime

import structlog
from pymongo.errors import DuplicateKeyError

from services.calendar.domain import LIVE, Busy, Meeting, Window, attendees, is_written, name_of, ours, uid_of
from services.calendar.ports import Bookmark, Known, Unwritten
from shared.mongo import Database, MongoDocuments, Row

log = structlog.get_logger(__name__)


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
            "name": name_of(state),
            "etag": state.seen.etag if state.seen else None,
            "since": state.stands_since,
            "missing": state.missing_until is not None,
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
        """Return every meeting that lies ahead."""
        rows = self.collection.find({"find.ahead": True}, {"find": 1, "version": 1})
        return tuple([_known(row["_id"], row["version"], row["find"]) async for row in rows])

    async def unwritten(self, before: datetime) -> tuple[Unwritten, ...]:
        """Return meetings whose entry has not been brought up to a form decided before this time (UTC)."""
        rows = self.collection.find({"find.unwritten_since": {"$lt": before}}, {"version": 1})
        return tuple([Unwritten(row["_id"], row["version"]) async for row in rows])


class MongoBookmarks:
    """The bookmark of one collection, kept under its address: one document in `bookmarks`."""

    def __init__(self, database: Database, address: str) -> None:
        self.collection = database["bookmarks"]
        self.address = address

    async def bookmark(self) -> Bookmark:
        """Return the bookmark; an empty one before the first."""
        row = await self.collection.find_one({"_id": self.address})
        return Bookmark(row["version"], row["token"], tuple(row["left"]), row["at"]) if row else Bookmark()

    async def turn(self, bookmark: Bookmark) -> None:
        """Keep a bookmark as the next version; nothing happens when somebody else has turned this version."""
        kept = {"token": bookmark.token, "left": list(bookmark.left), "at": bookmark.at}
        fields = {**kept, "version": bookmark.version + 1}
        try:
            await self.collection.update_one(
                {"_id": self.address, "version": bookmark.version}, {"$set": fields}, upsert=bookmark.version == 0
            )
        except DuplicateKeyError:
            log.debug("somebody else has turned the bookmark", version=bookmark.version)


def _known(postmortem_id: str, version: int, find: Row) -> Known:
    """Documents that were written before entries had names have none: it is ours."""
    uid: str = find["uid"]
    name, since, missing = find.get("name", ours(uid)), find.get("since"), find.get("missing", False)
    return Known(postmortem_id, version, uid, name, find["etag"], since, missing)
