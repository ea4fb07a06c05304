"""Built documents take the place of served ones in MongoDB: which do, which do not, and what stays of the old."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from services.gateway.domain.history import Revision, revision_of
from services.gateway.domain.rebuilding import Built
from services.gateway.domain.view import View
from services.gateway.store import MongoHistory, MongoLibrary
from services.gateway.store import rebuilding as store
from services.gateway.store.rebuilding import MongoRebuilt, MongoScratch, MongoShelves
from shared.contracts.events import DraftRevised, Snapshot
from shared.messaging.documents import Change, Conflict, Handled
from shared.mongo import Database, connect, database
from tests.helpers.builders import NOW, a_draft


@pytest.fixture
async def own(mongo_url: str, database_name: str) -> AsyncIterator[Database]:
    """A database of the test's own."""
    client = connect(mongo_url)
    yield database(client, database_name)
    client.close()


@pytest.fixture
def scratch(own: Database) -> MongoScratch[View]:
    """Where a run builds its library."""
    return MongoRebuilt(own, "run").scratch["library"]


def a_view(key: str, told: str) -> View:
    return View(id=key, draft=a_draft(Snapshot, title=told))


async def serve(library: MongoLibrary, key: str, told: str, *facts: str) -> None:
    """Write a document as the gateway does, one fact after the other."""
    for fact in facts:
        loaded, _ = await library.read(key, "")
        handled = Handled(id=fact, at=NOW, reply=None)
        await library.write(Change(key=key, version=loaded.version, state=a_view(key, told), handled=handled))


async def build(scratch: MongoScratch[View], key: str, told: str, *facts: str) -> None:
    await scratch.save({key: Built(a_view(key, told), dict.fromkeys(facts, NOW), 1)})


async def put_in_place(scratch: MongoScratch[View], keys: Sequence[str] | None = None) -> int:
    return sum([n async for n in scratch.put_in_place(keys)])


async def seen(library: MongoLibrary) -> dict[str, tuple[str, int, list[str]]]:
    """What is told in each document, its version, and what it has heard."""
    rows = library.collection.find({}).sort("_id", 1)
    return {
        row["_id"]: (row["find"]["title"], row["version"], [each["id"] for each in row["handled"]])
        async for row in rows
    }


async def test_a_document_takes_its_place_when_it_has_all_that_the_served_one_has_and_is_another(
    own: Database, scratch: MongoScratch[View]
) -> None:
    library = MongoLibrary(own)
    for key, facts in {"same": "ab", "other": "ab", "more": "ab", "less": "abc", "away": "ab"}.items():
        await serve(library, key, "old", *facts)
    for key, told, facts in (
        ("same", "old", "ba"),
        ("other", "new", "ba"),
        ("more", "old", "abc"),
        ("less", "new", "ab"),
    ):
        await build(scratch, key, told, *facts)
    await build(scratch, "fresh", "new", "a")
    assert await scratch.lacking() == {"less": {"c"}, "away": {"a", "b"}}
    assert await scratch.lacking(["same", "less"]) == {"less": {"c"}}
    assert await put_in_place(scratch) == 5
    assert await seen(library) == {
        "away": ("old", 2, ["a", "b"]),
        "fresh": ("new", 1, ["a"]),
        "less": ("old", 3, ["a", "b", "c"]),
        "more": ("old", 3, ["a", "b", "c"]),
        "other": ("new", 3, ["a", "b"]),
        "same": ("old", 2, ["a", "b"]),
    }
    await serve(library, "fresh", "newer", "b")
    assert (await seen(library))["fresh"] == ("newer", 2, ["a", "b"])


async def test_a_fact_that_was_heard_at_the_same_time_is_never_lost(own: Database, scratch: MongoScratch[View]) -> None:
    library = MongoLibrary(own)
    await serve(library, "a", "old", "1")
    loaded, _ = await library.read("a", "")
    await build(scratch, "a", "new", "1")
    assert await put_in_place(scratch) == 1
    late = Change(
        key="a", version=loaded.version, state=a_view("a", "late"), handled=Handled(id="2", at=NOW, reply=None)
    )
    with pytest.raises(Conflict):
        await library.write(late)
    await serve(library, "a", "late", "2")
    assert await put_in_place(scratch) == 1
    assert (await seen(library))["a"] == ("late", 3, ["1", "2"])


async def test_only_the_wanted_documents_take_their_places_and_all_when_there_are_many(
    own: Database, scratch: MongoScratch[View], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "AT_ONCE", 2)
    library, keys = MongoLibrary(own), [f"k{n}" for n in range(5)]
    for key in keys:
        await serve(library, key, "old", "1", "2")
        await build(scratch, key, "new", "1")
    assert await scratch.lacking() == {key: {"2"} for key in keys}
    for key in keys:
        await build(scratch, key, "new", "1", "2")
    assert await put_in_place(scratch, keys[3:]) == 2
    assert [told for told, *_ in (await seen(library)).values()] == ["old", "old", "old", "new", "new"]
    assert await put_in_place(scratch) == 5
    assert {told for told, *_ in (await seen(library)).values()} == {"new"}
    assert await put_in_place(scratch, []) == 0


async def test_what_was_kept_of_a_document_under_way_is_read_again(scratch: MongoScratch[View]) -> None:
    await build(scratch, "a", "new", "1", "2")
    loaded = await scratch.load(["a", "b"])
    assert loaded == {"a": Built(a_view("a", "new"), {"1": NOW, "2": NOW}, 1)}
    assert await scratch.count() == 1


async def test_what_people_s_documents_have_heard_is_told(own: Database, scratch: MongoScratch[View]) -> None:
    await serve(MongoLibrary(own), "a", "old", "1", "2")
    assert await scratch.heard(["a", "b"], ["2", "3"]) == {"2"}


def a_revision(number: int, minute: int, note: str) -> Revision:
    fact: Any = a_draft(DraftRevised, revision=number, status="draft", revised_at=NOW, revised_by="a@b.c", note=note)
    return revision_of(fact, (NOW.replace(minute=minute), note))


async def test_revisions_are_kept_many_at_once_as_they_are_one_by_one(own: Database) -> None:
    told = [a_revision(1, 2, "b"), a_revision(1, 1, "a"), a_revision(1, 3, "c"), a_revision(2, 1, "d")]
    history, shelves = MongoHistory(own), MongoShelves(MongoHistory(own))
    await history.prepare()
    await history.keep(told[0])
    for _ in range(2):
        await shelves.keep_all(told)
        await history.keep(told[2])
    kept = await history.revisions(told[0].draft.postmortem_id, None, 10)
    assert [(each.number, each.note) for each in kept] == [(2, "d"), (1, "a")]
    await shelves.keep_all([])
