"""Documents in MongoDB, through motor. Only `shared/mongo*.py` and the rooms' stores may know the driver."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Generic, TypeVar, cast

import bson
from bson import ObjectId
from bson.raw_bson import RawBSONDocument
from motor.motor_asyncio import AsyncIOMotorCollection
from pydantic import BaseModel
from pymongo import ASCENDING, InsertOne, ReturnDocument, UpdateOne
from pymongo.errors import BulkWriteError, DocumentTooLarge, WriteError

from shared.batching import Batcher
from shared.document_schema import FIRST, DocumentSchema, States
from shared.last_written import LastWritten, Written
from shared.messaging.documents import Change, Conflict, Handled, Loaded
from shared.messaging.envelope import Unsaid
from shared.messaging.outbox import Backlog
from shared.mongo_agreeing import agree
from shared.mongo_client import TRANSIENT, Client, Database, answers, connect, database
from shared.mongo_rows import (
    UNSAID_AT,
    Row,
    handled_of,
    handled_row,
    standing,
    unless_kept,
    unsaid_of,
    unsaid_row,
    without,
)
from shared.mongo_together import together

__all__ = ["TRANSIENT", "Client", "Database", "MongoDocuments", "Row", "Write", "answers", "connect", "database"]

S = TypeVar("S", bound=BaseModel)
Write = InsertOne[Row] | UpdateOne
DUPLICATE_KEY, IMMUTABLE_FIELD = 11000, 66
LARGEST = 16 * 1024 * 1024
"""Bytes that a document may have in MongoDB."""
ROOM = 1024 * 1024
"""Bytes of documents whose states are kept, of each kind; as Python's objects they take 4 to 9 times as much."""


