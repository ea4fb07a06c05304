"""An approval that was taken back: the text is in review again, in whatever order the facts are heard."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.drafting import domain
from services.drafting.domain import Postmortem, State
from services.drafting.domain.postmortem import MOVES, Act
from shared.contracts.decision import Decision
from shared.contracts.events import ChangesRequested, ReviewApproved
from shared.contracts.values import Reviewer
from shared.contracts.verdicts import ApprovalWithdrawn
from tests.helpers.builders import NOW, PM, a_snapshot
from tests.unit.drafting.test_domain import at


def withdrawn(revision: int = 1, number: int = 1) -> ApprovalWithdrawn:
    who = Reviewer(name="R", email="r@example.com")
    return ApprovalWithdrawn(
        postmortem_id=PM, revision=revision, content_hash="x", reviewer=who, approval_round=number, at=NOW
    )


@pytest.mark.parametrize("state", State)
def test_whatever_state_it_is_in_a_withdrawal_moves_it_as_the_table_says_or_not_at_all(state: State) -> None:
    before = at(state)
    after = domain.hear_approval_withdrawn(before, withdrawn(before.revision or 1)).state
    assert after
    assert after.state is MOVES.get((state, Act.UNAPPROVE), state)


def test_changes_that_were_asked_for_after_a_withdrawal_count_though_they_are_heard_before_it() -> None:
    asked = ChangesRequested(postmortem_id=PM, revision=1, reviewer=Reviewer(name="R", email="r@example.com"), at=NOW)
    back = domain.hear_changes_requested(at(State.APPROVED), asked).state
    after = domain.hear_approval_withdrawn(back, withdrawn()).state
    assert after
    assert after.state is State.CHANGES_REQUESTED


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (0, 2, 1), (2, 0, 1), (2, 1, 0), (1, 2, 0)], ids=str)
@pytest.mark.parametrize(("number", "stands"), [(0, State.IN_REVIEW), (1, State.APPROVED)])
def test_an_approval_counts_unless_one_of_its_round_was_withdrawn_whichever_is_heard_first(
    order: tuple[int, ...], number: int, stands: State
) -> None:
    last = ReviewApproved(**a_snapshot(revision=1), approvals=(), approval_round=number)
    facts = (ReviewApproved(**a_snapshot(revision=1), approvals=()), withdrawn(), last)
    postmortem: Postmortem | None = at(State.IN_REVIEW)
    for n in order:
        fact = facts[n]
        hear: Callable[..., Decision[Postmortem | None]] = (
            domain.hear_approval_withdrawn if isinstance(fact, ApprovalWithdrawn) else domain.hear_approval
        )
        postmortem = hear(postmortem, fact).state
    assert postmortem
    assert postmortem.state is stands
