"""The timer of a review in MongoDB: it stands in the document, so that it rings whoever is there by then, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from services.review.domain import Membership
from services.review.handlers import on_due
from services.review.ports import Deps, Reviews
from services.review.store import MongoCommunity, MongoReviews
from shared.contracts.community import reviewer_id
from shared.contracts.events import DraftCreated, ReviewRequested
from shared.contracts.review_notices import ReviewNotice
from shared.messaging.documents import Repository
from shared.messaging.outbox import Relay
from shared.messaging.timers import Timers
from shared.mongo import Database, connect, database
from shared.testing import FakeBus, FixedClock, InMemoryDocuments
from tests.helpers.builders import NOW, PM, a_draft
from tests.unit.review.passing_time import DAY, PRACTICE, meeting
from tests.unit.review.test_handlers import COMMUNITY, hear

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def mongo(mongo_url: str, database_name: str) -> AsyncIterator[Database]:
    client = connect(mongo_url)
    yield database(client, database_name)
    client.close()


def started(mongo: Database, clock: FixedClock, bus: FakeBus) -> tuple[Deps, Timers[Deps]]:
    """Return a room that has just been started over the documents that there are."""
    store, community = MongoReviews(mongo), MongoCommunity(mongo)
    members: InMemoryDocuments[Any] = InMemoryDocuments(clock)
    deps = Deps(
        reviews=Reviews(store, Relay(store, bus.publish), PRACTICE, clock),
        workloads=store,
        memberships=Repository("review", members, Relay(members, bus.publish), clock),
        community=community,
        policy=COMMUNITY,
        practice=PRACTICE,
        clock=clock,
    )
    return deps, Timers(store, clock, on_due, deps)


async def test_a_timer_rings_after_a_restart_and_says_it_once_whoever_looks(mongo: Database) -> None:
    clock, bus, store = FixedClock(NOW), FakeBus(), MongoReviews(mongo)
    await store.prepare()
    rows = [
        {
            "_id": reviewer_id(each.email),
            "version": 1,
            "state": Membership(version=1, origin="policy", reviewer=each).model_dump(),
        }
        for each in COMMUNITY
    ]
    await mongo["reviewers"].insert_many(rows)
    deps, _ = started(mongo, clock, bus)
    await hear(deps, a_draft(DraftCreated))
    await hear(deps, meeting(NOW + 4 * DAY))
    await hear(deps, a_draft(ReviewRequested, requested_at=NOW, requested_by="owner@example.com"))
    before, asked = await store.state_of(PM), {each.id for each in bus.said}
    assert before

    clock.advance(DAY + timedelta(minutes=1))
    _, timers = started(mongo, clock, bus)
    _, others = started(mongo, clock, bus)
    assert await timers.check() == 1
    await others.check()
    news = {each.id: each for each in bus.said if each.id not in asked and each.name == ReviewNotice.name}
    said = [ReviewNotice.model_validate_json(each.body).kind for each in news.values()]
    assert sorted(said) == ["review_asked", "review_escalated", "review_escalated", "review_passed_on"]
    after = await store.state_of(PM)
    assert after
    assert after.attention.passed_on == (before.reviewers[0].email,)
    stays = after.attention.of(before.reviewers[1].email)
    assert stays
    assert stays.alone
