"""The table of the review: every pair of state and act moves, or refuses with its reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.review import domain
from services.review.domain import MOVES, Act, Review, State
from shared.contracts.base import postmortem_id
from shared.contracts.commands import Role, Verdict
from shared.contracts.decision import Decision
from shared.contracts.merging import PostmortemMerged
from shared.contracts.verdicts import WithdrawApproval
from tests.helpers.builders import NOW, PM, an_actor
from tests.unit.review.test_domain import COMMUNITY, IN, PUBLISHED, requested, revised, rule, verdict


def merged(revision: int) -> PostmortemMerged:
    by = "chen@example.com"
    into = postmortem_id("tool", "other")
    return PostmortemMerged(postmortem_id=PM, into=into, revision=revision, merged_at=NOW, merged_by=by)


def act(review: Review, what: Act) -> Decision[Review] | Decision[Review | None]:
    someone = review.reviewers[0].email if review.reviewers else "r0@example.com"
    acts: dict[Act, Callable[[], Decision[Review] | Decision[Review | None]]] = {
        Act.SUBMIT: lambda: domain.open_review(
            review, requested(review.draft.revision), domain.Pool(members=COMMUNITY), domain.Practice(), NOW
        ),
        Act.REVISE: lambda: domain.follow_draft(review, revised(review.draft.revision + 1), NOW),
        Act.REQUEST_CHANGES: lambda: domain.give_verdict(review, verdict(someone, Verdict.REQUEST_CHANGES), NOW),
        Act.APPROVE: lambda: approve_by_all(review),
        Act.PUBLISH: lambda: domain.close(review, PUBLISHED),
        Act.CORRECT: lambda: domain.follow_draft(review, revised(9, "draft", correction_of=8), NOW),
        Act.SKIP: lambda: domain.follow_draft(review, revised(review.draft.revision, toggles=1), NOW),
        Act.MERGE: lambda: domain.hear_merged(review, merged(review.draft.revision)),
        Act.WITHDRAW: lambda: withdraw_after_approving(review),
    }
    return acts[what]()


def withdrawal(email: str, revision: int | None = None) -> WithdrawApproval:
    return WithdrawApproval(
        postmortem_id=PM, actor=an_actor(email, Role.REVIEWER), revision=revision, reason="I have read the log by now"
    )


def withdraw(review: Review | None, email: str, revision: int | None = None) -> Decision[Review | None]:
    return domain.withdraw_approval(review, withdrawal(email, revision), domain.Practice(), NOW)


def withdraw_after_approving(review: Review) -> Decision[Review | None]:
    """Where it is in review there has to be an approval first."""
    someone = review.reviewers[0].email if review.reviewers else "r0@example.com"
    if review.state is not State.IN_REVIEW:
        return withdraw(review, someone)
    return withdraw(domain.give_verdict(review, verdict(someone), NOW).state, someone)


def approve_by_all(review: Review) -> Decision[Review | None]:
    """Let everybody approve; return the last decision that was taken, or the first that was refused."""
    decision: Decision[Review | None] = Decision(state=review)
    for email in [r.email for r in review.reviewers] or ["r0@example.com"]:
        decision = domain.give_verdict(decision.state, verdict(email), NOW)
        if rule(decision):
            return decision
    return decision


COMMANDS = (Act.REQUEST_CHANGES, Act.APPROVE, Act.WITHDRAW)
REFUSES = {
    (State.WAITING, Act.REQUEST_CHANGES): "assigned-reviewers-only",
    (State.WAITING, Act.APPROVE): "assigned-reviewers-only",
    (State.WAITING, Act.WITHDRAW): "assigned-reviewers-only",
    (State.CHANGES_REQUESTED, Act.REQUEST_CHANGES): "not-in-review",
    (State.CHANGES_REQUESTED, Act.APPROVE): "not-in-review",
    (State.CHANGES_REQUESTED, Act.WITHDRAW): "no-approval",
    (State.APPROVED, Act.REQUEST_CHANGES): "not-in-review",
    (State.APPROVED, Act.APPROVE): "already-approved",
    (State.PUBLISHED, Act.REQUEST_CHANGES): "published",
    (State.PUBLISHED, Act.APPROVE): "published",
    (State.PUBLISHED, Act.WITHDRAW): "published",
}
"""Why somebody who is asked may not, where the table has no move; what is heard is never refused."""


@pytest.mark.parametrize("what", Act)
@pytest.mark.parametrize("state", State)
def test_every_pair_of_state_and_act_moves_as_the_table_says_or_refuses_with_its_reason(
    state: State, what: Act
) -> None:
    before = IN[state]
    assert before
    assert before.state is state
    decision = act(before, what)
    assert decision.state
    assert decision.state.state is MOVES.get((state, what), state)
    assert rule(decision) == REFUSES.get((state, what))
    if rule(decision):
        assert decision.state == before
        assert decision.events == ()
    assert (what in COMMANDS and (state, what) not in MOVES) == ((state, what) in REFUSES)
