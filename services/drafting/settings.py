"""What may be set from outside: the common settings, and what the policy file says about drafts."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from holidays import country_holidays
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.drafting.domain.policy import Allowance, Known, TemplateRule
from services.drafting.domain.rules import Rule
from services.drafting.domain.schedule import OF_DRAFTS, OF_ITEMS, Reminders, Schedule
from shared.contracts.base import Email, Line, Owner, Severity, Token
from shared.contracts.days import FreeDay
from shared.contracts.severities import Severities
from shared.contracts.skipping import Reason
from shared.settings import RoomSettings


class Settings(RoomSettings):
    """Drafting needs nothing beyond what every room needs."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        msg = f"{name!r} is not an IANA time zone such as Europe/Berlin"
        raise ValueError(msg) from error
    return name


Zone = Annotated[str, AfterValidator(_zone)]


def _known_holidays(code: str) -> str:
    country, _, part = code.partition("-")
    try:
        country_holidays(country, subdiv=part or None)
    except NotImplementedError as error:
        msg = f"no holidays are known for {code!r}; write a country (DE) or a part of one (DE-BE)"
        raise ValueError(msg) from error
    return code


class Organisation(BaseModel):
    """`[organisation]`: the days that are counted, and the zone of whoever has none of their own.

    `free_days` are its own, 2026-12-24 or 12-24.
    """

    timezone: Zone = "UTC"
    holidays: tuple[Annotated[str, AfterValidator(_known_holidays)], ...] = ()
    free_days: tuple[FreeDay, ...] = ()


class PolicyPerson(BaseModel):
    """A person of the policy file."""

    model_config = ConfigDict(extra="ignore")

    name: Line
    email: Email
    aliases: tuple[str, ...] = ()
    timezone: Zone | None = None


class PolicyService(BaseModel):
    """`[[services]]`: a service by the name that incident tools have for it, and who owns it."""

    model_config = ConfigDict(extra="ignore")

    name: Token
    owner: Email | None = None


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


class Days(BaseModel):
    """A deadline: calendar days or business days."""

    model_config = ConfigDict(extra="forbid")

    calendar_days: int = Field(default=0, ge=0, le=365)
    business_days: int = Field(default=0, ge=0, le=250)

    @model_validator(mode="after")
    def _one_of_both(self) -> Days:
        if bool(self.calendar_days) == bool(self.business_days):
            msg = "give either calendar_days or business_days, more than 0"
            raise ValueError(msg)
        return self


class TemplateOf(BaseModel):
    """`[[drafting.templates]]`: a template file for incidents of these severities and services; empty means any."""

    model_config = ConfigDict(extra="forbid")

    file: Line
    severities: frozenset[Severity] = frozenset()
    services: frozenset[Token] = frozenset()


class DraftingPolicy(BaseModel):
    """`[drafting]`. Of `templates` the first that fits counts, else `template`, else the one that comes with this."""

    default_owner: Email
    postmortem_for: frozenset[Severity] = frozenset({Severity.SEV1, Severity.SEV2})
    default_severity: Severity = Severity.SEV3
    rules: tuple[PolicyRule, ...] = Field(default=(), max_length=200)
    reminders: PolicyReminders = PolicyReminders()
    settle_seconds: float = Field(default=5.0, ge=0, le=86_400)
    deadlines: dict[Severity, Days] = Field(
        default_factory=lambda: {Severity.SEV1: Days(calendar_days=3), Severity.SEV2: Days(business_days=5)}
    )
    template: Line | None = None
    templates: tuple[TemplateOf, ...] = ()
    action_items: dict[Severity, Days] = Field(
        default_factory=lambda: {Severity.SEV1: Days(calendar_days=15), Severity.SEV2: Days(calendar_days=30)}
    )


class Policy(BaseModel):
    """What drafting reads of the policy file."""

    organisation: Organisation = Organisation()
    people: tuple[PolicyPerson, ...] = ()
    services: tuple[PolicyService, ...] = ()
    drafting: DraftingPolicy
    severities: Severities = Field(default_factory=dict)

    @model_validator(mode="after")
    def _owners_are_known(self) -> Policy:
        self.owner()
        self.service_owners()
        return self

    def owner(self) -> Owner:
        """Return the default owner with their name. Raises ValueError when the directory does not know them."""
        return self._known(self.drafting.default_owner, "drafting.default_owner")

    def service_owners(self) -> dict[str, Owner]:
        """Return who owns which service, by case-folded name. Raises ValueError for one whom the directory lacks."""
        return {
            service.name.casefold(): self._known(service.owner, f"services.{n}.owner")
            for n, service in reversed(tuple(enumerate(self.services)))
            if service.owner
        }

    def _known(self, email: str, key: str) -> Owner:
        for person in self.people:
            if person.email == email:
                return Owner(name=person.name, email=person.email)
        msg = f"{key}: {email} is none of [[people]]; add them there, or name somebody else"
        raise ValueError(msg)

    def rules(self) -> tuple[Rule, ...]:
        """Return which incidents get a postmortem, before `postmortem_for` is asked."""
        return tuple(rule.rule() for rule in self.drafting.rules)

    def reminders(self) -> Reminders:
        """Return when people are reminded."""
        told = self.drafting.reminders
        opens, closes = told.hours
        return Reminders(drafts=told.drafts.schedule(), items=told.action_items.schedule(), opens=opens, closes=closes)

    def directory(self) -> tuple[Known, ...]:
        """Return the people under all names that tools may use."""
        return tuple(
            Known(p.name, p.email, p.aliases, ZoneInfo(p.timezone) if p.timezone else None) for p in self.people
        )

    def template_rules(self) -> tuple[TemplateRule, ...]:
        """Return which template file is for which incidents, in order."""
        return tuple(TemplateRule(of.file, of.severities, of.services) for of in self.drafting.templates)

    def deadlines(self) -> dict[Severity, Allowance]:
        """Return the time allowed by severity."""
        return _allowances(self.drafting.deadlines)

    def action_items(self) -> dict[Severity, Allowance]:
        """Return the time allowed for action items by severity."""
        return _allowances(self.drafting.action_items)


def _minutes(minutes: float | None) -> timedelta | None:
    return None if minutes is None else timedelta(minutes=minutes)


def _allowances(deadlines: dict[Severity, Days]) -> dict[Severity, Allowance]:
    return {severity: Allowance(days.calendar_days, days.business_days) for severity, days in deadlines.items()}
