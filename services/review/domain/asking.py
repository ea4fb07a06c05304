"""Whom a submitted postmortem is given to for review, and who takes the place of somebody else. Pure."""

from __future__ import annotations

from datetime import datetime

from services.review.domain.assigning import Assignment, assign, case_of, choose
from services.review.domain.community import Pool
from services.review.domain.due import review_due
from services.review.domain.following import follow_draft
from services.review.domain.practice import Practice
from services.review.domain.review import PassedOn, PassedOnBecause, Review, Shortage, assigned
from services.review.domain.states import MOVES, Act, State
from shared.contracts.decision import Decision
from shared.contracts.events import ReviewRequested
from shared.contracts.values import AskedReviewer

AWAY = "Somebody who was asked before you is away."
INSTEAD = {
    PassedOnBecause.SILENT: "Somebody who was asked before you could not be reached in time.",
    PassedOnBecause.AWAY: AWAY,
    PassedOnBecause.GONE: AWAY,
}


def open_review(
    review: Review | None, request: ReviewRequested, pool: Pool, practice: Practice, now: datetime
) -> Decision[Review]:
    """Ask reviewers for the submitted revision: those asked before, as far as they may, then others.

    In a new round, after a publication say, whoever reviewed the last one is asked anew.
    """
    current = follow_draft(review, request, now).state
    state = MOVES.get((current.state, Act.SUBMIT), current.state)
    is_old = (request.correction_of, request.toggles) != (current.draft.correction_of, current.draft.toggles)
    if state is not State.IN_REVIEW or is_old or request.revision <= current.merged:
        return Decision(state=current)
    before = _anew(current.reviewers, now) if current.state is State.WAITING else current.reviewers
    due = review_due(current, practice, now)
    found = assign(current.draft, before, pool, practice, now, due, current.declined)
    opened = current.changed(
        state=state,
        reviewers=tuple(reviewer.model_copy(update={"due": due}) for reviewer in found.reviewers),
        needed=practice.needed(current.draft.severity, min(len(found.reviewers), found.wanted)),
        approvals=(),
        requested=max(request.revision, current.requested),
        shortage=_shortage(found),
        sought_at=now,
    )
    return Decision(state=opened, events=(assigned(opened, now),))


def has_other_readers(before: Review | None, after: Review) -> bool:
    """Say whether what is in review may be seen by others than before: it may have had too few reviewers."""
    return before is not None and after.state is State.IN_REVIEW and after.draft.access != before.draft.access


def ask_more(decision: Decision[Review], pool: Pool, practice: Practice, now: datetime) -> Decision[Review]:
    """Ask further reviewers, up to as many as are wanted.

    Nobody who was asked is sent away, what was approved stays approved, and the bar is not lowered.
    """
    review = decision.state
    due = review_due(review, practice, now)
    asked = tuple(reviewer.email for reviewer in review.reviewers)
    case = case_of(review.draft, pool, practice, now, due, before=asked, declined=review.declined)
    found = choose(case, review.reviewers, pool.members, practice.reviewers(review.draft.severity))
    sought = review.changed(
        reviewers=found.reviewers,
        needed=max(review.needed, practice.needed(review.draft.severity, min(len(found.reviewers), found.wanted))),
        shortage=_shortage(found),
        sought_at=now,
    )
    if len(found.reviewers) == len(asked):
        return Decision(state=sought, events=decision.events, reply=decision.reply)
    return Decision(state=sought, events=(*decision.events, assigned(sought, now)), reply=decision.reply)


def replace(
    review: Review,
    email: str,
    because: PassedOnBecause,
    pool: Pool,
    practice: Practice,
    now: datetime,
    reason: str = "",
) -> Decision[Review]:
    """Take a review from somebody, and ask another at once if it is in review; who that is follows from the rules.

    Nobody who was asked before is asked again so, and it takes no fewer approvals than it took until now.
    """
    others = tuple(reviewer for reviewer in review.reviewers if reviewer.email != email)
    if len(others) == len(review.reviewers):
        return Decision(state=review)
    passed = PassedOn(email=email, because=because, reason=reason, revision=review.draft.revision, at=now)
    left = review.changed(reviewers=others, passed_on=(*review.passed_on, passed))
    if left.state is not State.IN_REVIEW:
        return Decision(state=left, events=(assigned(left, now),))
    found = ask_more(Decision(state=left), pool, practice, now).state
    stood = {reviewer.email for reviewer in others}
    told = (r if r.email in stood else _instead(r, because) for r in found.reviewers)
    asked = found.changed(reviewers=tuple(told))
    return Decision(state=asked, events=(assigned(asked, now),))


def _instead(reviewer: AskedReviewer, because: PassedOnBecause) -> AskedReviewer:
    reason = INSTEAD.get(because)
    return reviewer.model_copy(update={"why": (reason, *reviewer.why)}) if reason else reviewer


def _anew(reviewers: tuple[AskedReviewer, ...], now: datetime) -> tuple[AskedReviewer, ...]:
    """What they said of the round before counts no more, and they are asked as if for the first time."""
    fresh = {"why": (), "asked_at": now, "claimed": False}
    return tuple(reviewer.model_copy(update=fresh) for reviewer in reviewers)


def _shortage(found: Assignment) -> Shortage | None:
    if not found.is_short:
        return None
    return Shortage(wanted=found.wanted, found=len(found.reviewers), reasons=found.reasons)
