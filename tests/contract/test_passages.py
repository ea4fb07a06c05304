"""One table for how far postmortems have come: the library in memory and the one in MongoDB tell alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import pytest

from services.gateway.domain.facets import ReviewView
from services.gateway.domain.patterns import Patterns, Remarks, heard
from services.gateway.domain.view import View
from services.gateway.ports import Library
from services.gateway.store import MongoLibrary
from shared.contracts.action_items import ActionItem
from shared.contracts.base import Severity, derived_id
from shared.contracts.coaching import RevisionChecked
from shared.contracts.events import Snapshot
from shared.contracts.values import Incident
from shared.messaging.documents import Change, Handled
from shared.mongo import connect, database
from shared.testing import FixedClock, in_memory
from tests.helpers.builders import NOW, PM, a_draft, a_remark, an_item
from tests.helpers.library import FakeLibrary

DAY = timedelta(days=1)


def a_view(
    n: int,
    resolved: datetime | None,
    severity: Severity = Severity.SEV2,
    service: str = "search",
    restricted: bool = False,
) -> View:
    id = f"{n:08x}-0000-5000-8000-000000000000"
    incident = Incident(source="tool", external_id=str(n), resolved_at=resolved)
    fields = {
        "postmortem_id": id,
        "incident": incident,
        "severity": severity,
        "services": (service,),
        "restricted": restricted,
    }
    return View(id=id, draft=a_draft(Snapshot, **fields), created_at=NOW)


CHECK = RevisionChecked(postmortem_id=PM, revision=2, content_hash="x", remarks=(a_remark(),), at=NOW)


def some_items(*ended: datetime | None) -> tuple[ActionItem, ...]:
    """Return items that ended then, or are open."""
    return tuple(
        an_item(
            id=derived_id("item", str(at)),
            state="done" if at else "in_progress",
            created_at=NOW - 30 * DAY,
            done_at=at,
            updated_at=at or NOW - 30 * DAY,
        )
        for at in ended
    )


VIEWS = (
    a_view(1, NOW).changed(
        review=ReviewView(patterns=heard(Patterns(), CHECK, (NOW, "e"))),
        action_items=some_items(None, NOW - DAY, NOW - 9 * DAY),
    ),
    a_view(2, NOW - DAY, Severity.SEV1).changed(action_items=some_items(NOW - 2 * DAY + timedelta(microseconds=5))),
    a_view(3, NOW - 2 * DAY, service="checkout"),
    a_view(4, None),
    a_view(6, NOW - 5 * DAY, restricted=True).changed(action_items=some_items(None)),
    View(id="00000005-0000-5000-8000-000000000000"),
)


@pytest.fixture(params=["memory", "mongodb"])
async def library(request: pytest.FixtureRequest) -> AsyncIterator[Library]:
    if request.param == "memory":
        _repository, documents, _ = in_memory("gateway", FixedClock(NOW))
        documents.states = {view.id: view for view in VIEWS}
        yield FakeLibrary(documents)
        return
    client = connect(request.getfixturevalue("mongo_url"))
    store = MongoLibrary(database(client, request.getfixturevalue("database_name")))
    await store.prepare()
    for view in VIEWS:
        await store.write(Change(key=view.id, version=0, state=view, handled=Handled(id="e", at=NOW, reply=None)))
    yield store
    client.close()


async def ended(library: Library, since: datetime, until: datetime, *of: str | None) -> Sequence[datetime]:
    severity, service = of or (None, None)
    return sorted(
        each.resolved for each in await library.passages("reader@example.com", since, until, severity, service)
    )


async def test_the_time_holds_its_beginning_and_not_its_end(library: Library) -> None:
    assert await ended(library, NOW - 2 * DAY, NOW) == [NOW - 2 * DAY, NOW - DAY]
    assert await ended(library, NOW, NOW + DAY) == [NOW]


async def test_severity_and_service_narrow_it(library: Library) -> None:
    everything = (NOW - 9 * DAY, NOW + DAY)

    assert await ended(library, *everything, "sev1", None) == [NOW - DAY]
    assert await ended(library, *everything, None, "checkout") == [NOW - 2 * DAY]
    assert await ended(library, *everything, "sev1", "checkout") == []


async def test_a_passage_comes_back_as_it_was(library: Library) -> None:
    (found,) = await library.passages("owner@example.com", NOW, NOW + DAY, None, None)

    assert (found.severity, found.services, found.status, found.draft) == (Severity.SEV2, ("search",), "draft", NOW)


async def test_what_was_remarked_on_comes_with_it(library: Library) -> None:
    passages = await library.passages("reader@example.com", NOW - DAY, NOW + DAY, None, None)
    found = sorted(passages, key=lambda each: each.resolved)

    counts = {"overview/counterfactual/warning": 1}
    biases = {"counterfactual": "hindsight bias"}
    assert [each.remarks for each in found] == [None, Remarks(first=counts, last=counts, biases=biases)]


async def test_who_is_not_named_learns_nothing_of_a_restricted_one(library: Library) -> None:
    window = (NOW - 6 * DAY, NOW - 4 * DAY, None, None)

    assert await library.passages("reader@example.com", *window) == []
    assert len(await library.passages("owner@example.com", *window)) == 1


async def ended_items(library: Library, reader: str, since: datetime, *of: str | None) -> list[datetime | None]:
    severity, service = of or (None, None)
    found = [each.ended_at for each in await library.followed(reader, since, severity, service)]
    return sorted(found, key=lambda at: at or NOW + DAY)


async def test_items_are_followed_that_were_open_since_then(library: Library) -> None:
    second = NOW - 2 * DAY + timedelta(microseconds=5)
    reader = "reader@example.com"

    assert await ended_items(library, reader, NOW - 3 * DAY) == [second, NOW - DAY, None]
    assert await ended_items(library, reader, second) == [second, NOW - DAY, None]
    assert await ended_items(library, reader, second + timedelta(microseconds=1)) == [NOW - DAY, None]
    assert await ended_items(library, reader, NOW) == [None]
    assert await ended_items(library, reader, NOW - 3 * DAY, "sev1", None) == [second]
    assert await ended_items(library, reader, NOW - 3 * DAY, None, "checkout") == []


async def test_items_of_a_restricted_one_are_followed_for_whom_it_names(library: Library) -> None:
    assert await ended_items(library, "owner@example.com", NOW) == [None, None]


async def test_a_passage_of_before_there_were_checks_is_still_read(mongo_url: str, database_name: str) -> None:
    client = connect(mongo_url)
    store = MongoLibrary(database(client, database_name))
    handled = Handled(id="e", at=NOW, reply=None)
    await store.write(Change(key=VIEWS[0].id, version=0, state=VIEWS[0], handled=handled))
    later = ("remarks", "id", "title", "asked", "answered", "factors")
    unset = {f"find.passage.{name}": "" for name in later}
    await store.collection.update_one({}, {"$unset": {**unset, "state.review.patterns": ""}})
    (found,) = await store.passages("reader@example.com", NOW, NOW + DAY, None, None)
    assert (found.remarks, found.id, found.factors) == (None, "", ())
    client.close()
