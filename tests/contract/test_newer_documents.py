"""A document that a newer version wrote is read all the same: what it says besides is left aside."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.mongo import MongoDocuments, connect, database
from tests.contract.things import Thing, a_change


@pytest.fixture
async def documents(mongo_url: str, database_name: str) -> AsyncIterator[MongoDocuments[Thing]]:
    client = connect(mongo_url)
    store = MongoDocuments(database(client, database_name)["things"], Thing)
    await store.write(a_change(0, 1, unsaid=("a", "b")))
    newer = {"outbox.$[].tone": "calm", "state.colour": "blue", "written_by": "2.0.0"}
    await store.collection.update_one({"_id": "k"}, {"$set": newer})
    yield MongoDocuments(store.collection, Thing)
    client.close()


async def test_its_state_is_read_and_its_messages_are_said(documents: MongoDocuments[Thing]) -> None:
    loaded, _ = await documents.read("k", "m")
    assert (loaded.state, loaded.unsaid) == (Thing(n=1), frozenset({"a", "b"}))
    ((key, unsaid),) = await documents.left_unsaid(0.0, 10)
    assert (key, [message.id for message in unsaid]) == ("k", ["a", "b"])


async def test_it_is_changed_while_its_messages_wait(documents: MongoDocuments[Thing]) -> None:
    left = await documents.write(a_change(1, 2, unsaid=("c",), said=("a",)))
    assert [message.id for message in left] == ["b", "c"]
