"""When an owner is told that the draft has to be in review: before its meeting, once, and once when it is late. Pure.

The draft has a deadline of its own, of which drafting reminds. What would come within half a day of that, or after it,
is left to it: one mail says enough. What had passed when the meeting was set is not caught up with.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from services.review.domain.asks import TICK
from services.review.domain.attention import Submitting
from services.review.domain.hours import YEARS, awake, awake_before
from services.review.domain.practice import Practice
from services.review.domain.review import Review
from services.review.domain.states import State
from services.review.domain.telling import tell
from shared.contracts.decision import Decision
from shared.contracts.review_notices import ReviewNoticeKind

OF_THE_DRAFT = (timedelta(days=1), timedelta(0))
"""So long before the deadline drafting reminds of it, unless its policy says otherwise; and daily after it."""
APART = timedelta(hours=12)
WRITING = frozenset({State.WAITING, State.CHANGES_REQUESTED})


class _Step(NamedTuple):
    at: datetime
    late: bool


def remind_to_submit(review: Review, practice: Practice, now: datetime) -> Decision[Review]:
    """Tell the owner what is to be said by now, and remember that; of two steps only the later one."""
    start, owner = _start(review, now), review.draft.owner
    come = [step for step in _steps(review, practice, now) if step.at <= now]
    if start is None or not come or _awake(review, now, practice) != now:
        return Decision(state=review)
    step = come[-1]
    told = review.attention.changed(submitting=Submitting(start=start, late=step.late))
    notice = tell(
        review, ReviewNoticeKind.SUBMIT_DUE, owner, now, step=1 + step.late, due=start - practice.timing.before_meeting
    )
    return Decision(state=review.changed(attention=told), events=(notice,))


def look_for_submission(review: Review, practice: Practice, now: datetime) -> datetime | None:
    """Return when the owner is to be told next."""
    coming = (_awake(review, max(step.at, now + TICK), practice) for step in _steps(review, practice, now))
    return min(coming, default=None)


def _start(review: Review, now: datetime) -> datetime | None:
    """Return when the meeting is that a draft still has to be ready for."""
    draft, start = review.draft, review.meeting.start if review.meeting else None
    is_wanted = not draft.skipped and draft.correction_of is None and draft.revision > review.merged
    if start is None or not is_wanted or review.state not in WRITING or start.year not in YEARS:
        return None
    return start if now < start else None


def _steps(review: Review, practice: Practice, now: datetime) -> Iterator[_Step]:
    """Yield what is still to be said, in order."""
    start = _start(review, now)
    if start is None or review.meeting is None:
        return
    timing, day = practice.timing, practice.timing.day_of(review.draft.owner.email)
    limit, told = start - timing.before_meeting, review.attention.submitting
    first = _Step(awake_before(limit - timing.submit_before, *day), late=False)
    last = _Step(awake(limit, *day), late=True)
    for step in (first, last):
        is_told = told is not None and told.start == start and told.late >= step.late
        is_missed = step.at <= review.meeting.known_at or step.at >= start or (now >= limit and not step.late)
        if not (is_told or is_missed or _is_drafting_s(step.at, review.draft.deadline)):
            yield step


def _is_drafting_s(at: datetime, deadline: datetime) -> bool:
    """Say whether drafting reminds of the deadline around that time."""
    if deadline.year not in YEARS:
        return False
    return at > deadline or any(abs(deadline - before - at) < APART for before in OF_THE_DRAFT)


def _awake(review: Review, moment: datetime, practice: Practice) -> datetime:
    return awake(moment, *practice.timing.day_of(review.draft.owner.email))
