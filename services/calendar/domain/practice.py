"""What an organisation decides about its postmortem meetings."""

from __future__ import annotations

from datetime import time, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from shared.contracts.base import Owner, Severity


class Practice(BaseModel):
    """The organisation's habits: `opens`, `closes` and whole days are meant in `timezone` (an IANA name).

    `holidays` are codes of a country or country-subdivision (`DE-BE`), `free_days` its own days off (`2026-12-24`,
    `12-31`); `join_url` and `public_url` make the links of a meeting; `organizer` is the name on the invitation.
    `grace`: how long an entry is missing until it counts as deleted; some clients move one by deleting it first.
    """

    model_config = ConfigDict(frozen=True)

    timezone: str
    holidays: tuple[str, ...] = ()
    free_days: tuple[str, ...] = ()
    opens: time
    closes: time
    notice: timedelta
    minutes: dict[Severity, int]
    organizer: Owner
    join_url: str
    public_url: str
    grace: timedelta = timedelta(minutes=2)

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's time zone."""
        return ZoneInfo(self.timezone)

    def length(self, severity: Severity) -> timedelta:
        """Return how long a meeting lasts (guide A5: 30 to 60 minutes, by how much there is to say)."""
        return timedelta(minutes=self.minutes[severity])

    def join_link(self, postmortem_id: str) -> str:
        """Return where people meet."""
        return self.join_url.replace("{postmortem_id}", postmortem_id)

    def link(self, postmortem_id: str) -> str:
        """Return where people read the postmortem."""
        return f"{self.public_url.rstrip('/')}/postmortems/{postmortem_id}"
