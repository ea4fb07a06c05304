"""What people read, built again beside what they read, and put in its place document by document.

The gateways go on writing meanwhile. So a document takes its place only when everything is in it that was heard by
then, which the database looks at in the same write; it gets the next version, so that whoever has read the old one and
is about to write begins anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from motor.motor_asyncio import AsyncIOMotorCollection
from pydantic import BaseModel
from pymongo import ReplaceOne, UpdateOne
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from services.gateway.domain.history import Revision
from services.gateway.domain.rebuilding import Built, Kind
from services.gateway.store import MongoHistory, MongoLibrary, MongoLists, MongoReviewers
from services.gateway.store.directory import MongoProjection
from shared.mongo import Database, Row

S = TypeVar("S", bound=BaseModel)
SCRATCH = "_rebuilt_"
MARK = "library"
AT_ONCE = 200
"""So many documents are compared or put in place in one call."""


class MongoScratch(Generic[S]):
    """Documents that are built beside the served ones of their kind. They are this run's own, and nobody reads them."""

    def __init__(self, database: Database, served: MongoProjection[S], run: str) -> None:
        self.served = served
        self.collection: AsyncIOMotorCollection[Row] = database.get_collection(
            f"{served.collection.name}{SCRATCH}{run}",
            write_concern=WriteConcern(1),  # what is lost here is missed when it is compared
            read_concern=ReadConcern("local"),
        )

    async def load(self, keys: Collection[str]) -> Mapping[str, Built]:
        """Return those of these documents that were kept, by id."""
        cursor = self.collection.find(
            {"_id": {"$in": list(keys)}}, {"schema": 1, "state": 1, "handled": 1, "weight": 1}
        )
        return {row["_id"]: self._built(row) for row in await cursor.to_list(None)}

    def _built(self, row: Row) -> Built:
        handled = {entry["id"]: entry["at"] for entry in row["handled"]}
        state: Any = self.served.states.of(row)
        return Built(state, handled, row["weight"])

    async def save(self, built: Mapping[str, Built]) -> None:
        """Keep documents as they are now, each as it would be served."""
        rows = [self._row(key, each) for key, each in built.items()]
        if rows:
            await self.collection.bulk_write([ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in rows])

    def _row(self, key: str, built: Built) -> Row:
        state: Any = built.state
        return {
            "_id": key,
            "version": 1,
            **self.served.states.row(state),
            "find": self.served.find(state),
            "outbox": [],
            "handled": [{"id": id, "at": at, "reply": None} for id, at in built.handled.items()],
            "weight": built.weight,
        }

    async def heard(self, keys: Collection[str], ids: Collection[str]) -> Collection[str]:
        """Return which of these facts are in what people read under these ids."""
        wanted = {"$filter": {"input": "$handled.id", "cond": {"$in": ["$$this", {"$literal": list(ids)}]}}}
        cursor = self.served.collection.find({"_id": {"$in": list(keys)}}, {"heard": wanted})
        return {id for row in await cursor.to_list(None) for id in row["heard"]}

    async def count(self) -> int:
        """Return about how many documents were built."""
        return await self.collection.estimated_document_count()

    async def lacking(self, keys: Collection[str] | None = None) -> dict[str, set[str]]:
        """Return the facts that are in served documents, all or these, and not in the built ones, by document."""
        served, found = self.served.collection.with_options(read_concern=ReadConcern("local")), dict[str, set[str]]()
        async for some in _parts(served, keys):
            cursor = served.aggregate([{"$match": some}, *self._lacking()])
            found |= {row["_id"]: set(row["lacking"]) for row in await cursor.to_list(None)}
        return found

    def _lacking(self) -> list[Row]:
        built = {"$ifNull": [{"$first": "$built.handled.id"}, []]}
        return [
            {"$project": {"heard": "$handled.id"}},
            {
                "$lookup": {
                    "from": self.collection.name,
                    "localField": "_id",
                    "foreignField": "_id",
                    "pipeline": [{"$project": {"handled.id": 1}}],
                    "as": "built",
                }
            },
            {"$project": {"lacking": {"$setDifference": ["$heard", built]}}},
            {"$match": {"lacking": {"$ne": []}}},
        ]

    async def put_in_place(self, keys: Collection[str] | None = None) -> AsyncIterator[int]:
        """Put built documents, all or these, in the place of the served ones; yield how many were looked at.

        One that lacks something stays as it is, and so does one that would be the same.
        """
        built = self.collection.with_options(write_concern=WriteConcern("majority"))
        merge: Row = {
            "into": self.served.collection.name,
            "on": "_id",
            "whenMatched": [{"$replaceWith": {"$cond": [_may_take_its_place(), _in_its_place(), "$$ROOT"]}}],
            "whenNotMatched": "insert",
        }
        stages: list[Row] = [{"$unset": "weight"}, {"$merge": merge}]
        async for some in _parts(self.collection, keys):
            sides = (built.aggregate([{"$match": each}, *stages]).to_list(None) for each in _halves(some))
            await asyncio.gather(*sides)
            yield len(some["_id"]["$in"])

    async def drop(self) -> None:
        """Drop the built documents."""
        await self.collection.drop()


