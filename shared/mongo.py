"""Documents in MongoDB, through motor. Only this file and the rooms' store.py may know the driver."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

import structlog
from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pydantic import BaseModel
from pymongo import ASCENDING, ReadPreference, ReturnDocument, UpdateOne
from pymongo.errors import DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.contracts.decision import Reply
from shared.messaging.documents import Change, Conflict, Handled, Loaded
from shared.messaging.envelope import Unsaid
from shared.messaging.outbox import Backlog

log = structlog.get_logger(__name__)

S = TypeVar("S", bound=BaseModel)
Row = dict[str, Any]
Database = AsyncIOMotorDatabase[Row]
Client = AsyncIOMotorClient[Row]
TRANSIENT: tuple[type[Exception], ...] = (PyMongoError,)
"""Errors of the driver: the outcome is unknown, trying again is safe because every write is idempotent."""


def connect(url: str) -> Client:
    """Return a client with bounded waits: 5 s to find a primary, 10 s for a call; UTC-aware datetimes.

    A member that falls silent is given up 4 s after its last word (heartbeat and time to connect together), and
    the calls that wait for it are made again elsewhere; by the driver's defaults they would wait for 10 s and fail.
    """
    return AsyncIOMotorClient(
        url,
        tz_aware=True,
        tzinfo=UTC,
        serverSelectionTimeoutMS=5_000,
        timeoutMS=10_000,
        connectTimeoutMS=2_000,
        heartbeatFrequencyMS=2_000,
        appname="afterword",
        uuidRepresentation="standard",
    )


def database(client: Client, name: str) -> Database:
    """Return a database whose writes are majority-durable and whose reads see them."""
    return client.get_database(
        name,
        codec_options=CodecOptions(tz_aware=True, tzinfo=UTC),
        read_preference=ReadPreference.PRIMARY,
        write_concern=WriteConcern("majority"),
        read_concern=ReadConcern("majority"),
    )


async def answers(client: Client) -> bool:
    """Say whether the database server answers within two seconds."""
    try:
        async with asyncio.timeout(2.0):
            await client.admin.command("ping")
    except (PyMongoError, TimeoutError) as error:
        log.warning("mongodb does not answer", error=repr(error))
        return False
    return True


class MongoDocuments(Generic[S]):
    """One document a postmortem: `{_id, version, state, find, handled[], outbox[], unsaid_at, due_at}`.

    `find(state)` returns what the room wants to query by; it is written beside the state.
    """

    def __init__(self, collection: AsyncIOMotorCollection[Row], state: type[S]) -> None:
        self.collection = collection
        self.state = state

    def find(self, state: S) -> Row:  # noqa: ARG002
        """Return the queryable fields of a state; none unless a room says so."""
        return {}

    async def prepare(self) -> None:
        """Create the indexes; safe to repeat."""
        for name in ("unsaid_at", "due_at"):
            await self.collection.create_index(
                [(name, ASCENDING)], name=name, partialFilterExpression={name: {"$exists": True}}
            )

    async def read(self, key: str, message_id: str) -> tuple[Loaded[S], Handled | None]:
        """Return the document, and whether it has handled this message."""
        row = await self.collection.find_one(
            {"_id": key}, {"version": 1, "state": 1, "handled": {"$elemMatch": {"id": message_id}}}
        )
        if row is None:
            return Loaded(key, 0, None), None
        handled = row.get("handled")
        return (
            Loaded(key, row["version"], self.state.model_validate(row["state"])),
            _handled(handled[0]) if handled else None,
        )

    async def write(self, change: Change[S]) -> Sequence[Unsaid]:
        """Apply a change whole or not at all; return all that is now unsaid, in order. Raises: Conflict."""
        row: Row | None
        if change.version == 0:
            row = await self._insert(change)
        else:
            row = await self.collection.find_one_and_update(
                {"_id": change.key, "version": change.version},
                self._update(change),
                projection={"outbox": 1},
                return_document=ReturnDocument.AFTER,
            )
        if row is None:
            raise Conflict(change.key)
        return [Unsaid(**entry) for entry in row["outbox"]]

    async def _insert(self, change: Change[S]) -> Row:
        outbox = [_row(message) for message in change.unsaid]
        row: Row = {
            "_id": change.key,
            **self._fields(change),
            "handled": [_handled_row(change.handled)],
            "outbox": outbox,
        }
        if outbox:
            row["unsaid_at"] = change.handled.at
        if change.due:
            row["due_at"] = change.due
        try:
            await self.collection.insert_one(row)
        except DuplicateKeyError as error:
            raise Conflict(change.key) from error
        return row

    def _fields(self, change: Change[S]) -> Row:
        return {
            "version": change.version + 1,
            "state": change.state.model_dump(mode="json"),
            "find": self.find(change.state),
        }

    def _update(self, change: Change[S]) -> list[Row]:
        """Build the one update; a pipeline, since it takes from the outbox and adds to it at once."""
        fields = {name: {"$literal": value} for name, value in self._fields(change).items()}
        left = _without(list(change.said))
        added = [_row(message) for message in change.unsaid]
        return [
            {
                "$set": {
                    **fields,
                    "due_at": {"$literal": change.due} if change.due else "$$REMOVE",
                    "handled": {"$concatArrays": ["$handled", {"$literal": [_handled_row(change.handled)]}]},
                    "outbox": {"$concatArrays": [left, {"$literal": added}]},
                }
            },
            _UNSAID_AT,
        ]

    async def left_unsaid(self, older_than: float, limit: int) -> Sequence[tuple[str, Sequence[Unsaid]]]:
        """Return documents whose oldest unsaid message has waited this many seconds, and what they hold."""
        before = datetime.now(UTC) - timedelta(seconds=older_than)  # noqa: TID251 - the driver's own clock reading
        cursor = self.collection.find({"unsaid_at": {"$lte": before}}, {"outbox": 1}).sort("unsaid_at", 1).limit(limit)
        return [(row["_id"], [Unsaid(**entry) for entry in row["outbox"]]) async for row in cursor]

    async def clear(self, said: dict[str, set[str]]) -> None:
        """Drop said messages from the documents' outboxes, many documents in one write."""
        await self.collection.bulk_write(
            [
                UpdateOne({"_id": key}, [{"$set": {"outbox": _without(list(ids))}}, _UNSAID_AT])
                for key, ids in said.items()
            ],
            ordered=False,
        )

    async def backlog(self) -> Backlog:
        """Return how much is unsaid; both queries read the partial index alone."""
        unsaid: Row = {"unsaid_at": {"$exists": True}}
        count = await self.collection.count_documents(unsaid, hint="unsaid_at")
        first = await self.collection.find_one(unsaid, {"_id": 0, "unsaid_at": 1}, sort=[("unsaid_at", ASCENDING)])
        now = datetime.now(UTC)  # noqa: TID251 - the driver's own clock reading
        return Backlog(count, max(0.0, (now - first["unsaid_at"]).total_seconds()) if first else 0.0)

    async def remember(self, key: str, version: int, handled: Handled) -> None:
        """Remember the answer to a message that changed nothing. Raises: Conflict."""
        result = await self.collection.update_one(
            {"_id": key, "version": version}, {"$push": {"handled": _handled_row(handled)}}
        )
        if result.matched_count == 0:
            raise Conflict(key)

    async def due(self, now: datetime, limit: int) -> Sequence[tuple[str, datetime]]:
        """Return the documents that want to be looked at, and since when."""
        cursor = self.collection.find({"due_at": {"$lte": now}}, {"due_at": 1}).sort("due_at", 1).limit(limit)
        return [(row["_id"], row["due_at"]) async for row in cursor]

    async def state_of(self, key: str) -> S | None:
        """Return the state of one document, for reading only."""
        row = await self.collection.find_one({"_id": key}, {"state": 1})
        return self.state.model_validate(row["state"]) if row else None


_UNSAID_AT: Row = {
    "$set": {"unsaid_at": {"$cond": [{"$eq": ["$outbox", []]}, "$$REMOVE", {"$ifNull": ["$unsaid_at", "$$NOW"]}]}}
}


def _without(ids: list[str]) -> Row:
    return {
        "$filter": {"input": "$outbox", "as": "entry", "cond": {"$not": {"$in": ["$$entry.id", {"$literal": ids}]}}}
    }


def _row(message: Unsaid) -> Row:
    return {name: getattr(message, name) for name in Unsaid.__slots__}


def _handled_row(handled: Handled) -> Row:
    return {
        "id": handled.id,
        "at": handled.at,
        "reply": handled.reply.model_dump(mode="json") if handled.reply else None,
    }


def _handled(row: Mapping[str, Any]) -> Handled:
    reply = row["reply"]
    return Handled(id=row["id"], at=row["at"], reply=Reply.model_validate(reply) if reply else None)
