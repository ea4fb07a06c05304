"""A reviewer takes an approval back, as long as nothing is published. Pure.

Each withdrawal begins a new round: whatever was said of approvals in an older one counts no more, for whoever hears of
it, in whatever order. Distribution may have published meanwhile; then that stays, and review hears of it.
"""

from __future__ import annotations

from datetime import datetime

from services.review.domain.cases import Case, is_hidden
from services.review.domain.practice import Practice
from services.review.domain.review import Review
from services.review.domain.rules import Rule, first_broken
from services.review.domain.states import MOVES, Act
from services.review.domain.threads import who
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Decision, Kind, Reply
from shared.contracts.persons import person
from shared.contracts.verdicts import ApprovalWithdrawn, WithdrawApproval

RULES: tuple[Rule[Case[WithdrawApproval]], ...] = (
    Rule(
        name="assigned-reviewers-only",
        kind=Kind.FORBIDDEN,
        breaks=lambda case: not (case.is_asked or case.is_admin or case.has_approved),
        detail="Only the reviewers assigned to this postmortem have an approval to withdraw.",
    ),
    Rule(
        name="published",
        kind=Kind.CONFLICT,
        breaks=lambda case: case.is_published,
        detail="The postmortem is published, and what is published stays; correct it: POST to its `corrections`.",
    ),
    Rule(
        name="stale-revision",
        kind=Kind.CONFLICT,
        breaks=lambda case: case.command.revision not in (None, case.revision),
        field="revision",
        detail="The current revision is {0.revision}; an approval of an older one counts no more.",
        data=("revision", "content_hash"),
    ),
    Rule(
        name="no-approval",
        kind=Kind.CONFLICT,
        breaks=lambda case: not case.has_approved,
        detail="No approval of yours counts for revision {0.revision}, so there is none to withdraw.",
    ),
)
"""In this order; the first one that a withdrawal breaks is its answer. Only where it moves has anybody approved."""


def withdraw_approval(
    review: Review | None, command: WithdrawApproval, practice: Practice, now: datetime
) -> Decision[Review | None]:
    """Take an approval back: what it had completed is in review again."""
    if review is None:
        return Decision(state=review, reply=Reply(refusal=UNKNOWN_POSTMORTEM))
    case = Case(review, command, practice)
    refusal = UNKNOWN_POSTMORTEM if is_hidden(review, command.actor.email) else first_broken(RULES, case)
    if refusal:
        return Decision(state=review, reply=Reply(refusal=refusal))
    left = tuple(approval for approval in review.approvals if person(approval.email) != case.who)
    state = MOVES[review.state, Act.WITHDRAW]
    changed = review.changed(state=state, approvals=left, approval_round=review.approval_round + 1)
    event = ApprovalWithdrawn(
        postmortem_id=review.draft.postmortem_id,
        revision=case.revision,
        content_hash=case.content_hash,
        reviewer=who(command.actor),
        approvals=left,
        approval_round=changed.approval_round,
        at=now,
        reason=command.reason,
    )
    return Decision(state=changed, events=(event,), reply=Reply(data={"state": state}))
