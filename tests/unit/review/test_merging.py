"""The review of a postmortem whose incident another one is about is over, and begins anew when it goes on."""

from __future__ import annotations

from itertools import permutations

import pytest

from services.review import domain
from services.review.domain import Review, State
from tests.helpers.builders import NOW
from tests.unit.review.test_domain import COMMUNITY, opened, requested, revised, verdict
from tests.unit.review.test_states import merged


def hear(review: Review, what: str) -> Review:
    """Let the review hear one of the facts of a merge that is taken back."""
    match what:
        case "merged":
            return domain.hear_merged(review, merged(1)).state
        case "goes on":
            return domain.follow_draft(review, revised(2, "draft"), NOW).state
        case "late":
            return domain.open_review(
                review, requested(1), domain.Pool(members=COMMUNITY), domain.Practice(), NOW
            ).state
    return domain.open_review(review, requested(2), domain.Pool(members=COMMUNITY), domain.Practice(), NOW).state


def test_a_merge_ends_the_review_and_nobody_gives_a_verdict_any_more() -> None:
    over = domain.hear_merged(opened(), merged(1)).state
    assert (over.state, over.approvals) == (State.WAITING, ())
    refused = domain.give_verdict(over, verdict(over.reviewers[0].email), NOW).reply
    assert refused
    assert refused.refusal
    assert refused.refusal.rule == "not-in-review"


def test_a_request_that_comes_after_the_merge_though_it_was_made_before_opens_nothing() -> None:
    waiting = domain.follow_draft(None, revised(1, "draft"), NOW).state
    assert hear(hear(waiting, "merged"), "late").state is State.WAITING


@pytest.mark.parametrize("order", list(permutations(("merged", "goes on"))))
def test_in_either_order_what_was_submitted_before_the_merge_is_not_in_review_after_it(order: tuple[str, ...]) -> None:
    review = opened()
    for what in order:
        review = hear(review, what)
    assert (review.state, review.draft.revision) == (State.WAITING, 2)


@pytest.mark.parametrize("order", list(permutations(("merged", "goes on", "submitted again"))))
def test_what_is_submitted_after_it_goes_on_is_in_review_in_whatever_order_it_is_heard(order: tuple[str, ...]) -> None:
    review = opened()
    for what in order:
        review = hear(review, what)
    assert (review.state, review.draft.revision) == (State.IN_REVIEW, 2)
