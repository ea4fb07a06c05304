"""Who waits for a fact in the library sees what this process puts in meanwhile, and nothing of what it did not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.gateway.domain.view import View, project
from services.gateway.store import MongoLibrary
from shared.contracts.base import postmortem_id
from shared.contracts.events import DraftCreated
from shared.messaging.documents import Change, Conflict, Handled
from shared.mongo import connect, database
from tests.helpers.builders import NOW, a_draft

ONE, OTHER = postmortem_id("x", "1"), postmortem_id("x", "2")


@pytest.fixture
async def libraries(mongo_url: str, database_name: str) -> AsyncIterator[tuple[MongoLibrary, MongoLibrary]]:
    client = connect(mongo_url)
    rooms = database(client, database_name)
    here, there = MongoLibrary(rooms), MongoLibrary(rooms)
    await here.prepare()
    yield here, there
    client.close()


def a_view(id: str, version: int) -> View:
    fact = a_draft(DraftCreated, postmortem_id=id, title=f"Number {version}")
    return project(None, fact, (NOW, f"{id}-{version}"))


async def put(library: MongoLibrary, id: str, version: int) -> View:
    view, handled = a_view(id, version), Handled(id=f"{id}-{version}", at=NOW, reply=None)
    await library.write(Change(key=id, version=version, state=view, handled=handled, said_all=True))
    return view


async def test_who_waits_sees_what_is_put_in_under_their_key(libraries: tuple[MongoLibrary, MongoLibrary]) -> None:
    here, there = libraries
    await put(here, ONE, 0)
    with here.witnessing(ONE) as witness, here.witnessing(ONE) as beside:
        await put(here, OTHER, 0)
        assert witness.after([f"{OTHER}-0"]) is None
        await put(here, ONE, 1)
        await put(there, ONE, 2)
        newest = await put(here, ONE, 3)
    assert await here.seen_by("a@example.com", ONE) == newest
    assert witness.after([f"{ONE}-1", f"{ONE}-3"]) == beside.after([f"{ONE}-3"]) == newest
    assert witness.after([f"{ONE}-0"]) is witness.after([f"{ONE}-2"]) is None
    last = await put(here, ONE, 4)
    assert (witness.view, await here.state_of(ONE)) == (newest, last)


async def test_what_was_refused_is_not_seen(libraries: tuple[MongoLibrary, MongoLibrary]) -> None:
    here, there = libraries
    await put(there, ONE, 0)
    with here.witnessing(ONE) as witness:
        with pytest.raises(Conflict):
            await put(here, ONE, 0)
        seen, conflict = await asyncio.gather(put(here, ONE, 1), put(there, ONE, 1), return_exceptions=True)
    assert witness.ids == (set() if isinstance(seen, Conflict) else {f"{ONE}-1"})
    assert isinstance(conflict, Conflict) != isinstance(seen, Conflict)
