"""One table for what people read: the library in memory and the one in MongoDB show the same to the same people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.gateway.domain.community import Part
from services.gateway.domain.pages.related import neighbour_of
from services.gateway.domain.view import View, project
from services.gateway.ports import Library, Wanted
from services.gateway.store import MongoLibrary
from shared.clock import new_id
from shared.contracts.base import Message, Severity, postmortem_id
from shared.contracts.events import AccessChanged, DraftCreated, ReviewersAssigned, Snapshot
from shared.contracts.importing import ImportedFrom, PostmortemImported
from shared.contracts.merging import PostmortemMerged
from shared.contracts.skipping import PostmortemRequired, PostmortemSkipped
from shared.contracts.values import AskedReviewer
from shared.messaging.documents import Change, Documents, Handled
from shared.mongo import connect, database
from shared.testing import FixedClock, InMemoryDocuments
from tests.helpers.builders import NOW, a_draft
from tests.helpers.library import FakeLibrary

ANYBODY, READER = "anybody@example.com", "reader@example.com"
CLOSED: dict[str, Any] = {"restricted": True, "readers": (READER,), "access": 1}


@dataclass
class Shelf:
    """A library and the documents that it stands on."""

    library: Library
    documents: Documents[View]
    versions: dict[str, int] = field(default_factory=dict)

    async def hear(self, fact: Message) -> None:
        """Put a fact into the view of its postmortem."""
        loaded, _ = await self.documents.read(fact.postmortem_id, "")
        view = project(loaded.state, fact, (NOW, f"e-{loaded.version}"))
        handled = Handled(id=new_id(), at=NOW, reply=None)
        await self.documents.write(Change(key=view.id, version=loaded.version, state=view, handled=handled))

    async def put(self, n: int, event: type[Snapshot] = DraftCreated, **fields: Any) -> str:
        """Put one more fact about the n-th postmortem in; return its id."""
        id = postmortem_id("x", str(n))
        loaded, _ = await self.documents.read(id, "")
        fact = a_draft(event, postmortem_id=id, **fields)
        view = project(loaded.state, fact, (NOW + timedelta(minutes=n), f"e-{n}-{loaded.version}"))
        handled = Handled(id=new_id(), at=NOW, reply=None)
        await self.documents.write(Change(key=id, version=loaded.version, state=view, handled=handled))
        return id

    async def ids(self, reader: str = ANYBODY, **wanted: Any) -> list[str]:
        """Return what somebody is shown."""
        return [view.id for view in await self.library.listed(Wanted(reader=reader, now=NOW, **wanted))]


@pytest.fixture(params=["memory", "mongodb"])
async def shelf(request: pytest.FixtureRequest) -> AsyncIterator[Shelf]:
    if request.param == "memory":
        documents: InMemoryDocuments[View] = InMemoryDocuments(FixedClock(NOW))
        yield Shelf(FakeLibrary(documents), documents)
        return
    client = connect(request.getfixturevalue("mongo_url"))
    library = MongoLibrary(database(client, request.getfixturevalue("database_name")))
    await library.prepare()
    yield Shelf(library, library)
    client.close()


def changed(**fields: Any) -> dict[str, Any]:
    return {"event": AccessChanged, "changed_at": NOW, "changed_by": "owner@example.com"} | fields


async def test_a_restricted_postmortem_is_shown_to_whom_it_names_and_to_nobody_else(shelf: Shelf) -> None:
    opened, closed = await shelf.put(1), await shelf.put(2, **CLOSED)
    assert await shelf.ids() == [opened]
    for named in (READER, "owner@example.com", "responder@example.com"):
        assert await shelf.ids(named) == [closed, opened]
        assert await shelf.library.seen_by(named, closed)
    assert await shelf.library.seen_by(ANYBODY, closed) is None
    assert await shelf.library.seen_by(ANYBODY, opened)
    assert await shelf.library.seen_by(ANYBODY, postmortem_id("x", "nothing")) is None


@pytest.mark.parametrize(
    "wanted",
    [
        {"q": "checkout"},
        {"tag": "dns"},
        {"service": "checkout"},
        {"severity": "sev2"},
        {"status": "draft"},
        {"owner": "owner@example.com"},
    ],
)
async def test_no_way_of_searching_finds_it(shelf: Shelf, wanted: dict[str, str]) -> None:
    opened, closed = await shelf.put(1, tags=("dns",)), await shelf.put(2, tags=("dns",), **CLOSED)
    assert await shelf.ids(**wanted) == [opened]
    assert await shelf.ids(READER, **wanted) == [closed, opened]


async def test_pages_are_full_though_every_second_one_is_not_for_this_reader(shelf: Shelf) -> None:
    for n in range(9):
        await shelf.put(n, **(CLOSED if n % 2 else {}))
    first = await shelf.library.listed(Wanted(reader=ANYBODY, now=NOW, limit=3))
    assert [view.id for view in first] == [postmortem_id("x", str(n)) for n in (8, 6, 4)]
    assert first[-1].created_at
    after = (first[-1].created_at, first[-1].id)
    assert await shelf.ids(limit=3, after=after) == [postmortem_id("x", str(n)) for n in (2, 0)]
    assert len(await shelf.ids(READER, after=after)) == 4


async def test_what_is_closed_later_is_gone_at_once_and_back_when_it_is_opened(shelf: Shelf) -> None:
    id = await shelf.put(1)
    await shelf.put(1, **changed(**CLOSED))
    assert await shelf.ids() == []
    await shelf.put(1, **changed(restricted=False, access=2))
    assert await shelf.ids() == [id]
    await shelf.put(1, **changed(**CLOSED))
    assert await shelf.ids() == [id]


async def test_nobody_is_named_by_an_empty_restriction_but_its_people(shelf: Shelf) -> None:
    id = await shelf.put(1, restricted=True, access=1)
    assert await shelf.ids() == []
    assert await shelf.ids("owner@example.com") == [id]


async def test_a_tag_is_found_whole_among_others(shelf: Shelf) -> None:
    first = await shelf.put(1, tags=("dns", "retry storm"), severity=Severity.SEV1)
    second = await shelf.put(2, tags=("dns",))
    await shelf.put(3)
    assert await shelf.ids(tag="dns") == [second, first]
    assert await shelf.ids(tag="retry storm") == [first]
    assert await shelf.ids(tag="dns", severity="sev1") == [first]
    assert await shelf.ids(tag="dn") == []


async def test_a_view_that_was_stored_before_there_were_restrictions_is_still_listed(
    mongo_url: str, database_name: str
) -> None:
    client = connect(mongo_url)
    library = MongoLibrary(database(client, database_name))
    await library.prepare()
    shelf = Shelf(library, library)
    id = await shelf.put(1)
    gone = ("find.named", "find.tags", "state.draft.tags", "state.draft.restricted", "state.draft.access")
    await library.collection.update_one({"_id": id}, {"$unset": dict.fromkeys(gone, "")})
    assert await shelf.ids() == [id]
    assert await library.seen_by(ANYBODY, id)
    await shelf.put(1, **changed(**CLOSED))
    assert await shelf.ids() == []
    client.close()


SKIPPED: dict[str, Any] = {"event": PostmortemSkipped, "reason": "x", "skipped_by": "a@example.com", "skipped_at": NOW}
BACK: dict[str, Any] = {"event": PostmortemRequired, "reason": "x", "required_by": "a@example.com", "required_at": NOW}


async def test_what_is_skipped_is_listed_by_its_status_alone_and_goes_back_to_its_place_when_asked_for(
    shelf: Shelf,
) -> None:
    first, second, third = [await shelf.put(n) for n in (1, 2, 3)]
    for n in (1, 2):
        await shelf.put(n, **SKIPPED, toggles=1)
    assert await shelf.ids() == [third]
    assert await shelf.ids(q="checkout") == [third]
    assert await shelf.ids(status="skipped") == [second, first]
    assert await shelf.ids(status="skipped", after=(NOW + timedelta(minutes=2), second)) == [first]
    assert await shelf.library.seen_by(ANYBODY, first)
    assert set(await shelf.library.heads([first, third])) == {first, third}
    await shelf.put(1, **BACK, toggles=2, revision=2)
    assert await shelf.ids() == [third, first]


async def test_what_is_skipped_and_restricted_is_listed_for_whom_it_names(shelf: Shelf) -> None:
    id = await shelf.put(1, **SKIPPED, toggles=1, **CLOSED)
    assert (await shelf.ids(status="skipped"), await shelf.ids(READER, status="skipped")) == ([], [id])


async def test_the_list_is_narrowed_to_how_they_stand_to_their_deadlines(shelf: Shelf) -> None:
    hours = {"late": -1, "due_soon": 24, "on_time": 25}
    ids = {stands: await shelf.put(n, deadline=NOW + timedelta(hours=hours[stands])) for n, stands in enumerate(hours)}
    await shelf.put(9, **SKIPPED, toggles=1, deadline=NOW - timedelta(hours=1))
    for stands, id in ids.items():
        assert await shelf.ids(timeliness=stands) == [id]
    assert await shelf.ids(timeliness="done") == []
    assert await shelf.ids(timeliness="late", status="skipped") == []


MERGED: dict[str, Any] = {
    "event": PostmortemMerged,
    "into": postmortem_id("x", "other"),
    "merged_at": NOW,
    "merged_by": "a@example.com",
}


@pytest.mark.parametrize("before", [{}, {**SKIPPED, "toggles": 1}])
async def test_what_is_merged_is_listed_as_closed_and_nothing_is_due_of_it(
    shelf: Shelf, before: dict[str, Any]
) -> None:
    id = await shelf.put(1, **before, deadline=NOW - timedelta(hours=1))
    await shelf.put(1, **MERGED)
    assert await shelf.ids() == await shelf.ids(status="closed") == [id]
    assert await shelf.ids(status="skipped") == await shelf.ids(timeliness="late") == []
    await shelf.put(1, **(before or {**BACK, "toggles": 0}), revision=2, deadline=NOW - timedelta(hours=1))
    assert await shelf.ids(status="closed") == []
    assert await shelf.ids(**({"status": "skipped"} if before else {"timeliness": "late"})) == [id]


async def test_who_was_asked_to_review_is_told_to_whom_may_see_it(shelf: Shelf) -> None:
    ids = [await shelf.put(1), await shelf.put(2, **CLOSED), await shelf.put(3)]
    for n, id in enumerate(ids):
        asked = AskedReviewer(name="A", email="a@example.com", asked_at=NOW + timedelta(hours=n), due=NOW)
        await shelf.hear(
            ReviewersAssigned(postmortem_id=id, revision=1, reviewers=(asked,), assigned_at=NOW + timedelta(days=1))
        )
    parts = [
        Part(by="a@example.com", asked_at=NOW + timedelta(hours=n), due=NOW, passed_on=False) for n in range(len(ids))
    ]
    seen = await shelf.library.parts(READER, NOW)
    assert sorted(seen, key=lambda part: part.asked_at) == parts
    assert sorted(await shelf.library.parts(ANYBODY, NOW), key=lambda part: part.asked_at) == [parts[0], parts[2]]
    assert await shelf.library.parts(ANYBODY, NOW + timedelta(hours=2)) == [parts[2]]


async def test_what_may_be_related_shares_a_service_or_words_of_the_title_and_is_seen_by_the_reader(
    shelf: Shelf,
) -> None:
    own = await shelf.put(1, title="Connection pool of orders ran dry", services=("orders", "checkout"))
    service = await shelf.put(2, title="Something else", services=("checkout",), report={"impact": "É" * 9000})
    words = await shelf.put(3, title="The connection pool again", services=("search",))
    closed = await shelf.put(4, title="The connection pool again", services=("checkout",), **CLOSED)
    await shelf.put(5, title="Nothing", services=("dns",))
    await shelf.put(6, services=("checkout",), **SKIPPED, toggles=1)
    view = await shelf.library.seen_by(ANYBODY, own)
    assert view
    asked = neighbour_of(view)
    assert asked
    found = {each.id: each for each in await shelf.library.related(asked, ANYBODY, 10)}
    assert set(found) == {service, words}
    assert found[service] == neighbour_of(await seen(shelf, service))
    assert {each.id for each in await shelf.library.related(asked, READER, 10)} == {service, words, closed}
    assert [each.id for each in await shelf.library.related(asked, READER, 1)] == [closed]


async def seen(shelf: Shelf, id: str) -> View:
    """Return what the library has of one."""
    view = await shelf.library.seen_by(ANYBODY, id)
    assert view
    return view


async def test_what_was_imported_stands_by_its_own_date_and_is_done_also_behind_a_cursor(shelf: Shelf) -> None:
    draft = await shelf.put(1)
    ids = [await shelf.put(n, **an_import(NOW - timedelta(days=n * 365))) for n in (2, 3)]
    assert await shelf.ids() == [draft, *ids]
    assert await shelf.ids(timeliness="done") == await shelf.ids(status="published") == ids
    assert await shelf.ids(timeliness="late") == []
    assert await shelf.ids(timeliness="done", after=(NOW - timedelta(days=2 * 365), ids[0])) == [ids[1]]
    await shelf.put(2, **an_import(NOW - timedelta(days=4 * 365)), revision=2)
    assert await shelf.ids() == [draft, *reversed(ids)]


def an_import(at: datetime) -> dict[str, Any]:
    origin = ImportedFrom(source="a.md", dated_at=at, at=NOW, by="admin@example.com")
    return {"event": PostmortemImported, "imported": origin}
