"""Whom a change of the reviewers is told: whoever is asked, and admins when there are too few. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.review.domain.last_approved import last_of
from services.review.domain.practice import Practice
from services.review.domain.review import Review
from services.review.domain.states import State
from services.review.domain.telling import tell
from shared.contracts.assigning import ReviewersWanted, WhyNobody
from shared.contracts.base import Owner
from shared.contracts.decision import Decision
from shared.contracts.review_notices import ReviewNoticeKind


def tell_reviewers(before: Review | None, after: Review, _practice: Practice, now: datetime) -> Decision[Review]:
    """Tell everybody who is newly asked that a review is theirs, until when, and why.

    Who has approved an older revision is asked again instead, and told what has changed.
    """
    if after.state is not State.IN_REVIEW:
        return Decision(state=after)
    known = {(r.email, r.asked_at) for r in before.reviewers} if before else set()
    again = {r.email for r in before.reviewers if last_of(after.last_approved, r.email)} if before else set()
    new = [r for r in after.reviewers if (r.email, r.asked_at) not in known and r.email not in again]
    notices = [
        tell(after, ReviewNoticeKind.REVIEW_ASKED, Owner(name=r.name, email=r.email), now, why=r.why, due=r.due)
        for r in new
        if not r.claimed
    ]
    return Decision(state=after, events=tuple(notices))


def tell_shortage(before: Review | None, after: Review, practice: Practice, now: datetime) -> Decision[Review]:
    """Say once a change that there are too few reviewers, and tell the admins."""
    lacks = _lacks(after)
    if lacks is None or (before and _lacks(before) == lacks and before.requested == after.requested):
        return Decision(state=after)
    wanted = ReviewersWanted(
        postmortem_id=after.draft.postmortem_id,
        revision=after.draft.revision,
        wanted=lacks[0],
        found=lacks[1],
        reasons=after.shortage.reasons if after.shortage else WhyNobody(),
        at=now,
    )
    why = _why_nobody(wanted)
    notices = [
        tell(after, ReviewNoticeKind.REVIEWERS_WANTED, person, now, why=why) for person in _helpers(after, practice)
    ]
    return Decision(state=after, events=(wanted, *notices))


def _lacks(review: Review) -> tuple[int, int] | None:
    """Return how many are wanted and found, while it is in review and these are fewer."""
    short = review.shortage if review.state is State.IN_REVIEW else None
    return (short.wanted, short.found) if short else None


def _helpers(review: Review, practice: Practice) -> Iterator[Owner]:
    """Yield the admins; of what is restricted those whom it names, or its owner, who can name readers."""
    admins = [admin for admin in practice.admins if not review.draft.restricted or admin.email in review.draft.named()]
    yield from admins or [review.draft.owner]


_REASONS = {
    "declined": "{n} declined it.",
    "barred": "{n} may not review it: they were part of it, are of its team, or may not read it.",
    "away": "{n} are away.",
    "full": "{n} have as many open reviews as they take.",
    "asleep": "{n} have too little of their working day left before it is due.",
    "unpaired": "{n} are learning, and have nobody experienced beside them.",
}


def _why_nobody(wanted: ReviewersWanted) -> tuple[str, ...]:
    counts = wanted.reasons.model_dump()
    found = f"{wanted.found} of {wanted.wanted} reviewers were found."
    return (found, *(text.format(n=counts[name]) for name, text in _REASONS.items() if counts[name]))
