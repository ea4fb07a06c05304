"""Who is asked once more after an edit, what has changed since they approved, and how many have to. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.review.domain.last_approved import LastApproved, approved_now, changed_since, last_of
from services.review.domain.practice import Practice
from services.review.domain.review import Review
from services.review.domain.states import State
from services.review.domain.telling import tell
from shared.contracts.base import Owner
from shared.contracts.decision import Decision
from shared.contracts.persons import person
from shared.contracts.review_notices import ReviewNotice, ReviewNoticeKind
from shared.contracts.values import Approval, AskedReviewer

OPEN = (State.IN_REVIEW, State.APPROVED)


def remembered(review: Review, email: str) -> Review:
    """Return the review with the current revision as the last one that somebody approved."""
    who = person(email)
    others = tuple(last for last in review.last_approved if last.who != who)
    return review.changed(last_approved=(*others, approved_now(who, review.draft)))


def ask_again(before: Review | None, after: Review, _: Practice, now: datetime) -> Decision[Review]:
    """Tell those who approved an older revision that it is asked for again, and what has changed since.

    An edit tells those whose approval it voids, once; a review that opens tells everybody who has approved before.
    """
    if before is None or after.state is not State.IN_REVIEW:
        return Decision(state=after)
    asked = ((each, last_of(after.last_approved, each.email)) for each in after.reviewers)
    again = ((each, last) for each, last in asked if last and _is_news(before, after, last))
    return Decision(state=after, events=tuple(_notice(after, each, last, now) for each, last in again))


def count_anew(before: Review | None, after: Review, practice: Practice, _: datetime) -> Decision[Review]:
    """Let as many approve as another severity takes; the edit that changed it has voided what was approved."""
    if before is None or after.approvals or after.draft.severity is before.draft.severity:
        return Decision(state=after)
    needed = practice.needed(after.draft.severity, len(after.reviewers))
    return Decision(state=after.changed(needed=needed) if after.state is State.IN_REVIEW else after)


def _is_news(before: Review, after: Review, last: LastApproved) -> bool:
    if last.revision >= after.draft.revision:
        return False
    return before.state not in OPEN or (_is_of(before.approvals, last.who) and not _is_of(after.approvals, last.who))


def _is_of(approvals: Iterable[Approval], who: str) -> bool:
    return who in {person(approval.email) for approval in approvals}


def _notice(review: Review, reviewer: AskedReviewer, last: LastApproved, now: datetime) -> ReviewNotice:
    return tell(
        review,
        ReviewNoticeKind.REVIEW_AGAIN,
        Owner(name=reviewer.name, email=reviewer.email),
        now,
        due=reviewer.due,
        why=(f"You approved revision {last.revision}, and it has changed since.", *reviewer.why),
        since_revision=last.revision,
        sections=changed_since(last, review.draft),
    )
