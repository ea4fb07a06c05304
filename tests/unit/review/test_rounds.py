"""A correction's round of review: it begins whichever queue is faster, and old news does not end it."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from services.review import domain
from services.review.domain import Review, State
from shared.contracts.commands import Verdict
from shared.contracts.events import (
    AccessChanged,
    DraftRevised,
    Published,
    ReviewApproved,
    ReviewersAssigned,
    ReviewRequested,
)
from tests.helpers.builders import NOW, a_draft
from tests.unit.review.test_domain import COMMUNITY, IN, PUBLISHED, requested, revised, rule, verdict

CORRECTION = {"correction_of": 1, "correction_note": "513 of them"}
BEGUN = revised(2, "draft", **CORRECTION)
ASKED = requested(2, **CORRECTION)
Fact = DraftRevised | ReviewRequested | Published


def hear(review: Review, fact: Fact) -> Any:
    if isinstance(fact, Published):
        return domain.close(review, fact)
    if isinstance(fact, ReviewRequested):
        return domain.open_review(review, fact, domain.Pool(members=COMMUNITY), domain.Practice(), NOW)
    return domain.follow_draft(review, fact, NOW)


def after(review: Review | None, *facts: Fact) -> Review:
    assert review
    for fact in facts:
        review = hear(review, fact).state
        assert review
    return review


@pytest.mark.parametrize("state", [State.APPROVED, State.PUBLISHED])
@pytest.mark.parametrize("order", list(permutations((BEGUN, ASKED, PUBLISHED))), ids=str)
def test_in_whatever_order_a_correction_and_what_it_corrects_are_heard_of_it_is_reviewed(
    state: State, order: tuple[Fact, ...]
) -> None:
    review = after(IN[state], *order)
    assert (review.state, review.draft.revision, review.approvals) == (State.IN_REVIEW, 2, ())
    before = IN[State.APPROVED]
    assert before
    assert {r.email for r in review.reviewers} == {r.email for r in before.reviewers}


@pytest.mark.parametrize("state", State)
def test_a_correction_that_is_not_submitted_waits_and_nobody_is_asked(state: State) -> None:
    before = IN[state]
    assert before
    decision = hear(before, BEGUN)
    assert (decision.state.state, decision.state.approvals, decision.events) == (State.WAITING, (), ())
    someone = COMMUNITY[0].email
    assert rule(domain.give_verdict(decision.state, verdict(someone, revision=2), NOW)) in (
        "not-in-review",
        "assigned-reviewers-only",
    )


def test_its_approval_carries_the_whole_text_and_what_it_corrects() -> None:
    review: Review | None = after(IN[State.PUBLISHED], BEGUN, ASKED)
    assert review
    for reviewer in review.reviewers:
        decision = domain.give_verdict(review, verdict(reviewer.email, revision=2), NOW)
        review = decision.state
    (event,) = decision.events
    assert isinstance(event, ReviewApproved)
    assert (event.revision, event.correction_of, event.correction_note) == (2, 1, "513 of them")
    assert (event.content_hash, event.report) == (BEGUN.content_hash, BEGUN.report)


def test_who_corrects_does_not_approve_it() -> None:
    asked = requested(2, authors=(COMMUNITY[0].email,), **CORRECTION)
    review = after(IN[State.PUBLISHED], asked)
    assert COMMUNITY[0].email not in {r.email for r in review.reviewers}
    assert rule(domain.give_verdict(review, verdict(COMMUNITY[0].email, revision=2), NOW)) == "own-postmortem"


def test_changes_are_asked_for_as_of_a_first_draft_and_an_edit_asks_again() -> None:
    review = after(IN[State.PUBLISHED], BEGUN, ASKED)
    sent_back = domain.give_verdict(review, verdict(review.reviewers[0].email, Verdict.REQUEST_CHANGES, 2), NOW).state
    again = after(sent_back, revised(3, "changes_requested", **CORRECTION))
    assert again.state is State.CHANGES_REQUESTED
    decision = hear(again, requested(3, **CORRECTION))
    assert decision.state.state is State.IN_REVIEW
    assert [type(event) for event in decision.events] == [ReviewersAssigned]


def test_a_request_from_before_the_correction_opens_nothing() -> None:
    waiting = after(IN[State.PUBLISHED], BEGUN)
    assert hear(waiting, requested(1)).state == waiting


def test_its_own_publication_ends_it_and_the_next_correction_begins_anew() -> None:
    published = PUBLISHED.model_copy(update={"revision": 2, "correction_of": 1})
    done = after(IN[State.PUBLISHED], BEGUN, ASKED, published)
    assert done.state is State.PUBLISHED
    assert after(done, revised(3, "in_review", **CORRECTION)) == done  # an edit that publication has overtaken
    assert after(done, revised(4, "draft", correction_of=2)).state is State.WAITING


def test_who_may_see_a_correction_is_followed_in_its_round_and_no_other() -> None:
    closed: dict[str, Any] = {"restricted": True, "readers": ("r3@example.com",), "access": 1}
    access: AccessChanged = a_draft(AccessChanged, revision=2, changed_at=NOW, changed_by="a", **CORRECTION | closed)
    facts: tuple[Any, ...] = (BEGUN, ASKED, access)
    for order in permutations(facts):
        review: Any = IN[State.PUBLISHED]
        for fact in order:
            review = hear(review, fact).state if fact is not access else domain.follow_draft(review, access, NOW).state
        assert review
        assert (review.state, review.draft.correction_of, review.draft.restricted) == (State.IN_REVIEW, 1, True)
        assert (review.draft.revision, review.draft.readers) == (2, ("r3@example.com",))
