"""Every text there ever was is kept before a postmortem says that it has it, and kept once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from services.drafting.domain import Postmortem
from services.drafting.store import MongoPostmortems
from shared.messaging.documents import Change, Conflict, Handled
from shared.mongo import connect, database
from tests.helpers.builders import NOW
from tests.unit.drafting.test_domain import drafted


@pytest.fixture
async def store(mongo_url: str, database_name: str) -> AsyncIterator[MongoPostmortems]:
    client = connect(mongo_url)
    yield MongoPostmortems(database(client, database_name))
    client.close()


def a_change(state: Postmortem, version: int) -> Change[Postmortem]:
    return Change(key=state.id, version=version, state=state, handled=Handled(id=f"{version}", at=NOW, reply=None))


async def texts(store: MongoPostmortems) -> list[tuple[int, str]]:
    return [(row["revision"], row["title"]) async for row in store.revisions.find({}).sort("revision")]


async def test_a_text_is_written_once_however_often_its_postmortem_changes(store: MongoPostmortems) -> None:
    first = drafted()
    own = store.collection.database
    await own.command("profile", 2)
    await store.write(a_change(first, 0))
    await store.write(a_change(first.changed(reviewers=("a@example.com",)), 1))
    second = first.changed(revision=first.revision + 1, title="Another title")
    await store.write(a_change(second, 2))
    await own.command("profile", 0)
    assert await texts(store) == [(first.revision, first.title), (second.revision, second.title)]
    assert await own["system.profile"].count_documents({"op": "insert", "ns": {"$regex": "revisions$"}}) == 2


async def test_a_text_that_another_process_has_kept_is_left_as_it_is(store: MongoPostmortems, mongo_url: str) -> None:
    first = drafted()
    await store.write(a_change(first, 0))
    client = connect(mongo_url)
    other = MongoPostmortems(database(client, store.collection.database.name))
    await other.write(a_change(first, 1))
    assert await texts(store) == [(first.revision, first.title)]
    client.close()


async def test_a_text_whose_change_came_too_late_is_there_for_the_change_that_comes_again(
    store: MongoPostmortems,
) -> None:
    first = drafted()
    await store.write(a_change(first, 0))
    second = first.changed(revision=first.revision + 1, title="Another title")
    with pytest.raises(Conflict):
        await store.write(a_change(second, 7))
    again = replace(a_change(second, 1), said=frozenset())
    await store.write(again)
    assert await texts(store) == [(first.revision, first.title), (second.revision, second.title)]
