"""One calm mail a day at most: there are remarks that the owner was not told of, and the text rests. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.review.domain.checking import is_checked
from services.review.domain.practice import Practice
from services.review.domain.review import Review
from services.review.domain.states import State
from services.review.domain.telling import tell, titles
from shared.contracts.coaching import Remark, RemarkSeverity
from shared.contracts.decision import Decision
from shared.contracts.review_notices import ReviewNotice, ReviewNoticeKind

ONCE_IN = timedelta(days=1)
SOON = timedelta(seconds=1)
"""A look that is late is made up for: a timer rings only at a time that is to come."""
WEIGHTY = (RemarkSeverity.ERROR, RemarkSeverity.WARNING)


def look_for_mail(review: Review, practice: Practice, now: datetime) -> datetime | None:
    """Return when there is to be a mail about remarks."""
    due = _due(review, practice)
    return due and max(due, now + SOON)


def mail_remarks(review: Review, practice: Practice, now: datetime) -> Decision[Review]:
    """Tell the owner how many remarks there are and in which sections, once the time has come."""
    due = _due(review, practice)
    if due is None or due > now:
        return Decision(state=review)
    coached = review.coached.mailing(review.coached.standing(*WEIGHTY), now)
    told = review.changed(coached=coached)
    return Decision(state=told, events=(_notice(told, now),))


def _due(review: Review, practice: Practice) -> datetime | None:
    """Return from when on a mail may go, None when there is nothing that no mail has told of."""
    coached, coaching = review.coached, practice.coaching
    is_written = is_checked(review) and review.state is not State.APPROVED
    if not (coaching.mail and is_written and coached.quiet_since and _news(review)):
        return None
    rests = coached.quiet_since + coaching.quiet
    return max(rests, coached.mailed_at + ONCE_IN) if coached.mailed_at else rests


def _news(review: Review) -> tuple[Remark, ...]:
    coached, known = review.coached, frozenset(review.coached.mailed)
    return tuple(remark for remark in coached.standing(*WEIGHTY) if remark.id not in known)


def _notice(review: Review, now: datetime) -> ReviewNotice:
    draft, coached = review.draft, review.coached
    sections = titles(draft, {remark.section for remark in coached.standing(*WEIGHTY)})
    kind, counts = ReviewNoticeKind.COACHING, coached.counts()
    return tell(review, kind, draft.owner, now, step=coached.mails, sections=sections, counts=counts)
