"""What may be set from outside: the common settings, and what the policy file says about drafts."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from holidays import country_holidays
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.drafting.domain.policy import Allowance, Known, TemplateRule
from shared.contracts.base import Email, Line, Owner, Severity, Token
from shared.contracts.days import FreeDay
from shared.contracts.severities import Severities
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


def _known_holidays(code: str) -> str:
    country, _, part = code.partition("-")
    try:
        country_holidays(country, subdiv=part or None)
    except NotImplementedError as error:
        msg = f"no holidays are known for {code!r}; write a country (DE) or a part of one (DE-BE)"
        raise ValueError(msg) from error
    return code


class Organisation(BaseModel):
    """`[organisation]`: zone and holidays by which days are counted; `free_days` are its own, 2026-12-24 or 12-24."""

    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    holidays: tuple[Annotated[str, AfterValidator(_known_holidays)], ...] = ()
    free_days: tuple[FreeDay, ...] = ()


class PolicyPerson(BaseModel):
    """A person of the policy file."""

    model_config = ConfigDict(extra="ignore")

    name: Line
    email: Email
    aliases: tuple[str, ...] = ()


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
    drafting: DraftingPolicy
    severities: Severities = Field(default_factory=dict)

    @model_validator(mode="after")
    def _owner_is_known(self) -> Policy:
        self.owner()
        return self

    def owner(self) -> Owner:
        """Return the default owner with their name. Raises ValueError when the directory does not know them."""
        for person in self.people:
            if person.email == self.drafting.default_owner:
                return Owner(name=person.name, email=person.email)
        msg = f"drafting.default_owner: {self.drafting.default_owner} is none of [[people]]"
        raise ValueError(msg)

    def directory(self) -> tuple[Known, ...]:
        """Return the people under all names that tools may use."""
        return tuple(Known(p.name, p.email, p.aliases) for p in self.people)

    def template_rules(self) -> tuple[TemplateRule, ...]:
        """Return which template file is for which incidents, in order."""
        return tuple(TemplateRule(of.file, of.severities, of.services) for of in self.drafting.templates)

    def deadlines(self) -> dict[Severity, Allowance]:
        """Return the time allowed by severity."""
        return _allowances(self.drafting.deadlines)

    def action_items(self) -> dict[Severity, Allowance]:
        """Return the time allowed for action items by severity."""
        return _allowances(self.drafting.action_items)


def _allowances(deadlines: dict[Severity, Days]) -> dict[Severity, Allowance]:
    return {severity: Allowance(days.calendar_days, days.business_days) for severity, days in deadlines.items()}
