"""One table for what is found in the library: the one in memory and the one in MongoDB find the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.gateway.domain.atom import Chosen
from services.gateway.domain.restriction import sees
from services.gateway.domain.view import View, project
from services.gateway.ports import Library, Queued
from services.gateway.store import MongoLibrary
from shared.contracts.base import Message, postmortem_id
from shared.contracts.events import DraftCreated, MeetingScheduled, Published, ReviewersAssigned, ReviewRequested
from shared.contracts.values import AskedReviewer
from shared.messaging.documents import Change, Handled
from shared.mongo import connect, database
from shared.testing import FixedClock, InMemoryDocuments
from tests.helpers.builders import NOW, REPORT, a_draft
from tests.helpers.library import FakeLibrary

A, B, C, D, NONE = (postmortem_id("x", name) for name in "ABCD-")
ANYBODY, READER = "anybody@example.com", "reader@example.com"


def at(hours: int) -> dict[str, object]:
    return {"start": NOW + timedelta(hours=hours), "end": NOW + timedelta(hours=hours, minutes=30)}


def told(id: str, hours: int, severity: str, restricted: bool = False) -> tuple[Message, ...]:
    """What became of a postmortem: submitted, met about and published so many hours later."""
    about = {"postmortem_id": id, "severity": severity, "restricted": restricted, "readers": (READER,)}
    reviewers = (AskedReviewer(name="D", email=f"{severity}@example.com"),)
    return (
        a_draft(DraftCreated, **about),
        a_draft(ReviewRequested, **about, requested_at=NOW + timedelta(hours=hours), requested_by=READER),
        ReviewersAssigned(postmortem_id=id, revision=1, reviewers=reviewers, assigned_at=NOW),
        MeetingScheduled.model_validate(
            {"postmortem_id": id, "uid": id, "timezone": "UTC", "status": "scheduled", "sequence": 0, **at(hours)}
            | {"url": "https://x.example.com", "join_url": "https://m.example.com", "title": "t"}
        ),
    )


def published(id: str, hours: int, severity: str) -> Published:
    return Published.model_validate(
        {"postmortem_id": id, "revision": 1, "content_hash": "x", "published_at": NOW + timedelta(hours=hours)}
        | {"title": "t", "severity": severity, "services": [severity], "report": REPORT, "lists": [], "recipients": 1}
    )


def a_view(id: str, *facts: Message) -> View:
    view = View(id=id)
    for n, fact in enumerate(facts):
        view = project(view, fact, (NOW, f"e-{n}"))
    return view


VIEWS = [
    a_view(A, *told(A, 1, "sev1")),
    a_view(B, *told(B, 2, "sev2")),
    a_view(C, *told(C, 3, "sev1", restricted=True)),
    a_view(D, *told(D, 4, "sev2"), published(D, 4, "sev2")),
    a_view(NONE, told(NONE, 5, "sev1")[3]),
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
    await store.prepare()
    for view in VIEWS:
        await store.write(
            Change(key=view.id, version=0, state=view, unsaid=[], handled=Handled(id="1", at=NOW, reply=None))
        )
    yield store
    client.close()


async def test_heads_are_those_of_drafted_postmortems_and_enough_to_decide_who_sees_them(library: Library) -> None:
    heads = await library.heads([A, C, NONE, "unknown"])
    assert heads.keys() == {A, C}
    for id, view in heads.items():
        (whole,) = (each for each in VIEWS if each.id == id)
        for email in (ANYBODY, READER, "owner@example.com", "responder@example.com", "sev1@example.com"):
            assert sees(email, view) is sees(email, whole)


@pytest.mark.parametrize(
    ("state", "reviewer", "seen_by", "found"),
    [
        ("in_review", None, ANYBODY, [A, B]),
        ("in_review", None, READER, [A, B, C]),
        ("in_review", "sev2@example.com", READER, [B]),
        ("in_review", "sev3@example.com", READER, []),
        ("approved", None, READER, []),
    ],
)
async def test_the_queue_has_what_waits_the_longest_first(
    library: Library, state: str, reviewer: str | None, seen_by: str, found: list[str]
) -> None:
    views = await library.queued(Queued(state=state, reviewer=reviewer), seen_by)
    assert [view.id for view in views] == found


async def test_the_queue_goes_on_behind_the_last_one_seen(library: Library) -> None:
    (first,) = await library.queued(Queued(state="in_review", limit=1), READER)
    assert first.review.requested_at
    after = (first.review.requested_at, first.id)
    assert [view.id for view in await library.queued(Queued(state="in_review", after=after), READER)] == [B, C]


async def test_meetings_come_in_their_order_without_those_long_past(library: Library) -> None:
    ids = [view.id for view in await library.meetings(NOW + timedelta(hours=1), READER)]
    assert ids == [A, B, C, D]
    assert [view.id for view in await library.meetings(NOW + timedelta(hours=2, minutes=30), ANYBODY)] == [D]


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (Chosen(), [D]),
        (Chosen(service="sev2", severity="sev2"), [D]),
        (Chosen(service="checkout"), []),
        (Chosen(severity="sev1"), []),
    ],
)
async def test_publications_are_found_by_what_they_were_published_as(
    library: Library, chosen: Chosen, found: list[str]
) -> None:
    views = await library.published(chosen, ANYBODY, 10)
    assert [view.id for view in views] == found
    assert all(view.publication and view.publication.overview for view in views)
