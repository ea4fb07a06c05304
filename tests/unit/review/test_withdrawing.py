"""A correction that is given up: its reviewers are not asked any more, whichever queue is faster."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from services.review import domain
from services.review.domain import State
from shared.contracts.withdrawing import CorrectionWithdrawn
from tests.helpers.builders import NOW, a_draft
from tests.unit.review.test_domain import COMMUNITY, IN, requested, revised, rule, verdict
from tests.unit.review.test_rounds import after

CORRECTION = {"correction_of": 1, "correction_note": "513 of them"}
BEGUN, ASKED = revised(2, "draft", **CORRECTION), requested(2, **CORRECTION)
BACK: Any = a_draft(CorrectionWithdrawn, revision=3, correction_of=3, withdrawn_by="a@example.com", withdrawn_at=NOW)
NEXT = {"correction_of": 3, "correction_note": "On Monday"}
AGAIN, ASKED_AGAIN = revised(4, "draft", **NEXT), requested(4, **NEXT)


@pytest.mark.parametrize("order", list(permutations((BEGUN, ASKED, BACK))))
def test_in_whatever_order_it_is_heard_of_nobody_is_asked_afterwards(order: tuple[Any, ...]) -> None:
    review = after(IN[State.PUBLISHED], *order)
    assert (review.state, review.draft.revision, review.approvals) == (State.WAITING, 3, ())
    for member in COMMUNITY:
        for revision in (2, 3):
            assert rule(domain.give_verdict(review, verdict(member.email, revision=revision), NOW))


@pytest.mark.parametrize("state", State)
def test_it_ends_every_round_and_asks_nobody(state: State) -> None:
    decision = domain.follow_draft(IN[state], BACK, NOW)
    assert (decision.state.state, decision.state.approvals, decision.events) == (State.WAITING, (), ())


@pytest.mark.parametrize("order", list(permutations((BEGUN, ASKED, BACK, AGAIN, ASKED_AGAIN))))
def test_the_next_correction_is_reviewed_in_whatever_order_all_this_is_heard_of(order: tuple[Any, ...]) -> None:
    review = after(IN[State.PUBLISHED], *order)
    assert (review.state, review.draft.revision, review.approvals) == (State.IN_REVIEW, 4, ())
