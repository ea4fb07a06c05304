"""When somebody is busy, read out of what their calendar answers: VFREEBUSY (RFC 5545 section 3.6.4), or its events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component, Event, vPeriod

Period = tuple[datetime, datetime]
"""From when until when, in UTC."""
TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
"""What recurs like that is no appointment, and could keep us busy for ever."""


def of_free_busy(text: str) -> tuple[Period, ...] | None:
    """Return the busy times of a free-busy object, None when it is none. Raises: ValueError.

    Some servers list what is cancelled or shown as free, marked FREE.
    """
    parts = _parsed(text).walk("VFREEBUSY")
    periods = [period for part in parts for period in _listed(part)]
    busy = (period for period in periods if str(period.params.get("FBTYPE", "BUSY")).upper() != "FREE")
    return (
        tuple((_utc(period.start, ZoneInfo("UTC")), _utc(period.end, ZoneInfo("UTC"))) for period in busy)
        if parts
        else None
    )


def of_events(texts: Iterable[str], since: datetime, until: datetime, zone: ZoneInfo, email: str) -> tuple[Period, ...]:
    """Return the busy times of events, those that recur each time, within a span. Raises: ValueError.

    A time without a zone, and a whole day, are meant in `zone`.
    """
    return tuple(
        _period(event, zone)
        for text in texts
        for event in recurring_ical_events.of(_bounded(_parsed(text)), skip_bad_series=True).between(since, until)
        if _takes_time(event, email)
    )


def _parsed(text: str) -> Component:
    return Calendar.from_ical(text)


def _listed(part: Component) -> list[vPeriod]:
    value = part.get("FREEBUSY", [])
    return value if isinstance(value, list) else [value]


def _bounded(calendar: Component) -> Component:
    """Leave out what recurs too often."""
    calendar.subcomponents = [
        part for part in calendar.subcomponents if not TOO_OFTEN & set(map(str.upper, _frequencies(part)))
    ]
    return calendar


def _frequencies(part: Component) -> list[str]:
    rules = part.get("RRULE", [])
    return [str(each) for rule in (rules if isinstance(rules, list) else [rules]) for each in rule.get("FREQ", [])]


def _takes_time(event: Component, email: str) -> bool:
    """Whether somebody is busy with it: not when it is off, shown as free, or declined by them."""
    if str(event.get("STATUS", "")).upper() == "CANCELLED" or str(event.get("TRANSP", "")).upper() == "TRANSPARENT":
        return False
    invited = event.get("ATTENDEE", [])
    theirs = (each for each in (invited if isinstance(invited, list) else [invited]) if _is(each, email))
    return not any(str(each.params.get("PARTSTAT", "")).upper() == "DECLINED" for each in theirs)


def _is(address: object, email: str) -> bool:
    return str(address).lower() == f"mailto:{email}"


def _period(event: Component, zone: ZoneInfo) -> Period:
    if not isinstance(event, Event):
        msg = f"this is no event: {event.name}"
        raise ValueError(msg)  # noqa: TRY004 - of what was read, not of our types
    return _utc(event.start, zone), _utc(event.end, zone)


def _utc(value: date, zone: ZoneInfo) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.combine(value, time.min)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
