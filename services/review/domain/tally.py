"""How often everybody was asked before a time up to which nothing is added any more: counted once, by days. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

SETTLED = timedelta(minutes=1)
"""Whoever was asked longer ago than this is written by now: no call of the database takes as long, and the clocks of
processes are closer to each other."""
KEPT = timedelta(hours=1)
"""After this it is counted anew, lest what came later than it should (the clock of a machine was wrong, an older
version wrote it) be left out for ever."""

NEVER = datetime.min.replace(tzinfo=UTC)
Days = Mapping[date, Mapping[str, int]]
"""Day (UTC) -> address -> how often they were asked on it."""


@dataclass(slots=True)
class Tally:
    """How often everybody was `asked` from the day `since` on, up to the moment `until`, and on which `days`.

    `begun` is when it was counted from the beginning.
    """

    since: date = date.max
    begun: datetime = NEVER
    until: datetime = NEVER
    asked: Counter[str] = field(default_factory=Counter)
    days: dict[date, Counter[str]] = field(default_factory=dict)

    def wants(self, since: date, now: datetime) -> tuple[datetime, datetime] | None:
        """Return from when up to when is to be counted next; None while that is hardly anything.

        It forgets what nobody asks for any more, and all when it is old, or lacks days.
        """
        if since < self.since or now - self.begun > KEPT:
            self.begun, self.until = now, _midnight(since)
            self.asked, self.days = Counter(), {}
        for day in [day for day in self.days if day < since]:
            self.asked -= self.days.pop(day)
        self.since, self.until = since, max(self.until, _midnight(since))
        return (self.until, now - SETTLED) if now - self.until > 2 * SETTLED else None

    def add(self, days: Days, until: datetime) -> None:
        """Take in what was counted up to a time."""
        for day, counted in days.items():
            self.days.setdefault(day, Counter()).update(counted)
            self.asked.update(counted)
        self.until = until

    def forget(self) -> None:
        """Count from the beginning the next time."""
        self.since = date.max


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
