"""When people are to be reminded of something that is due: so long before, at it, and every so often after. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

YEARS = range(1971, 9000)
"""What is due in none of these years is a slip of the pen, of which nobody is reminded."""


class Moment(NamedTuple):
    """A time (UTC) at which somebody is to be reminded; `late`: it is of something whose time is over."""

    at: datetime
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How long before something is due people are reminded, and how often after; at it they always are.

    Without any of both nobody is ever reminded, not even then.
    """

    before: tuple[timedelta, ...]
    late_every: timedelta
    late_times: int

    def moments(self, due: datetime) -> Iterator[Moment]:
        """Yield the times, in order."""
        if due.year not in YEARS or not (self.before or self.late_times):
            return
        yield from (Moment(due - before, late=False) for before in sorted(self.before, reverse=True))
        yield Moment(due, late=False)
        yield from (Moment(due + n * self.late_every, late=True) for n in range(1, self.late_times + 1))


OF_DRAFTS = Schedule(before=(timedelta(hours=24),), late_every=timedelta(days=1), late_times=10)
OF_ITEMS = Schedule(before=(timedelta(hours=72),), late_every=timedelta(days=7), late_times=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminders:
    """Both schedules, and between which hours of their day people are reminded: what falls into the night waits."""

    drafts: Schedule = OF_DRAFTS
    items: Schedule = OF_ITEMS
    opens: time = time(8)
    closes: time = time(20)

    def awake(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """Return the moment (UTC) if it is in somebody's day, else the morning after it."""
        local = moment.astimezone(zone)
        if self.opens <= local.time() < self.closes:
            return moment
        day = local.date() + timedelta(days=local.time() >= self.closes)
        return max(moment, datetime.combine(day, self.opens, zone).astimezone(UTC))
