"""When owner and admins are told that approvals are missing: once for each submission, shortly before it is due. Pure.

They are told what is missing and what helps, never who is slow.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.review.domain.asks import TICK, day_of, waiting
from services.review.domain.attention import Ask
from services.review.domain.hours import awake, business_hours_after, business_hours_before
from services.review.domain.practice import Practice
from services.review.domain.review import Review
from services.review.domain.telling import tell
from shared.contracts.base import Owner
from shared.contracts.decision import Decision
from shared.contracts.review_notices import ReviewNoticeKind


def escalate(review: Review, practice: Practice, now: datetime) -> Decision[Review]:
    """Tell owner and admins, each in their own hours, and remember whom."""
    at = _moment(review, practice)
    if at is None or at > now:
        return Decision(state=review)
    told = tuple(who for who in _untold(review, practice) if _awake(who, now, practice) == now)
    if not told:
        return Decision(state=review)
    escalated = (*review.attention.escalated, *(who.email for who in told))
    known = review.changed(attention=review.attention.changed(escalated=escalated))
    why, due = _why(review), min(ask.due for ask in waiting(review))
    notices = tuple(tell(review, ReviewNoticeKind.REVIEW_ESCALATED, who, now, why=why, due=due) for who in told)
    return Decision(state=known, events=notices)


def look_for_escalation(review: Review, practice: Practice, now: datetime) -> datetime | None:
    """Return when the next of them is to be told."""
    at = _moment(review, practice)
    if at is None:
        return None
    return min((_awake(who, max(at, now + TICK), practice) for who in _untold(review, practice)), default=None)


def _moment(review: Review, practice: Practice) -> datetime | None:
    """Return when it is time, or was: for the first of those who are waited for."""
    return min((_time(ask, practice) for ask in waiting(review)), default=None)


def _time(ask: Ask, practice: Practice) -> datetime:
    """Nobody is made a case of before they had as long as anybody has; where nobody else is left it is time at once."""
    timing = practice.timing
    if ask.alone:
        return ask.since
    had = business_hours_after(ask.since, timing.silent_after, *day_of(ask, practice))
    return max(had, business_hours_before(ask.due, timing.escalate_before, timing.hours, timing.zone))


def _untold(review: Review, practice: Practice) -> Iterator[Owner]:
    people = {who.email: who for who in (review.draft.owner, *practice.admins)}
    return (who for email, who in people.items() if email not in review.attention.escalated)


def _awake(who: Owner, moment: datetime, practice: Practice) -> datetime:
    return awake(moment, *practice.timing.day_of(who.email))


def _why(review: Review) -> tuple[str, ...]:
    given, alone = len(review.approvals), any(ask.alone for ask in waiting(review))
    missing = f"It has {given} of the {review.needed} approvals that it needs."
    return (missing, "Nobody else is left who could be asked.") if alone else (missing,)
