"""One table for every keeper of audiences: the one of the tests and the one in MongoDB behave alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.distribution.domain import Publication, Recipient
from services.distribution.ports import Audiences
from services.distribution.store import MongoAudiences, MongoPublications
from services.distribution.store.audiences import CHUNK
from shared.messaging.documents import Change, Handled
from shared.mongo import connect, database
from tests.helpers.builders import NOW
from tests.unit.distribution.ledgers import FakeAudiences


@pytest.fixture(params=["memory", "mongodb"])
async def audiences(request: pytest.FixtureRequest) -> AsyncIterator[Audiences]:
    if request.param == "memory":
        yield FakeAudiences(CHUNK)
        return
    client = connect(request.getfixturevalue("mongo_url"))
    store = MongoAudiences(database(client, request.getfixturevalue("database_name")))
    await store.prepare()
    await store.prepare()  # safe to repeat
    yield store
    client.close()


def people(number: int) -> tuple[Recipient, ...]:
    return tuple(Recipient(email=f"r{n:05}@example.com", list="ab"[n % 2]) for n in range(number))


async def found(audiences: Audiences, id: str) -> list[list[Recipient]]:
    return [list(chunk) async for chunk in audiences.chunks(id)]


@pytest.mark.parametrize("number", [1, CHUNK, CHUNK + 1, 11 * CHUNK + 7])
async def test_an_audience_comes_back_whole_in_its_order_and_in_parts(audiences: Audiences, number: int) -> None:
    await audiences.keep("one", people(number))
    await audiences.keep("other", people(3))
    parts = await found(audiences, "one")
    assert [person for part in parts for person in part] == list(people(number))
    assert max(len(part) for part in parts) <= CHUNK


async def test_nobody_is_an_audience_too(audiences: Audiences) -> None:
    await audiences.keep("one", ())
    assert await found(audiences, "one") == await found(audiences, "unknown") == []


async def test_an_audience_that_is_kept_again_or_by_many_at_once_is_there_once(audiences: Audiences) -> None:
    await asyncio.gather(*(audiences.keep("one", people(CHUNK + 5)) for _ in range(4)))
    await audiences.keep("one", people(CHUNK + 5))
    assert sum(len(part) for part in await found(audiences, "one")) == CHUNK + 5


async def test_what_a_crash_left_half_done_is_completed(mongo_url: str, database_name: str) -> None:
    client = connect(mongo_url)
    try:
        store = MongoAudiences(database(client, database_name))
        await store.keep("one", people(3 * CHUNK))
        await store.collection.delete_one({"_id": "one/1"})
        await store.keep("one", people(3 * CHUNK))
        assert [person for part in await found(store, "one") for person in part] == list(people(3 * CHUNK))
    finally:
        client.close()


async def test_of_publications_those_are_read_that_are_newer_than_what_is_known(
    mongo_url: str, database_name: str
) -> None:
    client = connect(mongo_url)
    try:
        store = MongoPublications(database(client, database_name))
        await store.collection.insert_many(
            [{"_id": "a", "version": 3, "state": {"newest_revision": 7}}, {"_id": "b", "version": 1, "state": {}}]
        )
        assert await store.newer({"a": 2, "b": 1, "c": 0}) == {"a": (3, Publication(newest_revision=7))}
        assert set(await store.newer({"a": 0, "b": 0})) == {"a", "b"}
        assert await store.newer({}) == {}
    finally:
        client.close()


async def test_of_publications_what_this_process_wrote_is_not_read_again_unless_another_wrote_since(
    mongo_url: str, database_name: str
) -> None:
    client = connect(mongo_url)
    try:
        mine, others = (MongoPublications(database(client, database_name)) for _ in range(2))
        written = Publication(newest_revision=7)
        await mine.write(a_change("a", 0, written))
        assert (await mine.newer({"a": 0}))["a"][1] is written
        assert (await others.newer({"a": 0}))["a"] == (1, written)
        await others.write(a_change("a", 1, Publication(newest_revision=8)))
        assert await mine.newer({"a": 1}) == {"a": (2, Publication(newest_revision=8))}
    finally:
        client.close()


def a_change(key: str, version: int, state: Publication) -> Change[Publication]:
    handled = Handled(id=f"message-{version}", at=NOW, reply=None)
    return Change(key=key, version=version, state=state, handled=handled, said_all=True)
