"""What MongoDB gets in one call: an error of one document's own is nobody else's, one of the server is everybody's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from pymongo import WriteConcern
from pymongo.errors import DocumentTooLarge, PyMongoError, WriteError

from shared.mongo import Client, MongoDocuments, connect, database
from tests.contract.things import Thing, a_change
from tests.integration.kernel_room import eventually

UNWRITABLE = 2**70


@pytest.fixture
def client(mongo_url: str) -> Client:
    return connect(mongo_url)


@pytest.fixture
async def documents(client: Client, database_name: str) -> AsyncIterator[MongoDocuments[Thing]]:
    store = MongoDocuments(database(client, database_name)["things"], Thing)
    await store.prepare()
    yield store
    client.close()


@pytest.mark.parametrize("version", [0, 1])
async def test_what_cannot_be_written_harms_nobody_who_writes_at_the_same_time(
    documents: MongoDocuments[Thing], version: int
) -> None:
    for n in range(4 * version):
        await documents.write(a_change(0, 1, key=f"k{n}"))
    changes = [
        a_change(version, 7, said_all=True, key="k0"),
        a_change(version, UNWRITABLE, said_all=True, key="k1"),
        a_change(version, 7, said_all=True, key="k2", text="x" * 17_000_000),
        a_change(version, 7, said_all=True, key="k3"),
    ]
    done = await asyncio.gather(*(documents.write(change) for change in changes), return_exceptions=True)
    assert [type(outcome) for outcome in done if isinstance(outcome, Exception)] == [OverflowError, DocumentTooLarge]
    states = [await documents.state_of(f"k{n}") for n in range(4)]
    assert [state.n if state else 0 for state in states] == [7, version, version, 7]


async def test_what_the_server_refuses_is_the_error_of_the_one_who_wrote_it(documents: MongoDocuments[Thing]) -> None:
    rule = {"$jsonSchema": {"properties": {"state": {"properties": {"n": {"maximum": 10}}}}}}
    await documents.collection.database.command("collMod", "things", validator=rule)
    changes = [a_change(0, n, key=f"k{n}") for n in (9, 10, 11)]
    done = await asyncio.gather(*(documents.write(change) for change in changes), return_exceptions=True)
    assert [isinstance(outcome, WriteError) for outcome in done] == [False, False, True]


async def test_when_the_server_cannot_be_reached_everybody_hears_of_it(
    documents: MongoDocuments[Thing], client: Client
) -> None:
    client.close()
    calls = [documents.read(f"k{n}", "m") for n in range(5)]
    writes = [documents.write(a_change(0, 1, key=f"k{n}")) for n in range(5)]
    done = await asyncio.gather(*calls, *writes, return_exceptions=True)
    assert all(isinstance(outcome, PyMongoError) for outcome in done)


async def test_what_is_not_known_to_be_durable_is_an_error_for_everybody(documents: MongoDocuments[Thing]) -> None:
    two_members = documents.collection.with_options(write_concern=WriteConcern(2, wtimeout=1))  # there is one
    store = MongoDocuments(two_members, Thing)
    changes = [a_change(0, 1, key=f"k{n}") for n in range(5)]
    done = await asyncio.gather(*(store.write(change) for change in changes), return_exceptions=True)
    assert all(isinstance(outcome, PyMongoError) for outcome in done)

    async def found() -> bool:
        again = await asyncio.gather(*(documents.read(change.key, change.handled.id) for change in changes))
        return [handled for _, handled in again] == [change.handled for change in changes]

    await eventually(found)  # written all the same, and seen by whoever tries again
