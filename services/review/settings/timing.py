"""What the policy file says of time: working hours, until when reviews are due, and when people are told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

from holidays import country_holidays
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.review.domain import Hours, Timing
from services.review.settings.organisation import Organisation
from shared.contracts.days import is_among
from shared.working_time import WorkingHours

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _known_days(days: frozenset[str]) -> frozenset[str]:
    unknown = sorted(days - set(WEEK))
    if unknown or not days:
        msg = f"write working days as {', '.join(WEEK)}, at least one" + (
            f"; {unknown[0]!r} is none" if unknown else ""
        )
        raise ValueError(msg)
    return days


Fewer = Annotated[float, Field(ge=0, le=8_760)]
Working = Annotated[float, Field(ge=0, le=400)]


class ReviewHours(BaseModel):
    """`[review.hours]`: when reviewers and owners are told something, by their own clocks; else as `[organisation]`."""

    model_config = ConfigDict(extra="forbid")

    working_hours: WorkingHours | None = None
    working_days: Annotated[frozenset[str], AfterValidator(_known_days)] = frozenset(WEEK[:5])

    def hours(self, organisation: Organisation) -> Hours:
        """Return the hours of a working day, and which days are none."""
        opens, closes = self.working_hours or organisation.working_hours
        codes = (code.partition("-") for code in organisation.holidays)
        calendars = [country_holidays(country, subdiv=part or None) for country, _, part in codes]
        free, days = frozenset(organisation.free_days), self.working_days

        @lru_cache(maxsize=4096)
        def is_free(day: date) -> bool:
            is_off = WEEK[day.weekday()] not in days or is_among(day, free)
            return is_off or any(day in calendar for calendar in calendars)

        return Hours(opens=opens, closes=closes, is_free=is_free)


class ReviewReminders(BaseModel):
    """`[review.reminders]`: hours, and those with `business` in their name are working hours."""

    model_config = ConfigDict(extra="forbid")

    before_meeting_hours: Fewer = 24
    before_hours: tuple[Annotated[float, Field(gt=0, le=8_760)], ...] = Field(default=(24,), max_length=5)
    late_times: int = Field(default=3, ge=0, le=20)
    silent_after_business_hours: Annotated[float, Field(gt=0, le=400)] = 8
    reassign_times: int = Field(default=2, ge=0, le=10)
    escalate_business_hours: Working = 4
    submit_hours: Fewer = 24
    look_every_hours: Annotated[float, Field(ge=0.1, le=24)] = 1

    def timing(self, hours: Hours, zone: str, zones: Mapping[str, str]) -> Timing:
        """Return it in the words of the rules; `zones`: address -> zone of the people who have one."""
        return Timing(
            before_meeting=_hours(self.before_meeting_hours),
            before=tuple(map(_hours, self.before_hours)),
            late_times=self.late_times,
            silent_after=_hours(self.silent_after_business_hours),
            reassign_times=self.reassign_times,
            escalate_before=_hours(self.escalate_business_hours),
            submit_before=_hours(self.submit_hours),
            look_every=_hours(self.look_every_hours),
            hours=hours,
            zone=ZoneInfo(zone),
            zones={email: ZoneInfo(name) for email, name in zones.items()},
        )


def _hours(number: float) -> timedelta:
    return timedelta(hours=number)
