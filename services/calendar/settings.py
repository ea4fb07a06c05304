"""What may be set from outside: the calendar's address, and the organisation's habits in the policy file."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from holidays import country_holidays
from pydantic import AfterValidator, BaseModel, Field, SecretStr, field_validator, model_validator

from services.calendar.domain import Practice
from shared.contracts.base import Owner, Severity, Url
from shared.contracts.days import FreeDay
from shared.contracts.zones import Zone
from shared.settings import RoomSettings

LONGEST = 240


class Settings(RoomSettings):
    """Every room's settings, and where the shared calendar is."""

    caldav_url: SecretStr = Field(
        description="the collection's final URL: https://user:password@host/path/to/collection/"
    )
    caldav_poll_seconds: float = Field(
        default=60.0, ge=1, le=3600, description="how long what people do on the calendar may go unnoticed"
    )

    @field_validator("caldav_url")
    @classmethod
    def _is_a_collection(cls, value: SecretStr) -> SecretStr:
        url = urlsplit(value.get_secret_value())
        if url.scheme not in ("http", "https") or not url.hostname or not url.path.endswith("/"):
            msg = "must be http(s)://user:password@host/collection/ with the slash at its end"
            raise ValueError(msg)
        if not url.username or not url.password:
            msg = "needs user and password in it: http(s)://user:password@host/collection/"
            raise ValueError(msg)
        return value


def _known_holidays(code: str) -> str:
    country, _, part = code.partition("-")
    try:
        country_holidays(country, subdiv=part or None)
    except NotImplementedError as error:
        msg = f"no holidays are known for {code!r}; write a country (DE) or a part of one (DE-BE)"
        raise ValueError(msg) from error
    return code


class Organisation(BaseModel):
    """`[organisation]`: where and when people work."""

    timezone: Zone = "UTC"
    holidays: tuple[Annotated[str, AfterValidator(_known_holidays)], ...] = ()
    free_days: tuple[FreeDay, ...] = ()
    working_hours: tuple[time, time] = (time(9), time(17))

    @field_validator("working_hours")
    @classmethod
    def _in_order(cls, hours: tuple[time, time]) -> tuple[time, time]:
        opens, closes = hours
        if opens >= closes or opens.tzinfo or closes.tzinfo:
            msg = 'must be two times of one day, the earlier first, without a zone: ["09:00", "17:00"]'
            raise ValueError(msg)
        return hours

    @property
    def longest(self) -> timedelta:
        """How long a meeting fits into a working day, beginning on a half hour."""
        opens, closes = (timedelta(hours=at.hour, minutes=at.minute) for at in self.working_hours)
        return closes - opens - timedelta(minutes=-self.working_hours[0].minute % 30)


Minutes = Annotated[int, Field(ge=15, le=LONGEST)]


class CalendarPolicy(BaseModel):
    """`[calendar]`: what the meetings are like. `minutes` by severity (guide A5: 30 to 60)."""

    organizer: Owner
    join_url: Url
    notice_hours: int = Field(default=24, ge=0, le=336)
    delete_grace_minutes: int = Field(default=2, ge=0, le=1440)
    minutes: dict[Severity, Minutes] = Field(default_factory=dict)

    def length(self, severity: Severity) -> int:
        """Return the minutes of a severity; an hour unless the policy says otherwise."""
        return self.minutes.get(severity, 60)


class Policy(BaseModel):
    """What calendar reads of the policy file."""

    organisation: Organisation = Organisation()
    calendar: CalendarPolicy

    @model_validator(mode="after")
    def _meetings_fit(self) -> Policy:
        longest = max(self.calendar.length(severity) for severity in Severity)
        if timedelta(minutes=longest) > self.organisation.longest:
            msg = (
                f"organisation.working_hours: no room for a meeting of {longest} minutes; "
                "widen them or shorten calendar.minutes"
            )
            raise ValueError(msg)
        return self

    def practice(self, public_url: str) -> Practice:
        """Return the organisation's habits in the domain's words."""
        opens, closes = self.organisation.working_hours
        return Practice(
            timezone=self.organisation.timezone,
            holidays=self.organisation.holidays,
            free_days=self.organisation.free_days,
            opens=opens,
            closes=closes,
            notice=timedelta(hours=self.calendar.notice_hours),
            minutes={severity: self.calendar.length(severity) for severity in Severity},
            organizer=self.calendar.organizer,
            join_url=self.calendar.join_url,
            public_url=public_url,
            grace=timedelta(minutes=self.calendar.delete_grace_minutes),
        )
