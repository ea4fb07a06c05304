"""One table for days: the library in memory and the one in MongoDB find the same to do and the same meetings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.gateway.domain.view import View
from services.gateway.ports import Library
from services.gateway.ports.days import Span
from services.gateway.store import MongoLibrary, days
from shared.contracts.base import Owner
from shared.contracts.skipping import PostmortemSkipped
from shared.messaging.documents import Change, Handled
from shared.mongo import Row, connect, database
from shared.testing import FixedClock, InMemoryDocuments
from tests.helpers.builders import NOW, a_draft
from tests.helpers.days import (
    ENGINEER,
    REVIEWER,
    approved,
    asked,
    attendee,
    changes,
    id_of,
    life,
    meets,
    off,
    published,
    requested,
)
from tests.helpers.library import FakeLibrary

HOUR = timedelta(hours=1)
ME, ANYBODY, READER = ENGINEER.email, "anybody@example.com", "reader@example.com"
CLOSED: dict[str, Any] = {"restricted": True, "readers": (READER,)}


def mine(hours: int) -> dict[str, Any]:
    return {"owner": ENGINEER, "deadline": NOW + HOUR * hours}


def skipped(about: dict[str, Any]) -> PostmortemSkipped:
    given = {"reason": "No incident.", "skipped_by": ME, "skipped_at": NOW}
    return a_draft(PostmortemSkipped, **about | {"toggles": 1}, **given)  # type: ignore[no-any-return]


VIEWS = [
    life(1, **mine(9)),
    life(2, requested, asked(REVIEWER), changes, **mine(1)),
    life(3, requested, asked(REVIEWER), approved, meets(NOW + HOUR, attendee()), **mine(5)),
    life(4, requested, asked(REVIEWER), **mine(7)),
    life(5, requested, asked(REVIEWER), approved, published(NOW), meets(NOW - HOUR), **mine(2)),
    life(6, skipped, **mine(3)),
    life(7, meets(NOW + HOUR * 2, attendee()), off, owner=Owner(name="Else", email="else@example.com")),
    life(8, meets(NOW + HOUR * 3, attendee()), **CLOSED),
    life(9, meets(NOW + HOUR * 4, attendee(READER))),
]


@pytest.fixture(params=["memory", "mongodb"])
async def library(request: pytest.FixtureRequest) -> AsyncIterator[Library]:
    if request.param == "memory":
        documents: InMemoryDocuments[View] = InMemoryDocuments(FixedClock(NOW))
        documents.states = {view.id: view for view in VIEWS}
        yield FakeLibrary(documents)
        return
    client = connect(request.getfixturevalue("mongo_url"))
    store = MongoLibrary(database(client, request.getfixturevalue("database_name")))
    await fill(store, VIEWS)
    yield store
    client.close()


async def fill(store: MongoLibrary, views: Sequence[View]) -> None:
    await store.prepare()
    for view in views:
        handled = Handled(id="1", at=NOW, reply=None)
        await store.write(Change(key=view.id, version=0, state=view, unsaid=[], handled=handled))


def ids(*numbers: int) -> list[str]:
    return [id_of(n) for n in numbers]


async def test_what_somebody_has_to_bring_to_publication_comes_by_deadline(library: Library) -> None:
    found = await library.unfinished(ME, 10)
    assert [view.id for view in found] == ids(2, 3, 4, 1)
    assert [view.status() for view in found] == ["changes_requested", "approved", "in_review", "draft"]
    assert [view.id for view in await library.unfinished(ME, 2)] == ids(2, 3)
    assert await library.unfinished(ANYBODY, 10) == []


@pytest.mark.parametrize(
    ("since", "until", "seen_by", "attendee", "found"),
    [
        (-2, 9, ANYBODY, None, (5, 3, 7, 9)),
        (-2, 9, READER, None, (5, 3, 7, 8, 9)),
        (-2, 9, READER, READER, (9,)),
        (-2, 9, ANYBODY, ME, (3, 7)),
        (0, 2, ANYBODY, None, (3,)),
        (1, 3, READER, None, (3, 7)),
        (5, 9, READER, None, ()),
    ],
)
async def test_meetings_that_fall_into_a_time_are_found_by_whoever_may_see_them(
    library: Library, since: int, until: int, seen_by: str, attendee: str | None, found: tuple[int, ...]
) -> None:
    span = Span(since=NOW + HOUR * since, until=NOW + HOUR * until, attendee=attendee)
    assert [view.id for view in await library.meetings_between(span, seen_by)] == ids(*found)


async def test_no_more_meetings_are_read_than_are_asked_for(library: Library) -> None:
    span = Span(since=NOW - HOUR * 2, until=NOW + HOUR * 9, limit=2)
    assert [view.id for view in await library.meetings_between(span, READER)] == ids(5, 3)


async def test_each_question_is_answered_in_its_order_by_its_index(mongo_url: str, database_name: str) -> None:
    client = connect(mongo_url)
    store = MongoLibrary(database(client, database_name))
    others = [life(n, meets(NOW + HOUR, attendee(f"{n}@example.com"))) for n in range(20, 60)]
    await fill(store, [*VIEWS, *others])
    span = Span(since=NOW, until=NOW + HOUR * 9, attendee=ME)
    owned = [{"$match": days.of_owned(ME)}, {"$sort": days.BY_DEADLINE}]
    for steps, index in ((owned, "'owned'"), (days.of_span(span, ME), "'attending'")):
        command: Row = {"aggregate": store.collection.name, "pipeline": steps, "cursor": {}}
        plan = str(await store.collection.database.command("explain", command, verbosity="queryPlanner"))
        used = plan.partition("'winningPlan'")[2].partition("'rejectedPlans'")[0]
        assert index in used
        assert "'SORT'" not in used
    client.close()
