"""One calm mail, never a flood: after the text rests, once a day, only of what is new."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.review import domain
from services.review.domain import Practice, Review, State
from services.review.handlers import HANDLERS, on_due
from services.review.ports import Deps, Reviews
from shared.contracts.base import BaseMessage
from shared.contracts.review_notices import ReviewNotice, ReviewNoticeKind
from shared.messaging.documents import Repository
from shared.messaging.outbox import Relay
from shared.messaging.timers import Timers
from shared.testing import FakeBus, FixedClock, received
from tests.helpers.builders import NOW, PM
from tests.unit.review.fakes import InMemoryCommunity, InMemoryReviews
from tests.unit.review.test_checking import BLAME, PRACTICE, dismissed, heard, practice, revised, written

QUIET = PRACTICE.coaching.quiet
DAY = timedelta(days=1)


def rung(review: Review, now: datetime, how: Practice = PRACTICE) -> tuple[Review, list[ReviewNotice]]:
    decision = domain.ring(review, how, now)
    return decision.state, notices(decision.events)


def notices(events: tuple[BaseMessage, ...]) -> list[ReviewNotice]:
    return [event for event in events if isinstance(event, ReviewNotice)]


def look(review: Review, now: datetime, how: Practice = PRACTICE) -> datetime | None:
    return domain.attend(review, domain.ring(review, how, now), how, now).due


def test_the_owner_is_told_how_many_and_where_and_not_a_word_of_the_text() -> None:
    review = written(f"{BLAME} In hindsight it was low.")
    assert rung(review, NOW + QUIET - timedelta(seconds=1))[1] == []
    _, (notice,) = rung(review, NOW + QUIET)
    assert (notice.kind, notice.recipient.email, notice.step) == (ReviewNoticeKind.COACHING, "owner@example.com", 1)
    assert (notice.sections, notice.counts) == (("Overview",), {"error": 1, "warning": 1, "advice": 0})
    assert "lag" not in notice.model_dump_json()


@pytest.mark.parametrize("text", ["It rained.", "The root cause was a full disk."], ids=["nothing", "advice"])
def test_of_nothing_and_of_advice_alone_nobody_is_told(text: str) -> None:
    review = written(text)
    assert look(review, NOW) is None
    assert rung(review, NOW + QUIET)[1] == []


def test_a_policy_that_says_never_is_kept_to() -> None:
    how = practice(mail=False)
    review = written(BLAME, how=how)
    assert look(review, NOW, how) is None
    assert rung(review, NOW + DAY, how)[1] == []


def test_what_was_told_or_dismissed_is_not_told_again_and_what_is_new_is_told_a_day_later() -> None:
    told, _ = rung(written(BLAME), NOW + QUIET)
    assert look(told, NOW + QUIET) is None
    more = heard(told, revised(2, f"{BLAME} It was human error."), now=NOW + QUIET).state
    assert look(more, NOW + QUIET) == NOW + QUIET + DAY
    assert rung(more, NOW + 2 * QUIET)[1] == []
    _, (second,) = rung(more, NOW + QUIET + DAY)
    assert (second.step, second.counts["error"]) == (2, 2)
    new = more.coached.remarks[1]
    calm = dismissed(more, new.id).state
    assert look(calm, NOW + QUIET) is None


@pytest.mark.parametrize("state", [State.APPROVED, State.PUBLISHED])
def test_what_is_approved_or_published_is_written_no_more(state: State) -> None:
    review = written(BLAME).changed(state=state)
    assert look(review, NOW) is None
    assert rung(review, NOW + DAY)[1] == []


def test_a_look_that_is_late_is_made_up_for() -> None:
    late = NOW + QUIET + timedelta(minutes=5)
    assert heard(written(BLAME), revised(1, BLAME), now=late).due == late + timedelta(seconds=1)


def a_room(how: Practice) -> tuple[Deps, InMemoryReviews, FakeBus, FixedClock]:
    clock = FixedClock(NOW)
    documents, community = InMemoryReviews(clock), InMemoryCommunity(clock)
    bus = FakeBus()
    deps = Deps(
        reviews=Reviews(documents, Relay(documents, bus.publish), how, clock),
        workloads=documents,
        memberships=Repository("review", community, Relay(community, bus.publish), clock),
        community=community,
        policy=(),
        practice=how,
        clock=clock,
    )
    return deps, documents, bus, clock


async def test_fifty_quick_revisions_are_one_mail() -> None:
    deps, documents, bus, clock = a_room(PRACTICE)
    timers = Timers(documents, clock, on_due, deps)
    for number in range(1, 51):
        event = received(revised(number, f"{BLAME} It failed {number} times. It was human error {number}."))
        await HANDLERS[event.name](event, deps)
        clock.advance(timedelta(minutes=10))
        await timers.check()
    assert bus.names().count("ReviewNotice.v1") == 0
    for _ in range(48):
        clock.advance(timedelta(hours=1))
        await timers.check()
    assert bus.names().count("ReviewNotice.v1") == 1
    assert bus.names().count("RevisionChecked.v1") == 50
    assert documents.states[PM].coached.mails == 1
