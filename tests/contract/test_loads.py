"""One table for what is counted of reviews: in memory and in MongoDB alike, and there from the index alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.review.domain import Load, Review, State
from services.review.domain.turns import Turn
from services.review.store import MongoReviews
from shared.contracts.events import Snapshot
from shared.contracts.values import Approval, AskedReviewer
from shared.messaging.documents import Change, Handled
from shared.mongo import connect, database
from shared.testing import FixedClock
from tests.helpers.builders import NOW, a_snapshot
from tests.unit.review.fakes import InMemoryReviews

A, B, C = "a@example.com", "b@example.com", "c@example.com"
SINCE = NOW - timedelta(days=90)
Store = InMemoryReviews | MongoReviews


@pytest.fixture(params=["memory", "mongodb"])
async def reviews(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield InMemoryReviews(FixedClock(NOW))
        return
    client = connect(request.getfixturevalue("mongo_url"))
    store = MongoReviews(database(client, request.getfixturevalue("database_name")))
    for _ in range(2):  # safe to repeat
        await store.prepare()
    yield store
    client.close()


def turn(email: str, days: int = 1, verdict: bool = False, **fields: object) -> Turn:
    """Somebody's turn, asked so many days ago."""
    at = NOW - timedelta(days=days)
    return Turn.model_validate({"email": email, "asked_at": at, "verdict_at": at if verdict else None, **fields})


def a_review(*turns: Turn, state: State = State.IN_REVIEW, approved: tuple[str, ...] = ()) -> Review:
    return Review(
        state=state,
        draft=Snapshot(**a_snapshot()),
        reviewers=tuple(AskedReviewer(name="X", email=each.email) for each in turns if each.asked_at),
        approvals=tuple(Approval(name="X", email=email, at=NOW) for email in approved),
        turns=turns,
    )


async def write(reviews: Store, *found: Review) -> None:
    for n, state in enumerate(found):
        handled = Handled(id=f"{n}", at=NOW, reply=None)
        await reviews.write(Change(key=f"{n}", version=0, state=state, handled=handled))


async def test_nobody_has_anything_to_do_before_somebody_was_asked(reviews: Store) -> None:
    assert await reviews.workload(SINCE) == {}
    await write(reviews, a_review(state=State.WAITING))
    assert await reviews.workload(SINCE) == {}


async def test_everybody_s_part_is_counted_over_all_reviews(reviews: Store) -> None:
    await write(
        reviews,
        a_review(turn(A), turn(B, verdict=True), approved=(B,)),
        a_review(turn(A), turn(C)),
        a_review(turn(A, 89, verdict=True, published=True), turn(B, 91, verdict=True), state=State.PUBLISHED),
        a_review(turn(A, 400, verdict=True, published=True), turn(C, 400), state=State.PUBLISHED),
        a_review(turn(B, 90), state=State.CHANGES_REQUESTED),
        a_review(turn(A, 500, verdict=True, published=True), turn(A, 3, round=7), state=State.WAITING),
        a_review(turn(C, verdict=True, published=True, asked_at=None), state=State.PUBLISHED),
    )
    assert await reviews.workload(SINCE) == {A: Load(2, 4, 3), B: Load(0, 2, 0), C: Load(1, 1, 1)}
    assert (await reviews.workload(NOW))[A] == Load(2, 0, 3)


async def test_no_review_is_read_for_it(mongo_url: str, database_name: str) -> None:
    client = connect(mongo_url)
    own = database(client, database_name)
    store = MongoReviews(own)
    await store.prepare()
    await write(store, *(a_review(turn(A), turn(B, verdict=True, published=True)) for _ in range(20)))
    await own.command("profile", 2)
    await store.workload(SINCE)
    await own.command("profile", 0)
    (seen,) = await own["system.profile"].find({"command.aggregate": "reviews"}).to_list(None)
    assert (seen["docsExamined"], seen["planSummary"]) == (0, "IXSCAN { find.load: 1 }")
    client.close()
