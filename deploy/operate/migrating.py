"""Documents at rest, brought to the form that this version writes.

A room does that with whatever it changes. What nobody changes stays in the form that it was written in, is read all the
same, and is found by what that form was found by; before a version gives an older form up, none of it may be left.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from bson import ObjectId
from pydantic import ValidationError
from pymongo import UpdateOne

from deploy.local.errors import LocalError
from deploy.operate.doctor.stores import STORES, documents
from shared.document_schema import NewerDocument
from shared.mongo import Database, MongoDocuments, Row

AT_ONCE = 100
"""Documents that are read, and written, in one call: some megabytes at most."""
FIELDS: Row = {"version": 1, "schema": 1, "state": 1}
Done = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Forms:
    """How many documents of a kind were last written in which form; `now` is the one of this version."""

    kind: str
    now: int
    counted: dict[int, int]

    @property
    def older(self) -> int:
        """Return how many are of an older form."""
        return sum(count for form, count in self.counted.items() if form < self.now)

    @property
    def newer(self) -> int:
        """Return how many a newer version wrote."""
        return sum(count for form, count in self.counted.items() if form > self.now)


def kinds(database_of: Callable[[str], Database]) -> dict[str, MongoDocuments[Any]]:
    """Return every kind of documents that have a form, as ROOM.COLLECTION, in the databases of the rooms."""
    found: dict[str, MongoDocuments[Any]] = {}
    for room, stores in STORES.items():
        for store in documents(stores(database_of(room))):
            found[f"{room}.{store.collection.name}"] = store
    return found


async def forms(kind: str, store: MongoDocuments[Any]) -> Forms:
    """Count; that looks at every document, and reads none whole."""
    by = {"$ifNull": ["$schema.by", 1]}
    cursor = store.collection.aggregate([{"$group": {"_id": by, "count": {"$sum": 1}}}])
    counted = {row["_id"]: row["count"] async for row in cursor}
    return Forms(kind, store.states.schema.number, dict(sorted(counted.items())))


async def forward(kind: str, store: MongoDocuments[Any], done: Done) -> None:
    """Bring every older document forward, a few at a time; `done` is told how many. Stopped anywhere, it goes on.

    A document that somebody changes in between is left as they write it. Raises: LocalError when one cannot be read.
    """
    async for rows in _older(store):
        try:
            writes = [_write(store, row) for row in rows]
        except (ValidationError, NewerDocument) as error:
            msg = f"a document of {kind} cannot be read: {error}\nAll others before it are done; see `afterword doctor`"
            raise LocalError(msg) from error
        await store.collection.bulk_write(writes, ordered=False)
        done(len(rows))


async def _older(store: MongoDocuments[Any]) -> AsyncIterator[list[Row]]:
    """Yield documents that are of an older form, in the order of their ids, each once."""
    now, last = store.states.schema.number, None
    older: Row = {"$or": [{"schema.by": {"$lt": now}}, *([{"schema": {"$exists": False}}] if now > 1 else [])]}
    while True:
        wanted = older if last is None else {"_id": {"$gt": last}, **older}
        rows = await store.collection.find(wanted, FIELDS).sort("_id", 1).limit(AT_ONCE).to_list(None)
        if not rows:
            return
        yield rows
        last = rows[-1]["_id"]


def _write(store: MongoDocuments[Any], row: Row) -> UpdateOne:
    """The version stays, since nothing happened; a new stamp lets programs read again what they know of it."""
    state = store.states.of(row)
    fields = {**store.states.row(state, store.states.newer(row, state)), "find": store.find(state), "stamp": ObjectId()}
    return UpdateOne({"_id": row["_id"], "version": row["version"]}, {"$set": fields})
