"""One table for what remembers calls of subscribers: in memory and in MongoDB."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.gateway.ports import Calls
from services.gateway.store import CALLS_KEPT_FOR_S, MongoCalls
from shared.mongo import connect, database
from shared.testing import FixedClock
from tests.helpers.builders import NOW
from tests.helpers.fakes import FakeCalls


@pytest.fixture(params=["memory", "mongodb"])
async def calls(request: pytest.FixtureRequest) -> AsyncIterator[Calls]:
    if request.param == "memory":
        yield FakeCalls()
        return
    client = connect(request.getfixturevalue("mongo_url"))
    store = MongoCalls(database(client, request.getfixturevalue("database_name")), FixedClock(NOW))
    for _ in range(2):
        await store.prepare()
    yield store
    client.close()


async def test_a_call_is_done_once_it_was_taken_and_no_other_is(calls: Calls) -> None:
    assert not await calls.is_done("a")
    await calls.done("a")
    await calls.done("a")
    assert await calls.is_done("a")
    assert not await calls.is_done("b")


async def test_calls_are_forgotten_long_after_they_were_news(mongo_url: str, database_name: str) -> None:
    client = connect(mongo_url)
    store = MongoCalls(database(client, database_name), FixedClock(NOW))
    await store.prepare()
    indexes = await store.collection.index_information()
    assert indexes["forget"]["expireAfterSeconds"] == CALLS_KEPT_FOR_S
    client.close()
