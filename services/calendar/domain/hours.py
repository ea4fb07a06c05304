"""When people work: the hours of their day in their zone, and their days off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from holidays import HolidayBase, country_holidays

from shared.contracts.days import is_among

STRETCH = timedelta(hours=2)
"""How much earlier and later than usual people can be asked to come."""
SATURDAY = 5
DAY = timedelta(days=1)


class Span(NamedTuple):
    """One working day (UTC): `opens` to `closes`, and `early` to `late` with the stretch at either end."""

    opens: datetime
    closes: datetime
    early: datetime
    late: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Somebody's working hours: `opens`, `closes` and whole days are meant in `timezone` (an IANA name).

    `holidays` are codes of a country or country-subdivision (`DE-BE`), `free_days` other days off (`2026-12-24`,
    `12-31`). Saturday and Sunday are off.
    """

    timezone: str
    opens: time
    closes: time
    holidays: tuple[str, ...] = ()
    free_days: tuple[str, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The zone that the hours are meant in."""
        return ZoneInfo(self.timezone)

    def works_on(self, day: date) -> bool:
        """Say whether a day (in this zone) is neither weekend nor holiday nor a day off."""
        if day.weekday() >= SATURDAY or is_among(day, self.free_days):
            return False
        return not any(day in calendar for calendar in _holidays(self.holidays))

    def moment(self, day: date, at: time) -> datetime:
        """Return a time of a day here in UTC."""
        return datetime.combine(day, at, self.zone).astimezone(UTC)

    def midnights(self, day: date) -> tuple[datetime, datetime]:
        """Return when a day here begins and ends, in UTC."""
        return self.moment(day, time.min), self.moment(day + DAY, time.min)


@lru_cache(maxsize=8192)
def span(hours: Hours, day: date) -> Span | None:
    """Return the working hours of a day, None when it is off. The stretch stays within the day."""
    if not hours.works_on(day):
        return None
    opens, closes = hours.moment(day, hours.opens), hours.moment(day, hours.closes)
    begins, ends = hours.midnights(day)
    return Span(opens, closes, max(opens - STRETCH, begins), min(closes + STRETCH, ends))


@cache
def _holidays(codes: tuple[str, ...]) -> tuple[HolidayBase, ...]:
    """The calendars of holidays; each works out the years that it is asked for."""
    return tuple(
        country_holidays(country, subdiv=part or None) for country, _, part in (code.partition("-") for code in codes)
    )
