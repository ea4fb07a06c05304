"""Until when a verdict is hoped for. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.review.domain.assigning.hours import DAY, NOTHING, days
from services.review.domain.hours import YEARS
from services.review.domain.practice import Practice

LONGEST = 60
"""So many days an organisation is never closed; and nobody has a review for longer, whenever it meets."""


def hoped_for(needed: datetime, practice: Practice, now: datetime) -> datetime:
    """Return until when a verdict is hoped for on what is needed then, for the meeting or by its deadline.

    So long before that as the policy says: whoever comes to the meeting reads it before (guide).
    Never sooner than the policy's time from now, and never before the organisation has had a whole working day: so
    there are people awake in it wherever they live, also when it is asked for on the eve of a weekend or too late.
    """
    soonest = now + timedelta(hours=practice.ask_hours)
    soon_enough = min(needed, now + LONGEST * DAY)
    due = max(soon_enough - practice.timing.before_meeting, soonest) if needed.year in YEARS else soonest
    for _ in range(LONGEST):
        if _has_a_day(practice, now, due):
            break
        due += DAY
    return due


def _has_a_day(practice: Practice, now: datetime, due: datetime) -> bool:
    """Say whether the hours of one working day at least are between two times, be it in two parts."""
    spans = list(days(practice.awake, practice.zone, practice.is_free, now, due))
    between = sum((max(NOTHING, min(end, due) - max(start, now)) for start, end in spans), NOTHING)
    return any(end - start <= between + timedelta(hours=1) for start, end in spans)