class MongoDocuments(Generic[S]):
    """One document a postmortem: `{_id, version, stamp, schema, state, find, handled[], outbox[], unsaid_at, due_at}`.

    `find(state)` returns what the room wants to query by; it is written beside the state. `stamp` is new in each
    write: of a document whose version and stamp this process has written, the state is not read again but kept.
    """

    def __init__(self, collection: AsyncIOMotorCollection[Row], state: type[S], schema: DocumentSchema = FIRST) -> None:
        self.collection = collection
        self.states = States(state, schema)
        self._together = together(cast("Database", collection.database))
        self._kept: LastWritten[S] = LastWritten(ROOM)
        self._reads: Batcher[tuple[str, str], Row | None] = Batcher(self._read)
        self._writes: Batcher[Write, None] = Batcher(self._write)

    def find(self, state: S) -> Row:  # noqa: ARG002
        """Return the queryable fields of a state; none unless a room says so."""
        return {}

    async def prepare(self) -> None:
        """Create the indexes; safe to repeat. Raises: NotReady where only newer programs may read what is there."""
        await agree(self.collection, self.states.schema)
        for name in ("unsaid_at", "due_at"):
            await self.collection.create_index(
                [(name, ASCENDING)], name=name, partialFilterExpression={name: {"$exists": True}}
            )

    async def read(self, key: str, message_id: str) -> tuple[Loaded[S], Handled | None]:
        """Return the document, and whether it has handled this message."""
        row = await self._reads.ask((key, message_id))
        if row is None:
            return Loaded(key, 0, None, frozenset()), None
        handled = [handled_of(entry) for entry in row["handled"] if entry["id"] == message_id]
        state = self._state(row)
        newer = None if "kept" in row else self.states.newer(row, state)
        loaded = Loaded(key, row["version"], state, frozenset(row["unsaid"]), newer)
        return loaded, handled[0] if handled else None

    def _state(self, row: Row) -> S:
        return cast("S", row["kept"]) if "kept" in row else self.states.of(row)

    async def _read(self, wanted: Sequence[tuple[str, str]]) -> Sequence[Row | None]:
        """Read many documents at once, each with those of the wanted messages that it has handled."""
        messages = {"$literal": list({message_id for _, message_id in wanted})}
        keys = list({key for key, _ in wanted})
        kept = self._kept.among(keys)
        cursor = self.collection.find(
            {"_id": {"$in": keys}},
            {
                "version": 1,
                "schema": 1,
                "state": unless_kept(kept.values()),
                "unsaid": "$outbox.id",
                "handled": {"$filter": {"input": "$handled", "cond": {"$in": ["$$this.id", messages]}}},
            },
        )
        rows = {row["_id"]: row for row in await cursor.to_list(None)}
        for key, row in rows.items():
            if "state" not in row:
                row["kept"] = kept[key].state
        return [rows.get(key) for key, _ in wanted]

    def guess(self, key: str, message_id: str) -> Loaded[S] | None:
        """Return the document as this process wrote it last, with its stamp, if it may well be the newest still."""
        return self._kept.guess(key, message_id)

    async def write(self, change: Change[S]) -> Sequence[Unsaid]:
        """Apply a change whole or not at all; return all that is now unsaid, in order. Raises: Conflict."""
        try:
            return await (self._write_whole if change.version == 0 or change.said_all else self._write_beside)(change)
        except Conflict:
            self._kept.was_wrong(change.stamp)
            raise

    async def _write_whole(self, change: Change[S]) -> Sequence[Unsaid]:
        """Write a document that holds nothing unsaid but what is new."""
        stamp = ObjectId()
        write, size = self._replace(change, stamp) if change.version else self._insert(change, stamp)
        await self._commit(change.key, write)
        if change.newer is None:  # what stands beside a state is read anew each time
            unsaid = frozenset(message.id for message in change.unsaid)
            written = Written(change.version + 1, stamp, change.state, unsaid, change.handled.id)
            self._kept.put(change.key, written, size)
        return list(change.unsaid)

    async def _write_beside(self, change: Change[S]) -> Sequence[Unsaid]:
        """Write a document beside messages that are unsaid still."""
        self._kept.drop(change.key)
        row: Row | None = await self.collection.find_one_and_update(
            standing(change.key, change.version, change.stamp, change.handled.id),
            self._update(change),
            projection={"outbox": 1},
            return_document=ReturnDocument.AFTER,
        )
        if row is None:
            raise Conflict(change.key)
        return [unsaid_of(entry) for entry in row["outbox"]]

    async def _commit(self, key: str, write: Write) -> None:
        try:
            await self._writes.ask(write)
        except WriteError as error:
            if error.code in {DUPLICATE_KEY, IMMUTABLE_FIELD}:
                raise Conflict(key) from error
            raise

    async def _write(self, writes: Sequence[Write]) -> Sequence[Exception | None]:
        """Make many writes at once, none of which depends on another; return what became of each."""
        try:
            await self.collection.bulk_write(writes, ordered=False)
        except BulkWriteError as error:
            if error.details["writeConcernErrors"]:
                raise  # not known to be durable, so nobody may go on
            failed = {one["index"]: WriteError(one["errmsg"], one["code"]) for one in error.details["writeErrors"]}
            return [failed.get(index) for index in range(len(writes))]
        return [None] * len(writes)

    def _insert(self, change: Change[S], stamp: ObjectId) -> tuple[Write, int]:
        """Build a new document; return its bytes too."""
        row = self._encoded({"_id": change.key, **self._whole(change, stamp), "handled": [handled_row(change.handled)]})
        return InsertOne(cast("Row", row)), len(row.raw)

    def _replace(self, change: Change[S], stamp: ObjectId) -> tuple[Write, int]:
        """Build the update of a document that holds nothing to be said any more; return the bytes of what is new too.

        Of an update that matches nothing a batch does not tell which it was. So a version that is no longer there
        makes it an insert, and that is refused, since it would change the key: each write has an answer of its own.
        """
        whole = self._whole(change, stamp)
        fields, handled = self._encoded(whole), self._encoded({"handled": handled_row(change.handled)})
        update: Row = {"$set": fields, "$push": handled, "$setOnInsert": {"_id": None}}
        if gone := {"unsaid_at", "due_at"} - whole.keys():
            update["$unset"] = dict.fromkeys(gone, "")
        stands = standing(change.key, change.version, change.stamp, change.handled.id)
        return UpdateOne(stands, update, upsert=True), len(fields.raw)

    def _whole(self, change: Change[S], stamp: ObjectId) -> Row:
        """Return what a document holds after a change that finds nothing unsaid, all but what it has handled."""
        row = {**self._fields(change, stamp), "outbox": [unsaid_row(message) for message in change.unsaid]}
        if change.unsaid:
            row["unsaid_at"] = change.handled.at
        if change.due:
            row["due_at"] = change.due
        return row

    def _encoded(self, row: Row) -> RawBSONDocument:
        """Encode before others join: what cannot be written must not harm them. Raises: DocumentTooLarge."""
        encoded = bson.encode(row, codec_options=self.collection.codec_options)
        if len(encoded) > LARGEST:
            raise DocumentTooLarge(f"{len(encoded)} bytes")
        return RawBSONDocument(encoded)

    def _fields(self, change: Change[S], stamp: ObjectId) -> Row:
        return {
            "version": change.version + 1,
            "stamp": stamp,
            **self.states.row(change.state, change.newer),
            "find": self.find(change.state),
        }

    def _update(self, change: Change[S]) -> list[Row]:
        """Build the one update; a pipeline, since it takes from the outbox and adds to it at once."""
        fields = {name: {"$literal": value} for name, value in self._fields(change, ObjectId()).items()}
        left = without(list(change.said))
        added = [unsaid_row(message) for message in change.unsaid]
        return [
            {
                "$set": {
                    **fields,
                    "due_at": {"$literal": change.due} if change.due else "$$REMOVE",
                    "handled": {"$concatArrays": ["$handled", {"$literal": [handled_row(change.handled)]}]},
                    "outbox": {"$concatArrays": [left, {"$literal": added}]},
                }
            },
            UNSAID_AT,
        ]

    async def left_unsaid(self, older_than: float, limit: int) -> Sequence[tuple[str, Sequence[Unsaid]]]:
        """Return documents whose oldest unsaid message has waited this many seconds, and what they hold."""
        before = datetime.now(UTC) - timedelta(seconds=older_than)  # noqa: TID251 - the driver's own clock reading
        cursor = self.collection.find({"unsaid_at": {"$lte": before}}, {"outbox": 1}).sort("unsaid_at", 1).limit(limit)
        return [(row["_id"], [unsaid_of(entry) for entry in row["outbox"]]) async for row in cursor]

    async def clear(self, said: dict[str, set[str]]) -> None:
        """Drop said messages from the documents' outboxes, many documents in one write."""
        left = {key: {"$set": {"outbox": without(list(ids))}} for key, ids in said.items()}
        await self.collection.bulk_write(
            [UpdateOne({"_id": k}, [v, UNSAID_AT]) for k, v in left.items()], ordered=False
        )
        self._kept.cleared(said)

    async def backlog(self) -> Backlog:
        """Return how much is unsaid; both queries read the partial index alone, and mostly the first one is enough."""
        unsaid: Row = {"unsaid_at": {"$exists": True}}
        first = await self._first("unsaid_at", unsaid, 1)
        if not first:
            return Backlog(0, 0.0)
        count = await self.collection.count_documents(unsaid, hint="unsaid_at")
        now = datetime.now(UTC)  # noqa: TID251 - the driver's own clock reading
        return Backlog(count, max(0.0, (now - first[0][1]).total_seconds()))

    async def remember(self, loaded: Loaded[S], handled: Handled) -> None:
        """Remember the answer to a message that changed nothing. Raises: Conflict."""
        stands = standing(loaded.key, loaded.version, loaded.stamp, handled.id)
        result = await self.collection.update_one(stands, {"$push": {"handled": handled_row(handled)}})
        if result.matched_count == 0:
            self._kept.was_wrong(loaded.stamp)
            raise Conflict(loaded.key)

    async def due(self, now: datetime, limit: int) -> Sequence[tuple[str, datetime]]:
        """Return the documents that want to be looked at, and since when."""
        return await self._first("due_at", {"due_at": {"$lte": now}}, limit)

    async def _first(self, at: str, wanted: Row, limit: int) -> Sequence[tuple[str, datetime]]:
        """Return the documents in which a time is the earliest, and that time; asked with what others ask just now."""
        stages: list[Row] = [{"$match": wanted}, {"$sort": {at: 1}}, {"$limit": limit}, {"$project": {at: 1}}]
        rows = await self._together.ask(self.collection.name, *stages)
        return sorted(((row["_id"], row[at]) for row in rows), key=itemgetter(1))

    async def state_of(self, key: str) -> S | None:
        """Return the state of one document, for reading only."""
        row = await self._reads.ask((key, ""))
        return self._state(row) if row else None
