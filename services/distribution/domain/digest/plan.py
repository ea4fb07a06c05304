"""When digests are sent: one a week, on a day and at an hour of the organisation's zone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.contracts.base import derived_id

WEEK = timedelta(days=7)
LATEST = timedelta(days=2)
"""A digest that could not be sent for so long is given up: the next one tells what it would have told."""
SETTLED = timedelta(minutes=2)
"""So long after its time a digest is made up: what was decided just before it stands in the database by then."""
LOOKED_BACK = 4
"""Weeks: what nobody was told for longer is no news."""


@dataclass(frozen=True, slots=True)
class Week:
    """A week of a digest, by its Monday, and when that digest is due."""

    monday: date
    due: datetime

    @property
    def name(self) -> str:
        """Return the week as ISO 8601 writes it: `2026-W10`."""
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02}"

    @property
    def key(self) -> str:
        """Return the id of the week's digest."""
        return digest_id(self.name)


@dataclass(frozen=True, slots=True)
class Plan:
    """A day of the week (0 is Monday), an hour, their zone, and the lists that get a digest beside who chose it.

    An hour that a change of clocks leaves out is the one after it; of an hour that comes twice the first counts.
    """

    day: int
    hour: int
    zone: ZoneInfo
    lists: tuple[str, ...] = ()

    def week(self, monday: date) -> Week:
        """Return the week that begins on this Monday."""
        local = datetime.combine(monday + timedelta(days=self.day), time(self.hour), tzinfo=self.zone)
        return Week(monday, local.astimezone(UTC))

    def newest(self, now: datetime) -> Week:
        """Return the week whose digest was due last; one that is due now was."""
        today = now.astimezone(self.zone).date()
        monday = today - timedelta(days=today.weekday())
        weeks = (self.week(monday + n * WEEK) for n in (1, 0, -1, -2))
        return next(week for week in weeks if week.due <= now)

    def before(self, week: Week, n: int = 1) -> Week:
        """Return the week so many weeks before another."""
        return self.week(week.monday - n * WEEK)


def digest_id(week: str) -> str:
    """The id of a week's digest, whoever computes it."""
    return derived_id("digest", week)
