"""How long somebody is awake and there within a time: their days in their zone, without days off. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from services.review.domain.practice import Practice
from shared.contracts.availability import Away, Hours
from shared.contracts.community import Member

Span = tuple[datetime, datetime]
"""From when until when, in UTC."""
DAY = timedelta(days=1)
NOTHING = timedelta()


def awake(member: Member, practice: Practice, since: datetime, until: datetime) -> timedelta:
    """Return how long a member is awake and not away between two times; a clock change shortens or lengthens it."""
    zone = ZoneInfo(member.timezone) if member.timezone else practice.zone
    spans = _worked(member.hours or practice.awake, zone, practice.is_free, since, until)
    absences = sorted((*(_absence(away, zone) for away in member.away), *_until_back(member, since)))
    return sum((_left(span, absences) for span in spans), NOTHING)


@lru_cache(maxsize=512)
def _worked(
    hours: Hours, zone: ZoneInfo, is_free: Callable[[date], bool], since: datetime, until: datetime
) -> tuple[Span, ...]:
    """Return what of their days is within a time; of one assignment it is the same for all who live alike."""
    within = (_within(span, since, until) for span in days(hours, zone, is_free, since, until))
    return tuple(span for span in within if span)


def days(
    hours: Hours, zone: ZoneInfo, is_free: Callable[[date], bool], since: datetime, until: datetime
) -> Iterator[Span]:
    """Yield the working days that touch a time, in order; one that lasts over midnight is of the day it opens on."""
    day, last = since.astimezone(zone).date() - DAY, until.astimezone(zone).date()
    while day <= last:
        if not is_free(day):
            yield _day(day, hours, zone)
        day += DAY


@lru_cache(maxsize=4096)
def _day(day: date, hours: Hours, zone: ZoneInfo) -> Span:
    closes_on = day if hours.opens < hours.closes else day + DAY
    return _moment(day, hours.opens, zone), _moment(closes_on, hours.closes, zone)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


def _within(span: Span, since: datetime, until: datetime) -> Span | None:
    start, end = max(span[0], since), min(span[1], until)
    return (start, end) if start < end else None


def _until_back(member: Member, since: datetime) -> Iterator[Span]:
    if member.away_until and member.away_until > since:
        yield since, member.away_until


def _absence(away: Away, zone: ZoneInfo) -> Span:
    """Return the time of an absence; one of days begins and ends with these, in the person's zone."""
    if isinstance(away.since, datetime) and isinstance(away.until, datetime):
        return away.since, away.until
    return _moment(away.since, time.min, zone), _moment(away.until + DAY, time.min, zone)


def _left(span: Span, absences: Iterable[Span]) -> timedelta:
    """What is left of a span; absences are in order, and may overlap each other."""
    left, at = NOTHING, span[0]
    for since, until in absences:
        left += max(NOTHING, min(since, span[1]) - at)
        at = max(at, min(until, span[1]))
    return left + (span[1] - at)
