"""A state that this process wrote is not read again while it stands; whoever changes the document is seen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from shared.messaging.documents import Change, Conflict
from shared.mongo import Client, MongoDocuments, connect, database
from tests.contract.things import Thing, a_change


@pytest.fixture
async def client(mongo_url: str) -> AsyncIterator[Client]:
    client = connect(mongo_url)
    yield client
    client.close()


def a_store(client: Client, name: str) -> MongoDocuments[Thing]:
    """Return a store as one process of a room has it."""
    return MongoDocuments(database(client, name)["things"], Thing)


async def written(store: MongoDocuments[Thing], *numbers: int) -> list[Thing]:
    """Write these one after the other, and return the states."""
    changes = [a_change(version, n, said_all=True, more={"a": str(n)}) for version, n in enumerate(numbers)]
    for change in changes:
        await store.write(change)
    return [change.state for change in changes]


async def test_what_this_process_wrote_last_is_kept(client: Client, database_name: str) -> None:
    store = a_store(client, database_name)
    _, last = await written(store, 1, 2)
    loaded, _ = await store.read("k", "m")
    assert (loaded.version, loaded.state is last) == (2, True)
    assert await store.state_of("k") is last


async def test_what_is_kept_is_what_everybody_else_reads(client: Client, database_name: str) -> None:
    store, other = a_store(client, database_name), a_store(client, database_name)
    await written(store, 1, 2)
    assert await store.read("k", "m") == await other.read("k", "m")


async def test_what_another_process_wrote_since_is_read(client: Client, database_name: str) -> None:
    store, other = a_store(client, database_name), a_store(client, database_name)
    await written(store, 1)
    await other.write(a_change(1, 2, said_all=True))
    loaded, _ = await store.read("k", "m")
    assert (loaded.version, loaded.state) == (2, Thing(n=2))


async def test_a_program_that_knows_no_stamps_raises_the_version_and_is_seen(
    client: Client, database_name: str
) -> None:
    store = a_store(client, database_name)
    await written(store, 1)
    await store.collection.update_one({"_id": "k"}, {"$set": {"version": 2, "state": {"n": 2}}})
    assert await store.state_of("k") == Thing(n=2)


async def test_a_document_made_anew_with_the_same_version_is_read(client: Client, database_name: str) -> None:
    store, other = a_store(client, database_name), a_store(client, database_name)
    await written(store, 1)
    await store.collection.delete_one({"_id": "k"})
    (anew,) = await written(other, 5)
    assert await store.state_of("k") == anew


async def test_a_document_that_is_gone_is_not_kept(client: Client, database_name: str) -> None:
    store = a_store(client, database_name)
    await written(store, 1)
    await store.collection.delete_one({"_id": "k"})
    loaded, _ = await store.read("k", "m")
    assert (loaded.version, loaded.state) == (0, None)


async def test_a_change_that_lost_is_not_kept(client: Client, database_name: str) -> None:
    store, other = a_store(client, database_name), a_store(client, database_name)
    await written(store, 1)
    await other.write(a_change(1, 2, said_all=True))
    with pytest.raises(Conflict):
        await store.write(a_change(1, 9, said_all=True))
    assert await store.state_of("k") == Thing(n=2)


async def test_the_answers_that_a_kept_document_has_given_are_known(client: Client, database_name: str) -> None:
    store, other = a_store(client, database_name), a_store(client, database_name)
    await written(store, 1)
    refused = a_change(1, 0, message="refused").handled
    known, _ = await other.read("k", "refused")
    await other.remember(known, refused)
    _, handled = await store.read("k", "refused")
    assert handled == refused


async def guessed(store: MongoDocuments[Thing], message: str = "m") -> Change[Thing]:
    """Write once, and return the change that follows from the guess that it is still so."""
    await written(store, 1)
    guess = store.guess("k", message)
    assert guess
    return replace(a_change(1, 9, message=message, said_all=True), stamp=guess.stamp)


async def loses(store: MongoDocuments[Thing], change: Change[Thing]) -> None:
    """Check that a change is refused, whether or not all was said before it."""
    for said_all in (True, False):
        with pytest.raises(Conflict):
            await store.write(replace(change, said_all=said_all))


async def test_a_guess_loses_against_what_another_process_wrote(client: Client, database_name: str) -> None:
    store, other = a_store(client, database_name), a_store(client, database_name)
    change = await guessed(store)
    await other.write(a_change(1, 2, said_all=True))
    await loses(store, change)
    assert await store.state_of("k") == Thing(n=2)


async def test_a_guess_loses_against_a_refusal_elsewhere(client: Client, database_name: str) -> None:
    store, other = a_store(client, database_name), a_store(client, database_name)
    change = await guessed(store, "refused")
    known, _ = await other.read("k", "refused")
    await other.remember(known, change.handled)
    await loses(store, change)
    _, handled = await store.read("k", "refused")
    assert handled == change.handled


async def test_a_guess_loses_against_a_document_made_anew(client: Client, database_name: str) -> None:
    store, other = a_store(client, database_name), a_store(client, database_name)
    change = await guessed(store)
    await store.collection.delete_one({"_id": "k"})
    await loses(store, change)
    assert await store.state_of("k") is None
    (anew,) = await written(other, 5)
    await loses(store, change)
    assert await store.state_of("k") == anew


async def test_what_another_process_has_cleared_is_still_unsaid_in_a_guess(client: Client, database_name: str) -> None:
    store, other = a_store(client, database_name), a_store(client, database_name)
    await store.write(a_change(0, 1, unsaid=("a", "b")))
    await other.clear({"k": {"a"}})
    guess = store.guess("k", "m")
    assert guess
    assert guess.unsaid == {"a", "b"}
    change = replace(a_change(1, 2, said=("b",), unsaid=("c",)), stamp=guess.stamp)
    assert [message.id for message in await store.write(change)] == ["c"]
    assert store.guess("k", "n") is None, "nothing is kept of a document that others look after too"
