"""Rows without a form of their own are set field by field: what a newer version put beside is not read, and stays."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from services.calendar.ports import Bookmark
from services.calendar.store import MongoBookmarks
from services.distribution.store import MongoAudiences, MongoSent
from services.gateway.domain.api_keys import StoredKey
from services.gateway.domain.sessions import Proof, Session
from services.gateway.store import MongoCommands, MongoFeed, MongoHistory, MongoKeys, MongoLinks, MongoSessions
from shared.contracts.commands import Actor, Role
from shared.mongo import Database, Row, connect, database
from shared.testing import FixedClock
from tests.contract.record_documents import DOCUMENTS
from tests.contract.test_recorded_documents import row_of
from tests.helpers.builders import NOW
from tests.helpers.stored import kinds

UNREAD = {"drafting.revisions", "gateway.feed_head"}
"""What is written once and read by people alone, and a number."""
ADA = Actor(email="ada@example.com", name="Ada", role=Role.ENGINEER)


@pytest.fixture
async def rooms(mongo_url: str, database_name: str) -> AsyncIterator[Database]:
    client = connect(mongo_url)
    yield database(client, database_name)
    client.close()


async def chunks(rooms: Database, row: Row) -> list[Any]:
    return [part async for part in MongoAudiences(rooms).chunks(row["audience"])]


READ: dict[str, Callable[[Database, Row], Awaitable[object]]] = {
    "calendar.bookmarks": lambda rooms, row: MongoBookmarks(rooms, row["_id"]).bookmark(),
    "distribution.deliveries": lambda rooms, row: MongoSent(rooms).row(row["_id"]),
    "distribution.audiences": chunks,
    "gateway.commands": lambda rooms, row: MongoCommands(rooms, FixedClock(NOW)).find(row["_id"]),
    "gateway.feed": lambda rooms, row: MongoFeed(rooms, FixedClock(NOW)).after(row["_id"] - 1, 10),
    "gateway.revisions": lambda rooms, row: MongoHistory(rooms).revision(row["postmortem_id"], row["number"]),
}


def test_every_recorded_collection_is_read_somewhere() -> None:
    recorded = {path.stem for path in DOCUMENTS.glob("*/*.json") if path.parent.name != "forms"}
    assert recorded <= kinds().keys() | READ.keys() | UNREAD
    assert recorded >= READ.keys()


@pytest.mark.parametrize("name", READ)
async def test_a_recorded_row_is_read_with_and_without_what_a_newer_version_adds(rooms: Database, name: str) -> None:
    (path,) = (path for path in DOCUMENTS.glob(f"*/{name}.json") if path.parent.name != "forms")
    row, collection = row_of(path), rooms[name.partition(".")[2]]
    await collection.insert_one(row)
    plain = await READ[name](rooms, row)
    assert plain
    await collection.update_one({"_id": row["_id"]}, {"$set": {"of_tomorrow": {"x": 1}}})
    assert await READ[name](rooms, row) == plain


async def kept_after(rooms: Database, collection: str, change: Callable[[], Awaitable[object]]) -> bool:
    """Let a newer version put something beside, then this one change the row; say whether it is there still."""
    await rooms[collection].update_many({}, {"$set": {"of_tomorrow": 1}})
    await change()
    return await rooms[collection].count_documents({"of_tomorrow": 1}) == 1


async def test_a_session_a_key_and_a_link_keep_what_is_beside(rooms: Database) -> None:
    sessions, keys, links = MongoSessions(rooms), MongoKeys(rooms), MongoLinks(rooms)
    session = Session(
        digest="d", actor=ADA, proof=Proof.KEY, csrf="c", created_at=NOW, expires_at=NOW + timedelta(hours=1)
    )
    key = StoredKey(id="k", digest="d", email=ADA.email, name="laptop", role=ADA.role, created_at=NOW)
    await sessions.keep(session)
    await keys.create(key)
    await links.rotate(ADA.email, "1")
    later = session.model_copy(update={"expires_at": NOW + timedelta(hours=2)})
    assert await kept_after(rooms, "sessions", lambda: sessions.keep(later))
    assert await sessions.find("d") == later
    assert await kept_after(rooms, "keys", lambda: keys.revoke("k", NOW))
    assert (await keys.find("k")) == key.model_copy(update={"revoked_at": NOW})
    assert await kept_after(rooms, "links", lambda: links.rotate(ADA.email, "2"))
    assert await links.generation(ADA.email) == 2


async def test_so_does_a_bookmark(rooms: Database) -> None:
    bookmarks = MongoBookmarks(rooms, "https://calendar.example.com/")
    await bookmarks.turn(Bookmark())
    first = await bookmarks.bookmark()
    assert await kept_after(rooms, "bookmarks", lambda: bookmarks.turn(first))
    assert (await bookmarks.bookmark()).version == first.version + 1
