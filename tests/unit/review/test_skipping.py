"""The review of a postmortem that is skipped ends, and begins anew when it is asked for; old news changes nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.review import domain
from services.review.domain import Review, State
from shared.contracts.commands import Verdict
from shared.contracts.events import DraftCreated, ReviewRequested, Snapshot
from shared.contracts.skipping import PostmortemRequired, PostmortemSkipped
from tests.helpers.builders import NOW, a_draft
from tests.unit.review.test_domain import COMMUNITY, requested, rule, verdict

CREATED = a_draft(DraftCreated)
SKIPPED = a_draft(PostmortemSkipped, toggles=1, reason="x", skipped_by="a@example.com", skipped_at=NOW)
BACK = a_draft(PostmortemRequired, toggles=2, revision=2, reason="x", required_by="a@example.com", required_at=NOW)
BEFORE, AFTER = requested(1), requested(2, toggles=2)


def after(*facts: Snapshot) -> Review:
    review: Any = None
    for fact in facts:
        if isinstance(fact, ReviewRequested):
            review = domain.open_review(review, fact, domain.Pool(members=COMMUNITY), domain.Practice(), NOW).state
        else:
            review = domain.follow_draft(review, fact, NOW).state
    assert isinstance(review, Review)
    return review


def test_what_is_skipped_takes_no_verdict_and_nobody_s_time() -> None:
    review = after(CREATED, BEFORE, SKIPPED)
    assert (review.state, review.approvals) == (State.WAITING, ())
    decision = domain.give_verdict(review, verdict(review.reviewers[0].email, Verdict.APPROVE), NOW)
    assert rule(decision) == "not-in-review"


@given(st.permutations((CREATED, BEFORE, SKIPPED, BACK, AFTER)))
def test_in_whatever_order_it_is_heard_of_the_last_request_is_the_one_that_counts(order: list[Snapshot]) -> None:
    review = after(*order)
    assert (review.state, review.draft.revision, review.draft.toggles) == (State.IN_REVIEW, 2, 2)


@given(st.permutations((CREATED, BEFORE, SKIPPED)))
def test_in_whatever_order_a_skip_is_heard_of_the_review_is_over(order: list[Snapshot]) -> None:
    assert after(*order).state is State.WAITING
