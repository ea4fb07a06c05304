"""Too few reviewers: who is told, and when others are found; who leaves, is away, or was part of it after all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.review import domain
from services.review.domain import Member, PassedOnBecause, Pool, Practice, Review, State
from services.review.handlers import on_due
from services.review.ports import Deps, Reviews
from shared.contracts.assigning import ClaimReview, DeclineReview, HandOverReview, ReviewersWanted
from shared.contracts.base import BaseMessage, Owner
from shared.contracts.community import PutReviewer
from shared.contracts.decision import Decision
from shared.contracts.review_notices import ReviewNotice, ReviewNoticeKind
from shared.messaging.envelope import Received
from shared.messaging.timers import Due
from shared.testing import FixedClock
from tests.helpers.builders import NOW, PM, an_actor
from tests.unit.review.test_domain import COMMUNITY, requested, revised, verdict
from tests.unit.review.test_handlers import a_room, hear

HOUR = timedelta(hours=1)
ADMIN = Owner(name="Ann Admin", email="admin@example.com")
PRACTICE = Practice(wanted=2, admins=(ADMIN,))


def attended(pool: Pool, before: Review | None = None, now: datetime = NOW, **fields: Any) -> Any:
    decision = domain.open_review(before, requested(**fields), pool, PRACTICE, now)
    return domain.attend(before, decision, PRACTICE, now)


def told(events: Sequence[BaseMessage], kind: ReviewNoticeKind) -> list[ReviewNotice]:
    return [event for event in events if isinstance(event, ReviewNotice) and event.kind is kind]


def test_everybody_who_is_asked_is_told_why_and_until_when_and_again_only_in_a_new_round() -> None:
    pool = Pool(members=COMMUNITY)
    first = attended(pool)
    notices = told(first.events, ReviewNoticeKind.REVIEW_ASKED)
    assert {notice.recipient.email for notice in notices} == {r.email for r in first.state.reviewers}
    assert all(notice.why and notice.due and notice.due >= NOW + timedelta(hours=24) for notice in notices)
    assert not told(attended(pool, first.state, NOW + HOUR, revision=2).events, ReviewNoticeKind.REVIEW_ASKED)
    corrected = domain.follow_draft(first.state, revised(9, "draft", correction_of=8), NOW).state
    again = attended(pool, corrected, NOW + HOUR, revision=9, correction_of=8)
    assert len(told(again.events, ReviewNoticeKind.REVIEW_ASKED)) == 2


def test_admins_are_told_once_that_there_are_too_few_and_again_when_that_changes() -> None:
    first = attended(Pool(members=COMMUNITY[:1]))
    (wanted,) = (event for event in first.events if isinstance(event, ReviewersWanted))
    assert (wanted.wanted, wanted.found) == (2, 1)
    (notice,) = told(first.events, ReviewNoticeKind.REVIEWERS_WANTED)
    assert (notice.recipient, notice.why[0]) == (ADMIN, "1 of 2 reviewers were found.")
    same = domain.seek(Decision(state=first.state), Pool(members=COMMUNITY[:1]), PRACTICE, NOW + HOUR)
    assert domain.attend(first.state, same, PRACTICE, NOW + HOUR).events == ()
    filled = domain.seek(same, Pool(members=COMMUNITY), PRACTICE, NOW + HOUR)
    after = domain.attend(first.state, filled, PRACTICE, NOW + HOUR)
    assert after.state
    assert (len(after.state.reviewers), after.state.needed, after.state.shortage) == (2, 2, None)
    assert not told(after.events, ReviewNoticeKind.REVIEWERS_WANTED)
    assert len(told(after.events, ReviewNoticeKind.REVIEW_ASKED)) == 1


@pytest.mark.parametrize(("readers", "who"), [((), "owner@example.com"), ((ADMIN.email,), ADMIN.email)])
def test_of_a_restricted_one_an_admin_whom_it_names_is_told_or_its_owner(readers: tuple[str, ...], who: str) -> None:
    decision = attended(Pool(members=COMMUNITY), restricted=True, readers=readers, access=1)
    (notice,) = told(decision.events, ReviewNoticeKind.REVIEWERS_WANTED)
    assert (notice.recipient.email, notice.restricted) == (who, True)


def test_what_is_in_review_is_looked_at_every_hour_and_nothing_else_is() -> None:
    decision = attended(Pool(members=COMMUNITY))
    assert decision.due == NOW + HOUR
    review = decision.state
    for reviewer in review.reviewers:
        review = domain.give_verdict(review, verdict(reviewer.email), NOW).state
    assert review.state is State.APPROVED
    assert domain.attend(decision.state, Decision(state=review), PRACTICE, NOW).due is None


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"active": False}, PassedOnBecause.GONE),
        ({"away_until": NOW + timedelta(days=60)}, PassedOnBecause.AWAY),
        ({"aliases": ("owner@example.com",)}, PassedOnBecause.BARRED),
    ],
)
def test_another_takes_the_place_of_who_cannot_do_it_any_more(change: dict[str, Any], because: PassedOnBecause) -> None:
    review = attended(Pool(members=COMMUNITY)).state
    first = review.reviewers[0].email
    members = tuple(m.model_copy(update=change) if m.email == first else m for m in COMMUNITY)
    after = domain.seek(Decision(state=review), Pool(members=members), PRACTICE, NOW + HOUR).state
    assert first not in {reviewer.email for reviewer in after.reviewers}
    assert (len(after.reviewers), after.passed_on[0].because) == (2, because)
    back = domain.open_review(after, requested(2), Pool(members=COMMUNITY[:1]), PRACTICE, NOW + HOUR).state
    assert (first == COMMUNITY[0].email) <= (first in {r.email for r in back.reviewers})


def test_who_has_approved_or_is_away_for_a_while_keeps_it() -> None:
    review = attended(Pool(members=COMMUNITY)).state
    first, second = (reviewer.email for reviewer in review.reviewers)
    review = domain.give_verdict(review, verdict(first), NOW).state
    assert review
    changes: dict[str, dict[str, Any]] = {first: {"active": False}, second: {"away_until": NOW + timedelta(days=1)}}
    members = tuple(m.model_copy(update=changes.get(m.email, {})) for m in COMMUNITY)
    after = domain.seek(Decision(state=review), Pool(members=members), PRACTICE, NOW + HOUR).state
    assert after.reviewers == review.reviewers


async def ring(deps: Deps, clock: FixedClock, documents: Any) -> None:
    """Let the time come at which the review is to be looked at."""
    clock.advance(documents.due_at[PM] - clock.now())
    id = f"due at {clock.now()}"
    await on_due(Received(id=id, name=Due.name, data=Due(postmortem_id=PM), correlation_id=id), deps)


async def test_who_joins_later_fills_the_place_that_was_free_by_itself() -> None:
    deps, documents, bus = a_room()
    clock = FixedClock(NOW)
    deps = replace(deps, clock=clock, practice=Practice(wanted=4))
    assert isinstance(deps.reviews, Reviews)
    deps.reviews.practice, deps.reviews.clock = deps.practice, clock
    await hear(deps, requested())
    assert len(documents.states[PM].reviewers) == 3
    await ring(deps, clock, documents)
    assert bus.names().count("ReviewersWanted.v1") == 1
    new = Member(name="New", email="new@example.com")
    await hear(deps, PutReviewer(actor=an_actor(new.email), reviewer=new))
    await ring(deps, clock, documents)
    assert "new@example.com" in {reviewer.email for reviewer in documents.states[PM].reviewers}
    assert documents.due_at[PM] == clock.now() + HOUR


async def test_claims_declines_and_what_is_handed_over_are_heard_and_told() -> None:
    deps, documents, bus = a_room()
    await hear(deps, requested())
    first, second = (reviewer.email for reviewer in documents.states[PM].reviewers)
    (third,) = {m.email for m in COMMUNITY[:3]} - {first, second}
    await hear(deps, ClaimReview(postmortem_id=PM, actor=an_actor(first)))
    reply = await hear(
        deps, HandOverReview(postmortem_id=PM, actor=an_actor(second), to=third, reason="You know it best.")
    )
    assert reply.refusal is None
    assert [r.email for r in documents.states[PM].reviewers] == [first, third]
    await hear(deps, DeclineReview(postmortem_id=PM, actor=an_actor(third), reason="No time."))
    assert [(r.email, r.claimed) for r in documents.states[PM].reviewers] == [(first, True)]
    assert documents.states[PM].needed == 2
    assert bus.names().count("ReviewersAssigned.v1") == 4
    assert bus.names().count("ReviewNotice.v1") == 3 + 1  # three who are asked, and the owner: there is no admin
    assert bus.names()[-2:] == ["ReviewersWanted.v1", "ReviewNotice.v1"]
