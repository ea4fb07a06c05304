"""Whom a submitted postmortem is given to for review. Pure."""

from __future__ import annotations

from datetime import datetime

from services.review.domain.community import Pool, assign
from services.review.domain.following import follow_draft
from services.review.domain.practice import Practice
from services.review.domain.review import Review, assigned
from services.review.domain.states import MOVES, Act, State
from shared.contracts.decision import Decision
from shared.contracts.events import ReviewRequested


def open_review(
    review: Review | None, request: ReviewRequested, pool: Pool, practice: Practice, now: datetime
) -> Decision[Review]:
    """Ask reviewers for the submitted revision: those asked before, as far as they may, then others."""
    current = follow_draft(review, request, now).state
    state = MOVES.get((current.state, Act.SUBMIT), current.state)
    is_old = (request.correction_of, request.toggles) != (current.draft.correction_of, current.draft.toggles)
    if state is not State.IN_REVIEW or is_old or request.revision <= current.merged:
        return Decision(state=current)
    reviewers = assign(current.draft, current.reviewers, pool, practice.reviewers(current.draft.severity))
    opened = current.changed(
        state=state,
        reviewers=reviewers,
        needed=practice.needed(current.draft.severity, len(reviewers)),
        approvals=(),
        requested=max(request.revision, current.requested),
    )
    return Decision(state=opened, events=(assigned(opened, now),))


def has_other_readers(before: Review | None, after: Review) -> bool:
    """Say whether what is in review may be seen by others than before: it may have had too few reviewers."""
    return before is not None and after.state is State.IN_REVIEW and after.draft.access != before.draft.access


def ask_more(decision: Decision[Review], pool: Pool, practice: Practice, now: datetime) -> Decision[Review]:
    """Ask further reviewers, up to as many as are wanted.

    Nobody who was asked is sent away, and what was approved stays approved.
    """
    review = decision.state
    wanted = practice.reviewers(review.draft.severity)
    known = {reviewer.email for reviewer in review.reviewers}
    chosen = assign(review.draft, review.reviewers, pool, wanted)
    others = [reviewer for reviewer in chosen if reviewer.email not in known]
    more = others[: max(0, wanted - len(review.reviewers))]
    if not more:
        return decision
    reviewers = (*review.reviewers, *more)
    asked = review.changed(reviewers=reviewers, needed=practice.needed(review.draft.severity, len(reviewers)))
    return Decision(state=asked, events=(assigned(asked, now),))
