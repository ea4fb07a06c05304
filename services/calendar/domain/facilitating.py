"""Who facilitates: a member of the community who had nothing to do with it (guide A5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

from services.calendar.domain.hours import Hours
from services.calendar.domain.practice import Practice
from shared.contracts.base import Owner, derived_id


def facilitator(
    postmortem_id: str, involved: frozenset[str], host: str, length: timedelta, on: date, practice: Practice
) -> Owner | None:
    """Return who facilitates, None when everybody who could is involved.

    Whoever works at the same time as the `host` (the owner) for the meeting's length comes before others. Of those the
    postmortem's id picks one, each as often as the others: the highest of their hashes, so that when somebody comes
    or goes, only the meetings that are theirs change hands.
    """
    free = [person for person in practice.facilitators if person.email not in involved]
    near = [person for person in free if shared(practice.hours(person.email), practice.hours(host), on) >= length]
    return _picked(postmortem_id, near or free)


@lru_cache(maxsize=8192)
def shared(one: Hours, other: Hours, on: date) -> timedelta:
    """Return for how long two people work at the same time, clocks being what they are on a day."""
    opens, closes = (one.moment(on, at) for at in (one.opens, one.closes))
    days = (on + timedelta(days=n) for n in (-1, 0, 1))
    spans = ((other.moment(day, other.opens), other.moment(day, other.closes)) for day in days)
    return max(min(closes, until) - max(opens, since) for since, until in spans)


def _picked(postmortem_id: str, people: Iterable[Owner]) -> Owner | None:
    return max(people, key=lambda person: derived_id(postmortem_id, "facilitator", person.email), default=None)
