"""One table for what is counted of reviews: in memory and in MongoDB alike, and there from the index alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.review.domain import Load, Review, State, waits_for
from services.review.domain.turns import Turn
from services.review.store import MongoReviews
from shared.contracts.events import Snapshot
from shared.contracts.values import Approval, AskedReviewer
from shared.messaging.documents import Change, Handled
from shared.mongo import Row, connect, database
from shared.testing import FixedClock
from tests.helpers.builders import NOW, a_snapshot
from tests.unit.review.fakes import InMemoryReviews

A, B, C = "a@example.com", "b@example.com", "c@example.com"
SINCE = (NOW - timedelta(days=90)).date()
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


async def write(reviews: Store, *found: Review, prefix: str = "") -> None:
    for n, state in enumerate(found):
        handled = Handled(id=f"{prefix}{n}", at=NOW, reply=None)
        await reviews.write(Change(key=f"{prefix}{n}", version=0, state=state, handled=handled))


MANY = (
    a_review(turn(A), turn(B, verdict=True), approved=(B,)),
    a_review(turn(A), turn(C)),
    a_review(turn(A, 89, verdict=True, published=True), turn(B, 91, verdict=True), state=State.PUBLISHED),
    a_review(turn(A, 400, verdict=True, published=True), turn(C, 400), state=State.PUBLISHED),
    a_review(turn(B, 90), state=State.CHANGES_REQUESTED),
    a_review(turn(A, 500, verdict=True, published=True), turn(A, 3, round=7), state=State.WAITING),
    a_review(turn(C, verdict=True, published=True, asked_at=None), state=State.PUBLISHED),
)


async def test_nobody_has_anything_to_do_before_somebody_was_asked(reviews: Store) -> None:
    assert await reviews.workload(SINCE, NOW) == {}
    await write(reviews, a_review(state=State.WAITING))
    assert await reviews.workload(SINCE, NOW) == {}


async def test_everybody_s_part_is_counted_over_all_reviews(reviews: Store) -> None:
    await write(reviews, *MANY)
    assert await reviews.workload(SINCE, NOW) == {A: Load(2, 4), B: Load(0, 2), C: Load(1, 1)}
    assert (await reviews.workload(NOW.date(), NOW))[A] == Load(2, 0)
    assert await reviews.workload(SINCE, NOW) == {A: Load(2, 4), B: Load(0, 2), C: Load(1, 1)}


async def test_who_was_asked_after_the_others_were_counted_is_counted_too(reviews: Store) -> None:
    await write(reviews, *MANY)
    for minute in range(1, 6):
        now = NOW + timedelta(minutes=minute)
        await write(reviews, a_review(turn(B, asked_at=now)), prefix=f"{minute}.")
        assert (await reviews.workload(SINCE, now))[B] == Load(minute, 2 + minute)


async def test_as_days_go_by_they_count_no_more(reviews: Store) -> None:
    await write(reviews, *MANY)
    for days, recent in ((0, 4), (1, 4), (2, 3), (87, 3), (88, 2), (89, 2), (90, 0)):
        since, now = SINCE + timedelta(days=days), NOW + timedelta(days=days)
        assert (await reviews.workload(since, now))[A] == Load(2, recent), days


async def test_those_who_ask_at_once_are_all_answered(reviews: Store) -> None:
    await write(reviews, *MANY)
    asked = await asyncio.gather(*(reviews.workload(SINCE, NOW) for _ in range(5)))
    assert asked == [{A: Load(2, 4), B: Load(0, 2), C: Load(1, 1)}] * 5


@pytest.fixture
async def store(mongo_url: str, database_name: str) -> AsyncIterator[MongoReviews]:
    client = connect(mongo_url)
    yield MongoReviews(database(client, database_name))
    client.close()


async def test_no_review_is_read_for_it_and_of_the_index_only_what_is_new(store: MongoReviews) -> None:
    await store.prepare()
    own = store.collection.database
    await write(store, *(a_review(turn(A), turn(B, verdict=True, published=True)) for _ in range(20)))
    await write(store, *(a_review(turn(A), state=State.PUBLISHED) for _ in range(30)), prefix="old")
    await own.command("profile", 2)
    for _ in range(2):
        assert await store.workload(SINCE, NOW) == {A: Load(20, 50), B: Load(20, 20)}
    await own.command("profile", 0)
    seen = await own["system.profile"].find({"command.aggregate": "reviews"}).to_list(None)
    read = Counter((each["planSummary"], each["docsExamined"], each["keysExamined"]) for each in seen)
    waiting, asked = "IXSCAN { find.waiting: 1 }", "IXSCAN { find.asked: 1 }"
    assert read == {(asked, 0, 50): 1, (waiting, 0, 20): 2, (asked, 0, 0): 2}


async def test_another_process_counts_what_this_one_wrote(store: MongoReviews, mongo_url: str) -> None:
    await store.prepare()
    client = connect(mongo_url)
    other = MongoReviews(database(client, store.collection.database.name))
    assert await other.workload(SINCE, NOW) == {}
    await write(store, a_review(turn(A, 0)))
    assert await other.workload(SINCE, NOW) == {A: Load(1, 1)}
    client.close()


def older(row: Row) -> Row:
    """Return what the version before had beside a review."""
    state = Review.model_validate(row["state"])
    turns = [
        {"by": turn.email, "at": turn.asked_at, "open": turn.email in waits_for(state), "done": turn.published}
        for turn in state.turns
    ]
    return {"load": {"turns": turns}} if turns else {}


async def make_older(store: MongoReviews) -> dict[str, Row]:
    """Put all reviews back to what the version before wrote; return what this one had."""
    found = {row["_id"]: row["find"] async for row in store.collection.find({})}
    async for row in store.collection.find({}):
        await store.collection.update_one({"_id": row["_id"]}, {"$set": {"find": older(row)}})
    return found


async def test_what_an_older_version_wrote_is_filled_in(store: MongoReviews) -> None:
    await write(store, *MANY, a_review(state=State.WAITING))
    found = await make_older(store)
    await store.prepare()
    assert {row["_id"]: row["find"] async for row in store.collection.find({})} == found
    assert await store.workload(SINCE, NOW) == {A: Load(2, 4), B: Load(0, 2), C: Load(1, 1)}
    assert await store.fill() == 0


async def test_what_an_older_version_writes_beside_this_one_is_counted_once_it_is_filled_in(
    store: MongoReviews,
) -> None:
    await store.prepare()
    assert await store.workload(SINCE, NOW) == {}
    await write(store, *MANY)
    await make_older(store)
    assert await store.fill() == len(MANY)
    assert await store.workload(SINCE, NOW) == {A: Load(2, 4), B: Load(0, 2), C: Load(1, 1)}
