"""When reviewers are reminded: before their review is due, and some working days after it. Pure.

Of each reviewer the document remembers when they were reminded last. All that was to be said by then is settled:
nothing is said twice, and a room that was down says where things stand now and nothing of what it missed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from services.review.domain.asks import TICK, day_of, waiting
from services.review.domain.attention import Ask
from services.review.domain.hours import awake, awake_before
from services.review.domain.practice import Practice
from services.review.domain.review import Review
from services.review.domain.telling import reviewer_of, tell
from shared.contracts.decision import Decision
from shared.contracts.review_notices import ReviewNotice, ReviewNoticeKind

REST = timedelta(hours=4)
"""Nobody is reminded so soon after they were asked or reminded."""
LATE_EVERY = timedelta(days=1)


def remind_reviewers(review: Review, practice: Practice, now: datetime) -> Decision[Review]:
    """Say who is to be reminded by now, each once, and remember that."""
    said: list[ReviewNotice] = []
    for ask in waiting(review):
        at = _next(ask, practice, now)
        if at is None or at > now or _awake(ask, now, practice) != now:
            continue
        is_late = now >= ask.due
        reminded = ask.changed(reminded_at=now, late=ask.late + is_late)
        review = review.changed(attention=review.attention.knowing(reminded))
        said.append(_said(review, reminded, now, is_late=is_late))
    return Decision(state=review, events=tuple(said))


def look_for_reminders(review: Review, practice: Practice, now: datetime) -> datetime | None:
    """Return when the next reviewer is to be reminded; what is due in their night waits for the morning."""
    coming = ((ask, _next(ask, practice, now)) for ask in waiting(review))
    return min((_awake(ask, max(at, now + TICK), practice) for ask, at in coming if at), default=None)


def _next(ask: Ask, practice: Practice, now: datetime) -> datetime | None:
    """Return when somebody is to be told next, or was, as far as it is not settled."""
    timing, day = practice.timing, day_of(ask, practice)
    rested = (ask.reminded_at or ask.since) + REST
    if now < ask.due:
        moments = (awake_before(ask.due - before, *day) for before in sorted(timing.before, reverse=True))
        if coming := next((at for at in moments if at >= rested), None):
            return coming
    if ask.late >= timing.late_times:
        return None
    again = ask.reminded_at + LATE_EVERY if ask.reminded_at else ask.due
    return _awake(ask, max(ask.due, again), practice)


def _awake(ask: Ask, moment: datetime, practice: Practice) -> datetime:
    return awake(moment, *day_of(ask, practice))


def _said(review: Review, ask: Ask, now: datetime, *, is_late: bool) -> ReviewNotice:
    kind = ReviewNoticeKind.REVIEW_LATE if is_late else ReviewNoticeKind.REVIEW_DUE
    return tell(review, kind, reviewer_of(review, ask.email), now, step=max(1, ask.late), due=ask.due)