def _may_take_its_place() -> Row:
    """Whether everything is in the built document (`$$new`) that the served one has heard, and it is another."""
    same = {"$and": [{"$eq": [f"${field}", f"$$new.{field}"]} for field in ("state", "find")]}
    facts = {"$setIsSubset": ["$handled.id", "$$new.handled.id"]}
    more = {"$not": {"$setIsSubset": ["$$new.handled.id", "$handled.id"]}}
    return {"$and": [facts, {"$or": [{"$not": same}, more]}]}


def _in_its_place() -> Row:
    """The served document with what was built in it; what it still has to say, and has answered, stays."""
    news = {"$filter": {"input": "$$new.handled", "cond": {"$not": {"$in": ["$$this.id", "$handled.id"]}}}}
    return {
        "$mergeObjects": [
            "$$ROOT",
            {
                "version": {"$add": ["$version", 1]},
                "schema": "$$new.schema",
                "state": "$$new.state",
                "find": "$$new.find",
                "handled": {"$concatArrays": ["$handled", news]},
            },
        ]
    }


def _halves(some: Row) -> Sequence[Row]:
    """Return two queries for what is one: a call keeps one core of the database busy."""
    keys: Sequence[str] = some["_id"]["$in"]
    return [{"_id": {"$in": keys[side::2]}} for side in range(2)]


async def _parts(collection: AsyncIOMotorCollection[Row], keys: Collection[str] | None) -> AsyncIterator[Row]:
    """Yield queries for some documents each, which are all of these together."""
    known = sorted(keys) if keys is not None else None
    last: str | None = None
    while True:
        if known is None:
            after: Row = {} if last is None else {"_id": {"$gt": last}}
            some = [row["_id"] async for row in collection.find(after, {"_id": 1}).sort("_id", 1).limit(AT_ONCE)]
        else:
            some, known = known[:AT_ONCE], known[AT_ONCE:]
        if not some:
            return
        last = some[-1]
        yield {"_id": {"$in": some}}


class MongoShelves:
    """The revisions, kept many at once into the collection that is served: what is there is never less than before."""

    def __init__(self, history: MongoHistory) -> None:
        self.collection = history.collection

    async def keep_all(self, revisions: Sequence[Revision]) -> None:
        """Keep revisions; of several that tell of the same one, the first that was said, as it is told now."""
        if revisions:
            await self.collection.bulk_write([_kept(revision) for revision in revisions], ordered=False)


def _kept(revision: Revision) -> UpdateOne:
    """Replace what tells of the same revision, unless that was said earlier. What is the same is not written."""
    stamp = {"$literal": list(revision.stamp)}
    earlier = {"$and": [{"$ne": [{"$type": "$stamp"}, "missing"]}, {"$lt": ["$stamp", stamp]}]}
    told = {"stamp": stamp, "state": {"$literal": revision.model_dump(mode="json")}}
    return UpdateOne(
        {"postmortem_id": revision.draft.postmortem_id, "number": revision.number},
        [{"$set": {name: {"$cond": [earlier, f"${name}", value]} for name, value in told.items()}}],
        upsert=True,
    )


class MongoRebuilt:
    """All that one run builds, and the mark that only one runs."""

    def __init__(self, database: Database, run: str) -> None:
        self.database = database
        self.name = database.name
        self.run = run
        self.shelves = MongoShelves(MongoHistory(database))
        self.scratch: dict[Kind, MongoScratch[Any]] = {
            "library": MongoScratch(database, MongoLibrary(database), run),
            "reviewers": MongoScratch(database, MongoReviewers(database), run),
            "lists": MongoScratch(database, MongoLists(database), run),
        }
        self.marks = database["rebuilding"]

    async def count(self) -> int:
        """Return about how many documents are served."""
        served = (each.served.collection for each in self.scratch.values())
        return sum([await each.estimated_document_count() for each in served])

    async def begin(self, now: datetime, until: datetime) -> bool:
        """Take the mark until then, and drop what others left; return False when another run has it."""
        try:
            await self.marks.update_one(
                {"_id": MARK, "until": {"$lte": now}}, {"$set": {"run": self.run, "until": until}}, upsert=True
            )
        except DuplicateKeyError:
            return False
        for name in await self.database.list_collection_names(filter={"name": {"$regex": SCRATCH}}):
            await self.database.drop_collection(name)
        return True

    async def go_on(self, until: datetime) -> bool:
        """Keep the mark for longer; return False when another run has it."""
        kept = await self.marks.update_one({"_id": MARK, "run": self.run}, {"$set": {"until": until}})
        return kept.matched_count == 1

    async def end(self) -> None:
        """Drop what was built, and give the mark back."""
        for each in self.scratch.values():
            await each.drop()
        await self.marks.delete_one({"_id": MARK, "run": self.run})
