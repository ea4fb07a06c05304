"""One table for the list of action items across postmortems: memory and MongoDB find the same, for the same people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from services.gateway.domain.facets import ReviewView
from services.gateway.domain.restriction import sees
from services.gateway.domain.view import View, project
from services.gateway.ports import Library, WantedItems
from services.gateway.store import MongoLibrary
from shared.contracts.action_items import ActionItem
from shared.contracts.base import Owner, Person, Severity, derived_id, postmortem_id
from shared.contracts.decision import Decision
from shared.contracts.events import DraftCreated, TimelineExtended
from shared.contracts.values import AskedReviewer
from shared.messaging.documents import Repository
from shared.messaging.outbox import Relay
from shared.mongo import connect, database
from shared.testing import FakeBus, FixedClock, InMemoryDocuments, received
from tests.helpers.builders import NOW, a_draft, an_item
from tests.helpers.library import FakeLibrary

STATES = ("open", "in_progress", "done", "wont_do")
ADA, BEN = (Owner(name=name, email=f"{name}@example.com") for name in ("ada", "ben"))
NAMED = ("owner@example.com", "responder@example.com", "late@example.com", "dina@example.com", "reader@example.com")
NOBODY = "nobody@example.com"


def items(n: int) -> tuple[ActionItem, ...]:
    """Four items, one in each state, due one after the other; two postmortems share each due date."""
    return tuple(
        an_item(
            id=derived_id("item", str(n), state),
            state=state,
            owner=(ADA, BEN)[(m + n) % 2],
            due=NOW + timedelta(days=m - 1 + n // 2, microseconds=1500),
            created_at=NOW + timedelta(seconds=m),
        )
        for m, state in enumerate(STATES)
    )


def a_view(n: int, **fields: Any) -> View:
    draft = a_draft(DraftCreated, postmortem_id=postmortem_id("x", str(n)), **fields)
    late = TimelineExtended(
        postmortem_id=draft.postmortem_id,
        timeline=(),
        people=(Person(name="Late", email="late@example.com"), Person(name="No Address")),
        incident=draft.incident,
    )
    view = project(project(None, draft, (NOW, "e-1")), late, (NOW, "e-2"))
    reviewers = (AskedReviewer(name="Dina", email="dina@example.com"),)
    return view.changed(action_items=items(n), review=ReviewView(reviewers=reviewers))


VIEWS = (
    a_view(0, severity=Severity.SEV1, services=("checkout", "search")),
    a_view(1, services=("search",)).changed(incident=None),
    a_view(2, restricted=True, readers=("reader@example.com",)),
    View(id=postmortem_id("x", "no draft"), action_items=items(9)),
)


@pytest.fixture(params=["memory", "mongodb"])
async def library(request: pytest.FixtureRequest) -> AsyncIterator[Library]:
    clock, client = FixedClock(NOW), None
    documents: Any = InMemoryDocuments(clock)
    kept: Library = FakeLibrary(documents)
    if request.param == "mongodb":
        client = connect(request.getfixturevalue("mongo_url"))
        documents = kept = MongoLibrary(database(client, request.getfixturevalue("database_name")))
        await documents.prepare()
    repository: Repository[View] = Repository("gateway", documents, Relay(documents, FakeBus().publish), clock)
    for view in VIEWS:
        cause = received(a_draft(DraftCreated, postmortem_id=view.id))
        await repository.commit(await repository.load(cause), Decision(state=view), cause)
    yield kept
    if client:
        client.close()


async def found(library: Library, reader: str = NOBODY, **wanted: Any) -> list[tuple[str, str]]:
    listed = await library.items(WantedItems(reader=reader, now=NOW, **wanted))
    return [(each.postmortem_id, each.item.id) for each in listed]


def expected(reader: str, *, views: tuple[View, ...] = VIEWS, states: tuple[str, ...] = STATES) -> list[Any]:
    """What a reader may see of these views and states, by due date."""
    rows = [
        (item.due, item.id, view.id)
        for view in views
        if sees(reader, view)
        for item in view.action_items
        if item.state in states
    ]
    return [(view_id, item_id) for _, item_id, view_id in sorted(rows)]


async def test_what_is_due_first_comes_first_and_each_item_is_whole(library: Library) -> None:
    listed = await library.items(WantedItems(reader=NOBODY, now=NOW))
    assert [(each.postmortem_id, each.item.id) for each in listed] == expected(NOBODY)
    assert len(listed) == 8
    by_id = {item.id: item for view in VIEWS for item in view.action_items}
    assert all(each.item == by_id[each.item.id] for each in listed)
    drafts = {view.id: (view, view.draft) for view in VIEWS}
    told = {id: view.incident or (draft and draft.incident) for id, (view, draft) in drafts.items()}
    assert all(each.incident == told[each.postmortem_id] for each in listed)
    first = next(each for each in listed if each.postmortem_id == VIEWS[0].id)
    assert (first.title, first.severity, first.services) == ("Checkout answers slowly", "sev1", ("checkout", "search"))


@pytest.mark.parametrize("reader", [*NAMED, NOBODY])
async def test_items_of_a_restricted_postmortem_are_seen_by_whom_the_postmortem_is(
    library: Library, reader: str
) -> None:
    assert await found(library, reader) == expected(reader)
    assert len(await found(library, reader)) == (8 if reader == NOBODY else 12)


@pytest.mark.parametrize("state", STATES)
async def test_they_are_found_by_state(library: Library, state: str) -> None:
    assert await found(library, state=state) == expected(NOBODY, states=(state,))


async def test_they_are_found_by_owner_severity_and_service_together(library: Library) -> None:
    assert await found(library, severity="sev1") == expected(NOBODY, views=VIEWS[:1])
    assert await found(library, service="checkout") == expected(NOBODY, views=VIEWS[:1])
    assert await found(library, service="search") == expected(NOBODY)
    both = {*(await found(library, owner="ada@example.com")), *(await found(library, owner="ben@example.com"))}
    assert both == set(expected(NOBODY))
    alone = await found(library, owner="ada@example.com", severity="sev1", state="open")
    assert alone == expected(NOBODY, views=VIEWS[:1], states=("open",))
    assert await found(library, owner="ben@example.com", severity="sev1", state="open") == []


async def test_overdue_is_what_is_due_by_now_and_neither_done_nor_given_up(library: Library) -> None:
    late = await found(library, overdue=True)
    assert late == expected(NOBODY, states=("open",))
    assert await found(library, overdue=False) == [each for each in expected(NOBODY) if each not in late]
    assert await found(library, overdue=True, state="done") == []


async def test_pages_together_are_the_list(library: Library) -> None:
    seen: list[tuple[str, str]] = []
    after = None
    while page := await library.items(WantedItems(reader=NOBODY, now=NOW, after=after, limit=3)):
        seen += [(each.postmortem_id, each.item.id) for each in page]
        after = page[-1].item.due, page[-1].item.id
    assert seen == expected(NOBODY)
