"""When people work: some hours of each working day, by their own clocks. Pure.

Where a clock jumps over the hour at which a day begins or ends, or shows it twice, that day is the shorter: so nobody
is ever reached outside their hours. Spans are counted in real time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

YEARS = range(1971, 9000)
"""A time in none of these years is a slip of the pen; nobody's hours are kept for it."""
HORIZON = 400
"""Days that a working day is looked for: no organisation closes for so long."""
LAST_CALL = timedelta(hours=1)
DAY = timedelta(days=1)
SATURDAY = 5


def is_weekend(day: date) -> bool:
    """Say whether a day is a Saturday or a Sunday."""
    return day.weekday() >= SATURDAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The hours of a working day, and which days are none."""

    opens: time = time(9)
    closes: time = time(17)
    is_free: Callable[[date], bool] = is_weekend

    def of(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
        """Return when a day's work begins and ends (UTC), None on a day without."""
        if self.is_free(day):
            return None
        opens = max(_moment(day, self.opens, zone, fold) for fold in (0, 1))
        closes = min(_moment(day, self.closes, zone, fold) for fold in (0, 1))
        return (opens, closes) if opens < closes else None


def awake(moment: datetime, hours: Hours, zone: ZoneInfo) -> datetime:
    """Return the moment if it is in somebody's hours, else when their next working day begins."""
    for opens, closes in _days(moment, hours, zone, DAY):
        if moment < closes:
            return max(moment, opens)
    return moment


def awake_before(moment: datetime, hours: Hours, zone: ZoneInfo) -> datetime:
    """Return the moment if it is in somebody's hours, else an hour before their last working day ended."""
    for opens, closes in _days(moment, hours, zone, -DAY):
        if moment >= opens:
            return moment if moment < closes else max(opens, closes - LAST_CALL)
    return moment


def business_hours_between(start: datetime, end: datetime, hours: Hours, zone: ZoneInfo) -> timedelta:
    """Return how much of the time between two moments is somebody's working time."""
    worked = timedelta(0)
    for opens, closes in _days(start, hours, zone, DAY):
        if opens >= end:
            break
        worked += max(timedelta(0), min(closes, end) - max(opens, start))
    return worked


def business_hours_after(moment: datetime, span: timedelta, hours: Hours, zone: ZoneInfo) -> datetime:
    """Return when somebody has worked for so long since a moment."""
    left = span
    for opens, closes in _days(moment, hours, zone, DAY):
        begun = max(moment, opens)
        if closes - begun >= left:
            return begun + left
        left -= max(timedelta(0), closes - begun)
    return moment


def business_hours_before(moment: datetime, span: timedelta, hours: Hours, zone: ZoneInfo) -> datetime:
    """Return since when somebody works for so long until a moment."""
    left = span
    for opens, closes in _days(moment, hours, zone, -DAY):
        ended = min(moment, closes)
        if ended - opens >= left:
            return ended - left
        left -= max(timedelta(0), ended - opens)
    return moment


def _moment(day: date, at: time, zone: ZoneInfo, fold: int) -> datetime:
    return datetime.combine(day, at.replace(fold=fold), zone).astimezone(UTC)


def _days(moment: datetime, hours: Hours, zone: ZoneInfo, step: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """Yield the working days from that of a moment on, or back from it."""
    if moment.year not in YEARS:
        return
    day = moment.astimezone(zone).date()
    for _ in range(HORIZON):
        if worked := hours.of(day, zone):
            yield worked
        day += step
