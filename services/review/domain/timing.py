"""When reviews are due, and when people are told: what the policy file says of time. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from services.review.domain.attention import Lives
from services.review.domain.hours import Hours

HOUR = timedelta(hours=1)
UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How much time people get; `silent_after` and `escalate_before` are working time, all else is real time.

    A review is due `before_meeting`. Reviewers are told `before` it is due, and `late_times` when it is. Who was
    not heard of for `silent_after` is relieved, `reassign_times` at most. The owner is told `submit_before` the
    draft has to be in review. Every `look_every` it is looked whether all who review can do it. `zone` is the
    organisation's, `zones` are people's.
    """

    before_meeting: timedelta = 24 * HOUR
    before: tuple[timedelta, ...] = (24 * HOUR,)
    late_times: int = 3
    silent_after: timedelta = 8 * HOUR
    reassign_times: int = 2
    escalate_before: timedelta = 4 * HOUR
    submit_before: timedelta = 24 * HOUR
    look_every: timedelta = HOUR
    hours: Hours = field(default_factory=Hours)
    zone: ZoneInfo = UTC
    zones: Mapping[str, ZoneInfo] = field(default_factory=dict)

    def zone_of(self, email: str) -> ZoneInfo:
        """Return in whose time somebody lives: their own zone if the policy knows it, else the organisation's."""
        return self.zones.get(email, self.zone)

    def day_of(self, email: str, lives: Lives | None = None) -> tuple[Hours, ZoneInfo]:
        """Return when somebody works, and by which clock: what the community knows counts before the policy."""
        zone = ZoneInfo(lives.zone) if lives and lives.zone else self.zone_of(email)
        if lives and lives.opens and lives.closes:
            return replace(self.hours, opens=lives.opens, closes=lives.closes), zone
        return self.hours, zone
