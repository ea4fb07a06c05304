"""What every worker does for a message: the event that it hears, the row that it counts in, the event that it says."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pymongo
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.collection import Collection
from pymongo.write_concern import WriteConcern

from tests.bench.workplace import workplace

BODY = 1000
Event = dict[str, Any]
Row = dict[str, Any]
AsyncRows = AsyncIOMotorCollection[Row]


def heard() -> Iterator[Event]:
    """Return events of 1 KB, as many, and about as many postmortems, as the command line says."""
    messages, postmortems = (int(word) for word in sys.argv[1:3])
    for number in range(messages):
        subject = str(uuid5(NAMESPACE_URL, str(number % postmortems)))
        event = {"postmortem_id": subject, "uid": "", "ended_at": "2026-03-02T12:00:00Z"}
        yield event | {"uid": "u" * (BODY - len(json.dumps(event)))}


def answer(event: Event) -> Event:
    """Return the event that is said for one that was heard, as long as that."""
    about = {"postmortem_id": event["postmortem_id"], "revision": 1, "accepted": 1, "failed": 0}
    return {**about, "completed_at": event["ended_at"], "uid": event["uid"]}


def change(event: Event) -> tuple[Row, Row]:
    """Return which row an event changes, and how."""
    return {"_id": event["postmortem_id"]}, {"$inc": {"n": 1}, "$set": {"body": event["uid"]}}


@cache
def _rows() -> Collection[Row]:
    """Connect, once a process: a connection must not be shared by forked ones."""
    client: pymongo.MongoClient[Row] = pymongo.MongoClient(workplace().mongo_url)
    return client.get_database(workplace().database, write_concern=WriteConcern("majority"))["rows"]


def count(event: Event) -> None:
    """Change the row; returns when a majority has it. Raises: PyMongoError."""
    which, how = change(event)
    _rows().update_one(which, how, upsert=True)
