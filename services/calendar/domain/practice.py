"""What an organisation decides about its postmortem meetings."""

from __future__ import annotations

from datetime import time, timedelta
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from services.calendar.domain.hours import Hours
from shared.contracts.base import Owner, Severity
from shared.contracts.values import Attendee

Invitations = Literal["joined", "all", "none"]
"""Who is invited by mail, beside the entry on the shared calendar."""


class Practice(BaseModel):
    """The organisation's habits: `opens`, `closes` and whole days are meant in `timezone` (an IANA name).

    `holidays` are codes of a country or country-subdivision (`DE-BE`), `free_days` its own days off (`2026-12-24`,
    `12-31`); `join_url` and `public_url` make the links of a meeting; `organizer` is the name on the invitation.
    `approval` is how long before the meeting its text is to be approved, nothing when it may be later; `moves` is how
    often a meeting is moved for want of it. Some are reminded of it by mail `preread` before, with nothing nobody.
    `people` are the hours of those who have some of their own, by address; `teams` are who answers for a service, by
    its name in lower case; `facilitators` are those who lead meetings.
    Each person needed beyond `people_included` makes a meeting `minutes_per_person` longer, up to `longest` minutes.
    `invitations` says who is invited by mail, beside the entry: who joined, everybody, or nobody.
    `grace`: how long an entry is missing until it counts as deleted; some clients move one by deleting it first.
    """

    model_config = ConfigDict(frozen=True)

    timezone: str
    holidays: tuple[str, ...] = ()
    free_days: tuple[str, ...] = ()
    opens: time
    closes: time
    notice: timedelta
    approval: timedelta = timedelta(0)
    moves: int = 5
    preread: timedelta = timedelta(0)
    minutes: dict[Severity, int]
    minutes_per_person: int = 0
    people_included: int = 0
    longest: int = 60
    organizer: Owner
    join_url: str
    public_url: str
    people: dict[str, Hours] = {}
    teams: dict[str, tuple[Attendee, ...]] = {}
    facilitators: tuple[Owner, ...] = ()
    grace: timedelta = timedelta(minutes=2)
    invitations: Invitations = "joined"

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's time zone."""
        return ZoneInfo(self.timezone)

    @cached_property
    def usual(self) -> Hours:
        """The organisation's hours, which are those of everybody who has none of their own."""
        return Hours(
            timezone=self.timezone,
            opens=self.opens,
            closes=self.closes,
            holidays=self.holidays,
            free_days=self.free_days,
        )

    def hours(self, email: str) -> Hours:
        """Return when somebody works."""
        return self.people.get(email, self.usual)

    def length(self, severity: Severity, people: int = 0) -> timedelta:
        """Return how long a meeting lasts (guide A5: 30 to 60 minutes, by how much there is to say)."""
        base = self.minutes[severity]
        more = max(0, people - self.people_included) * self.minutes_per_person
        return timedelta(minutes=max(base, min(self.longest, base + more)))

    def join_link(self, postmortem_id: str) -> str:
        """Return where people meet."""
        return self.join_url.replace("{postmortem_id}", postmortem_id)

    def link(self, postmortem_id: str) -> str:
        """Return where people read the postmortem."""
        return f"{self.public_url.rstrip('/')}/postmortems/{postmortem_id}"
