"""What the policy file says of rules and reminders: which incidents get a postmortem, and when people are told."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.drafting.domain.rules import Rule
from services.drafting.domain.schedule import OF_DRAFTS, OF_ITEMS, Schedule
from shared.contracts.base import Severity, Token
from shared.contracts.skipping import Reason


class PolicyRule(BaseModel):
    """`[[drafting.rules]]`: which incidents get a postmortem; the first that matches counts. Durations are minutes."""

    model_config = ConfigDict(extra="forbid")

    postmortem: bool
    reason: Reason | None = None
    severities: frozenset[Severity] = frozenset()
    services: frozenset[Token] = frozenset()
    shorter_than: float | None = Field(default=None, gt=0, le=1_000_000)
    longer_than: float | None = Field(default=None, ge=0, le=1_000_000)
    false_alarm: bool | None = None
    response_started: bool | None = None

    @model_validator(mode="after")
    def _says_why(self) -> PolicyRule:
        if not self.postmortem and not self.reason:
            msg = "reason: say why such an incident needs no postmortem; people are shown it"
            raise ValueError(msg)
        return self

    def rule(self) -> Rule:
        """Return the rule as decisions know it."""
        return Rule(
            postmortem=self.postmortem,
            reason=self.reason or "The policy asks for one.",
            severities=self.severities,
            services=frozenset(service.casefold() for service in self.services),
            shorter_than=_minutes(self.shorter_than),
            longer_than=_minutes(self.longer_than),
            false_alarm=self.false_alarm,
            response_started=self.response_started,
        )


class PolicySchedule(BaseModel):
    """When people are reminded of something; `before_hours = []` with `late_times = 0` means never."""

    model_config = ConfigDict(extra="forbid")

    before_hours: tuple[Annotated[float, Field(gt=0, le=8_760)], ...] = Field(max_length=10)
    late_every_days: float = Field(ge=0.25, le=365)
    late_times: int = Field(ge=0, le=100)

    def schedule(self) -> Schedule:
        """Return the schedule as decisions know it."""
        return Schedule(
            before=tuple(timedelta(hours=hours) for hours in self.before_hours),
            late_every=timedelta(days=self.late_every_days),
            late_times=self.late_times,
        )


def _as_set(schedule: Schedule) -> dict[str, object]:
    hours = tuple(before / timedelta(hours=1) for before in schedule.before)
    days = schedule.late_every / timedelta(days=1)
    return {"before_hours": hours, "late_every_days": days, "late_times": schedule.late_times}


class PolicyReminders(BaseModel):
    """`[drafting.reminders]`: of drafts, of action items, and between which hours of their day people are reminded."""

    model_config = ConfigDict(extra="forbid")

    hours: tuple[time, time] = (time(8), time(20))
    drafts: PolicySchedule = PolicySchedule.model_validate(_as_set(OF_DRAFTS))
    action_items: PolicySchedule = PolicySchedule.model_validate(_as_set(OF_ITEMS))

    @model_validator(mode="after")
    def _in_order(self) -> PolicyReminders:
        if self.hours[0] >= self.hours[1] or any(hour.tzinfo for hour in self.hours):
            msg = 'hours: give when the day begins and when it ends, such as ["08:00", "20:00"], without a zone'
            raise ValueError(msg)
        return self


def _minutes(minutes: float | None) -> timedelta | None:
    return None if minutes is None else timedelta(minutes=minutes)
