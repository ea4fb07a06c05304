"""A month of meetings: its weeks, from Monday to Sunday, in the days of one zone. Pure.

A day begins at its midnight there, and is 23 or 25 hours long when clocks change.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.gateway.domain.pages.waiting import is_attending
from services.gateway.domain.view import View

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEK = 7
_MONTH = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])", re.ASCII)
FIRST, LAST = date(1900, 1, 1), date(2099, 12, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A meeting in the calendar; times are the zone's. `mine`: the reader is on the invitation."""

    id: str
    title: str
    severity: str
    severity_label: str
    restricted: bool
    status: str
    start: datetime
    end: datetime
    join_url: str
    mine: bool
    people: int

    @property
    def path(self) -> str:
        """Return where the meeting is seen."""
        return f"/postmortems/{self.id}/meeting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of the table; `inside`: it belongs to the month."""

    date: date
    inside: bool
    is_today: bool
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Month:
    """A month by its first day."""

    first: date

    @classmethod
    def of(cls, moment: datetime, zone: ZoneInfo) -> Month:
        """Return the month in which something is, there."""
        return cls(moment.astimezone(zone).date().replace(day=1))

    @classmethod
    def named(cls, name: str) -> Month | None:
        """Return the month of a name such as `2026-03`, or None when that names none."""
        return cls(date.fromisoformat(f"{name}-01")) if _MONTH.fullmatch(name) else None

    @property
    def name(self) -> str:
        """Return it as addresses have it: `2026-03`."""
        return f"{self.first:%Y-%m}"

    @property
    def words(self) -> str:
        """Return it as people say it: `March 2026`."""
        return f"{self.first:%B %Y}"

    def before(self) -> Month | None:
        """Return the month before, unless that lies before all that have names here."""
        return None if self.first <= FIRST else Month((self.first - timedelta(days=1)).replace(day=1))

    def after(self) -> Month | None:
        """Return the month after, unless that lies behind all that have names here."""
        return None if self.first >= LAST else Month(_next(self.first))

    def weeks(self) -> tuple[tuple[date, ...], ...]:
        """Return its weeks, each from Monday to Sunday, filled with days of the months beside it."""
        begin, end = _monday(self.first), _next(self.first)
        weeks = range(-(-(end - begin).days // WEEK))
        return tuple(tuple(begin + timedelta(days=WEEK * week + day) for day in range(WEEK)) for week in weeks)

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return when the first day of its table begins there, and when the last one is over. UTC."""
        weeks = self.weeks()
        return begins(weeks[0][0], zone), begins(weeks[-1][-1] + timedelta(days=1), zone)


def begins(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins: at midnight, or when clocks skip that, at the first time that there is. UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def entries(views: Iterable[View], email: str, zone: ZoneInfo) -> tuple[Entry, ...]:
    """Return the meetings of these postmortems by when they begin, as this person sees them."""
    found = [entry for view in views if (entry := _entry(view, email, zone))]
    return tuple(sorted(found, key=lambda entry: (entry.start.astimezone(UTC), entry.id)))


def table(month: Month, found: Sequence[Entry], today: date) -> tuple[tuple[Day, ...], ...]:
    """Return the weeks of a month with its meetings, each on the day on which it begins."""
    by_day = _by_day(found)
    return tuple(tuple(_day(month, day, by_day.get(day, ()), today) for day in week) for week in month.weeks())


def days_with(found: Sequence[Entry]) -> tuple[tuple[date, tuple[Entry, ...]], ...]:
    """Return the days on which there are meetings, with these."""
    return tuple(sorted(_by_day(found).items()))


def status_of(view: View) -> str:
    """Return how a meeting stands: `cancelled`, `ended`, `scheduled` or `tentative`; `none` when there is none."""
    if view.meeting is None:
        return "none"
    return "cancelled" if view.cancelled else "ended" if view.ended else view.meeting.status


def _by_day(found: Iterable[Entry]) -> dict[date, tuple[Entry, ...]]:
    days: defaultdict[date, tuple[Entry, ...]] = defaultdict(tuple)
    for entry in found:
        days[entry.start.date()] += (entry,)
    return dict(days)


def _day(month: Month, day: date, found: tuple[Entry, ...], today: date) -> Day:
    return Day(date=day, inside=day.replace(day=1) == month.first, is_today=day == today, entries=found)


def _entry(view: View, email: str, zone: ZoneInfo) -> Entry | None:
    draft, meeting = view.draft, view.meeting
    if draft is None or meeting is None:
        return None
    return Entry(
        id=view.id,
        title=draft.title,
        severity=draft.severity.value,
        severity_label=draft.severity_words(),
        restricted=draft.restricted,
        status=status_of(view),
        start=meeting.start.astimezone(zone),
        end=meeting.end.astimezone(zone),
        join_url=meeting.join_url,
        mine=is_attending(meeting, email),
        people=len(meeting.attendees),
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _next(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
