"""What is stored before a step is measured: copies of one postmortem, some published each day, for years."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient, WriteConcern

from tests.bench.growth_age import aged
from tests.bench.growth_crew import Crew, Figures
from tests.bench.growth_life import Kept, Life, id_of

MESSAGES = 400
QUICK = WriteConcern(w=1, j=False)
A_DAY = 50
"""How many postmortems are published each day: of 100,000 the first is five and a half years old."""
DOCUMENTS = {
    "drafting": "postmortems",
    "review": "reviews",
    "calendar": "meetings",
    "distribution": "publications",
    "gateway": "library",
}
FORGOTTEN = frozenset({"feed", "commands"})
"""What the gateway keeps for some time only: it does not grow with what is stored."""


@dataclass(frozen=True, slots=True)
class Step:
    """A message that a room hears, and the stage at which it does; None before anything is known of the postmortem."""

    room: str
    name: str
    stage: str | None
    nth: int = 0
    messages: int = MESSAGES

    def __str__(self) -> str:
        known = " (new)" if self.stage is None else ""
        return f"{self.room}: {self.name.removeprefix(f'{self.room}.').removesuffix('.v1')}{known}"


@dataclass
class Stock:
    """The databases of one room, and its database server."""

    client: MongoClient[Any]
    life: Life
    numbers: Iterator[int]

    def fill(self, room: str, size: int) -> str:
        """Store so many postmortems, published long ago, unless they are there; return the name of the databases."""
        name = f"growth_{size}"
        db = self.client[f"{name}_{room}"]
        there = db[DOCUMENTS[room]].estimated_document_count()
        for start in range(there, size, A_DAY):
            names = [self.life.named("S", n) for n in range(start, min(start + A_DAY, size))]
            self._put(f"{name}_{room}", self._published(room, (size - start) // A_DAY), names)
            sys.stderr.write(f"\r{room}: {start + len(names):,} of {size:,}")
        if size > there:
            _let_pass(db, room)
            sys.stderr.write("\n")
        return name

    def _published(self, room: str, days: int) -> Kept:
        """Return what a room keeps of what was published so many days ago."""
        kept = self.life.stages["published"][room]
        return {collection: [aged(raw, days) for raw in raws] for collection, raws in kept.items()}

    def _put(self, database: str, kept: Kept, names: Sequence[str]) -> None:
        for collection in kept.keys() - FORGOTTEN:
            raws = kept[collection]
            rows = [self.life.document(raw, name) for name in names for raw in raws]
            self.client[database].get_collection(collection, write_concern=QUICK).insert_many(rows, ordered=False)

    async def once(self, step: Step, crew: Crew, database: str) -> Figures:
        """Have a step's messages handled about as many postmortems, which come and go. Raises: RuntimeError."""
        names = [self.life.named("T", n) for n in islice(self.numbers, step.messages)]
        whole = f"{database}_{step.room}"
        if step.stage:
            self._put(whole, self.life.stages[step.stage][step.room], names)
        message = self.life.message(step.name, step.nth)
        figures = await crew.handle(step.name, [self.life.spoken(message, name) for name in names])
        ids = [id_of(name) for name in names]
        self._had_effect(step, whole, ids)
        for collection in self.client[whole].list_collection_names():
            self.client[whole][collection].delete_many(
                {"$or": [{"_id": {"$in": ids}}, {"postmortem_id": {"$in": ids}}]}
            )
        return figures

    def _had_effect(self, step: Step, database: str, ids: list[str]) -> None:
        """Look whether all were changed. Raises: RuntimeError."""
        collection = DOCUMENTS[step.room]
        kept = self.life.stages[step.stage][step.room].get(collection, []) if step.stage else []
        before = max((RawBSONDocument(raw)["version"] for raw in kept), default=0)
        changed = self.client[database][collection].count_documents({"_id": {"$in": ids}, "version": {"$gt": before}})
        if changed != len(ids):
            last = self.client[database][collection].find_one(
                {"_id": ids[0]}, {"version": 1, "handled": {"$slice": -1}}
            )
            msg = f"{step} changed {changed} of {len(ids)} postmortems; the last answer: {last}"
            raise RuntimeError(msg)


def _let_pass(db: Any, room: str) -> None:
    """Let time pass over what is stored: nothing of it is due, and its meetings are over."""
    documents = db[DOCUMENTS[room]]
    documents.update_many({"due_at": {"$exists": True}}, {"$unset": {"due_at": ""}})
    if room == "calendar":
        documents.update_many({}, {"$set": {"find.ahead": False}, "$unset": {"find.unwritten_since": ""}})
