"""An axis of time: how moments lie along it, and where round times of the organisation's day are. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

MOST_TICKS = 8
STEPS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200)
"""Seconds between two ticks that people count by, within a day."""
DAYS = (1, 2, 7, 14, 28, 91, 182, 365)
LEAST = timedelta(minutes=2)
"""An axis is this long at least: a moment has no length."""


class Tick(NamedTuple):
    """A round time: where it lies, what it is called, and its day when that is another one than of the tick before."""

    x: float
    label: str
    day: str


class Axis(NamedTuple):
    """The time from `start` to `end`, drawn from `left` to `right`."""

    start: datetime
    end: datetime
    left: float
    right: float

    def x(self, at: datetime) -> float:
        """Return where a moment lies; what is outside lies at the edge."""
        share = (at - self.start) / (self.end - self.start)
        return round(self.left + (self.right - self.left) * min(max(share, 0), 1), 1)

    def ticks(self, zone: tzinfo) -> tuple[Tick, ...]:
        """Return the round times on it, as clocks there show them."""
        return tuple(self._ticks(zone))

    def _ticks(self, zone: tzinfo) -> Iterator[Tick]:
        step = (self.end - self.start).total_seconds() / MOST_TICKS
        within = next((each for each in STEPS if each >= step), None)
        before = None
        for at in _within_days(self, zone, within) if within else _days(self, zone, step / 86400):
            local = at.astimezone(zone)
            day = f"{local:%Y-%m-%d}"
            if within:
                yield Tick(self.x(at), f"{local:%H:%M}", "" if day == before else day)
            else:
                yield Tick(self.x(at), day, "")
            before = day


def axis(moments: list[datetime], left: float, right: float) -> Axis:
    """Return an axis that these moments lie on, with a little room at its ends; there is one at least."""
    first, last = min(moments), max(moments)
    room = max((last - first) / 50, (LEAST - (last - first)) / 2)
    try:
        return Axis(first - room, last + room, left, right)
    except OverflowError:  # at the very ends of the calendar there is no room
        return Axis(first, max(last, first + LEAST), left, right)


def _within_days(axis: Axis, zone: tzinfo, step: int) -> Iterator[datetime]:
    """Yield round times of each day by the clock: where the clock is turned, some are missing or nearer."""
    for day in _dates(axis, zone, 1):
        for seconds in range(0, 86400, step):
            clock = time(seconds // 3600, seconds % 3600 // 60, tzinfo=zone)
            at = datetime.combine(day, clock).astimezone(UTC)
            if axis.start <= at <= axis.end and (at.astimezone(zone).time() == clock.replace(tzinfo=None)):
                yield at


def _days(axis: Axis, zone: tzinfo, step: float) -> Iterator[datetime]:
    every = next((each for each in DAYS if each >= step), int(step) + 1)
    for day in _dates(axis, zone, every):
        at = datetime.combine(day, time(tzinfo=zone)).astimezone(UTC)
        if axis.start <= at <= axis.end:
            yield at


def _dates(axis: Axis, zone: tzinfo, every: int) -> Iterator[date]:
    first, last = (at.astimezone(zone).date() for at in (axis.start, axis.end))
    for number in range(0, (last - first).days + 1, every):
        yield first + timedelta(days=number)
