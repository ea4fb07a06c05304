"""What may be set from outside: the calendar's address, and the organisation's habits in the policy file."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from services.calendar.domain import Hours, Practice
from services.calendar.domain.practice import Invitations
from services.calendar.domain.roles import ENGINEERING_MANAGER, PRODUCT_MANAGER, SERVICE_OWNER
from services.calendar.settings.busy import BusyCalendars, is_template
from services.calendar.settings.people import Organisation, PolicyPerson, PolicyService, longest
from shared.contracts.base import Email, Owner, Severity, Url
from shared.contracts.values import Attendee
from shared.settings import RoomSettings

LONGEST = 240
AS = {"owner": SERVICE_OWNER, "engineering_manager": ENGINEERING_MANAGER, "product_manager": PRODUCT_MANAGER}
"""As what they are invited who answer for a service."""


class Settings(RoomSettings):
    """Every room's settings, and where the shared calendar is.

    People's own calendars are named in the policy; with an account of their own, its address comes from here instead.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True)

    caldav_url: SecretStr = Field(
        description="the collection's final URL: https://user:password@host/path/to/collection/"
    )

    caldav_busy_url: SecretStr | None = Field(
        default=None,
        description="people's own calendars: https://user:password@host/{email}/, or {user}, what is left of the @",
    )
    caldav_poll_seconds: float = Field(
        default=60.0, ge=1, le=3600, description="how long what people do on the calendar may go unnoticed"
    )

    @field_validator("caldav_busy_url")
    @classmethod
    def _names_people(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            is_template(value.get_secret_value())
        return value

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


Minutes = Annotated[int, Field(ge=15, le=LONGEST)]


class CalendarPolicy(BaseModel):
    """`[calendar]`: what the meetings are like. `minutes` by severity (guide A5: 30 to 60).

    Each person needed beyond `people_included` adds `minutes_per_person`, up to `longest_minutes`. A text that is not
    approved `approval_hours` before its meeting moves it, `moves` times; nothing does with 0 hours. Some are reminded
    of it by mail `preread_hours` before, nobody with 0.
    """

    organizer: Owner
    join_url: Url
    notice_hours: int = Field(default=24, ge=0, le=336)
    approval_hours: int = Field(default=24, ge=0, le=336)
    moves: int = Field(default=5, ge=0, le=100)
    preread_hours: int = Field(default=24, ge=0, le=336)
    delete_grace_minutes: int = Field(default=2, ge=0, le=1440)
    minutes: dict[Severity, Minutes] = Field(default_factory=dict)
    minutes_per_person: int = Field(default=5, ge=0, le=60)
    people_included: int = Field(default=6, ge=0, le=500)
    longest_minutes: Minutes = 60
    busy: BusyCalendars = Field(default_factory=dict)
    invitations: Invitations = "joined"

    def length(self, severity: Severity) -> int:
        """Return the minutes of a severity; an hour unless the policy says otherwise."""
        return self.minutes.get(severity, 60)


class Policy(BaseModel):
    """What calendar reads of the policy file."""

    organisation: Organisation = Organisation()
    people: tuple[PolicyPerson, ...] = ()
    services: tuple[PolicyService, ...] = ()
    calendar: CalendarPolicy

    @model_validator(mode="after")
    def _meetings_fit(self) -> Policy:
        minutes = max(self.calendar.length(severity) for severity in Severity)
        what = f"no room for a meeting of {minutes} minutes; widen them or shorten calendar.minutes"
        if timedelta(minutes=minutes) > longest(*self.organisation.working_hours):
            msg = f"organisation.working_hours: {what}"
            raise ValueError(msg)
        for person in self.people:
            if person.working_hours and timedelta(minutes=minutes) > longest(*person.working_hours):
                msg = f"people: {person.email}: working_hours: {what}"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _teams_are_known(self) -> Policy:
        self.teams()
        return self

    def teams(self) -> dict[str, tuple[Attendee, ...]]:
        """Return who answers for which service, by case-folded name. Raises ValueError for a stranger."""
        return {
            service.name.casefold(): tuple(
                Attendee(name=self._name(email, f"services.{n}.{key}"), email=email, role=AS[key])
                for key, email in service.answering().items()
            )
            for n, service in reversed(tuple(enumerate(self.services)))
        }

    def _name(self, email: Email, key: str) -> str:
        for person in self.people:
            if person.email == email:
                return person.name
        msg = f"{key}: {email} is none of [[people]]; add them there, or name somebody else"
        raise ValueError(msg)

    def usual(self) -> Hours:
        """Return when the organisation works."""
        opens, closes = self.organisation.working_hours
        return Hours(
            timezone=self.organisation.timezone,
            opens=opens,
            closes=closes,
            holidays=self.organisation.holidays,
            free_days=self.organisation.free_days,
        )

    def practice(self, public_url: str) -> Practice:
        """Return the organisation's habits in the domain's words."""
        usual, policy = self.usual(), self.calendar
        room = longest(usual.opens, usual.closes) // timedelta(minutes=1)
        return Practice(
            timezone=usual.timezone,
            holidays=usual.holidays,
            free_days=usual.free_days,
            opens=usual.opens,
            closes=usual.closes,
            notice=timedelta(hours=policy.notice_hours),
            approval=timedelta(hours=policy.approval_hours),
            moves=policy.moves,
            preread=timedelta(hours=policy.preread_hours),
            minutes={severity: policy.length(severity) for severity in Severity},
            minutes_per_person=policy.minutes_per_person,
            people_included=policy.people_included,
            longest=min(policy.longest_minutes, room),
            organizer=policy.organizer,
            join_url=policy.join_url,
            public_url=public_url,
            grace=timedelta(minutes=policy.delete_grace_minutes),
            invitations=policy.invitations,
            people={person.email: person.hours(usual) for person in self.people if not person.is_usual},
            teams=self.teams(),
            facilitators=tuple(person.owner() for person in self.people if person.leads),
        )
