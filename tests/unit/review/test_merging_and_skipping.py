"""The review of what is skipped and merged: what was asked for before the last of both counts no more."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.review import domain
from services.review.domain import Review, State
from shared.contracts.events import ReviewRequested, Snapshot
from shared.contracts.merging import PostmortemMerged
from tests.helpers.builders import NOW
from tests.unit.review.test_domain import COMMUNITY, requested, revised
from tests.unit.review.test_skipping import BACK, BEFORE, CREATED, SKIPPED
from tests.unit.review.test_states import merged

AGAIN = revised(3, "draft", toggles=2)
LAST = requested(3, toggles=2)
OVER: tuple[Any, ...] = (BEFORE, SKIPPED, BACK, requested(2, toggles=2), merged(2), AGAIN)


def after(*facts: Any) -> Review:
    """Return the review after these facts; the draft is heard of first, as the merge waits for that."""
    review: Review = domain.follow_draft(None, CREATED, NOW).state
    for fact in facts:
        if isinstance(fact, PostmortemMerged):
            review = domain.hear_merged(review, fact).state
        elif isinstance(fact, ReviewRequested):
            review = domain.open_review(review, fact, domain.Pool(members=COMMUNITY), domain.Practice(), NOW).state
        else:
            assert isinstance(fact, Snapshot)
            review = domain.follow_draft(review, fact, NOW).state
    return review


@given(st.permutations(OVER))
def test_in_whatever_order_what_was_asked_for_before_a_skip_or_a_merge_is_not_in_review(order: list[Any]) -> None:
    review = after(*order)
    assert (review.state, review.draft.revision, review.draft.toggles) == (State.WAITING, 3, 2)


@given(st.permutations((*OVER, LAST)))
def test_in_whatever_order_what_is_asked_for_after_both_is_in_review(order: list[Any]) -> None:
    review = after(*order)
    assert (review.state, review.draft.revision) == (State.IN_REVIEW, 3)
