"""Rows that an older version wrote get what they are found by, beside all else: the newest first, a few at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog
from motor.motor_asyncio import AsyncIOMotorCollection
from pydantic import BaseModel
from pymongo import UpdateOne

from services.gateway.domain.search import MADE
from services.gateway.store.searching import OLDER
from shared.document_schema import States
from shared.mongo import Row

S = TypeVar("S", bound=BaseModel)
log = structlog.get_logger(__name__)

AT_ONCE = 10
"""Making the keys of one takes a millisecond or two, in which no request is answered."""
TOLD_EVERY = 1000
FIELDS: Row = {"version": 1, "schema": 1, "state": 1}
GONE = ("words", "newest", "skipped")
"""Indexes of versions before, which nothing asks any more."""


async def fill(collection: AsyncIOMotorCollection[Row], states: States[S], find: Callable[[S], Row]) -> int:
    """Make the fields anew of all rows that lack them or have older ones; return how many there were.

    It may break off anywhere and begin again, in several gateways at once: a row that somebody wrote meanwhile is left
    as it is then. Indexes that only those rows needed are dropped behind the last one.
    """
    query: Row = {"find.made": {"$in": [None, *range(MADE)]}}
    left, done = await collection.count_documents(query, hint=OLDER), 0
    while rows := await collection.find(query, FIELDS, hint=OLDER).limit(AT_ONCE).to_list(None):
        await collection.bulk_write([_filled(row, find(states.of(row))) for row in rows], ordered=False)
        done += len(rows)
        if done % TOLD_EVERY < AT_ONCE:
            log.info("older postmortems are made ready to be searched", done=done, of=max(left, done))
    await _drop_what_is_gone(collection)
    return done


def _filled(row: Row, find: Row) -> UpdateOne:
    return UpdateOne({"_id": row["_id"], "version": row["version"]}, {"$set": {"find": find}})


async def _drop_what_is_gone(collection: AsyncIOMotorCollection[Row]) -> None:
    for name in (await collection.index_information()).keys() & set(GONE):
        await collection.drop_index(name)
        log.info("an index is no longer needed and dropped", name=name)
