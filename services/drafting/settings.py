"""What may be set from outside: the common settings, and what the policy file says about drafts."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from services.drafting.domain.policy import Allowance, Known
from shared.contracts.base import Email, Line, Owner, Severity
from shared.settings import RoomSettings


class Settings(RoomSettings):
    """What every room needs, and the secret that the ids of findings are made with."""

    secret_key: Annotated[SecretStr, Field(min_length=32)] | None = Field(
        default=None, description="the gateway's; without it who knows the id of a finding can try out what was found"
    )


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        msg = f"{name!r} is not an IANA time zone such as Europe/Berlin"
        raise ValueError(msg) from error
    return name


class Organisation(BaseModel):
    """`[organisation]`: zone and holidays by which days are counted."""

    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    holidays: tuple[str, ...] = ()


Regex = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
RuleName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,59}$")]
Domain = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")]


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


class Checks(BaseModel):
    """`[drafting.checks]`: what is nothing to be found (RE2, as a whole), who is inside, and which rules are off."""

    model_config = ConfigDict(extra="forbid")

    allow: tuple[Regex, ...] = Field(default=(), max_length=100)
    domains: frozenset[Domain] = frozenset()
    off: frozenset[RuleName] = frozenset()


class PolicyPattern(BaseModel):
    """`[[drafting.patterns]]`: what the organisation wants to see in no postmortem (RE2), and what to do about it."""

    model_config = ConfigDict(extra="forbid")

    name: RuleName
    regex: Regex
    hint: Annotated[str, StringConstraints(max_length=300)] = ""


class DraftingPolicy(BaseModel):
    """`[drafting]`."""

    default_owner: Email
    postmortem_for: frozenset[Severity] = frozenset({Severity.SEV1, Severity.SEV2})
    default_severity: Severity = Severity.SEV3
    settle_seconds: float = Field(default=5.0, ge=0, le=86_400)
    deadlines: dict[Severity, Days] = Field(
        default_factory=lambda: {Severity.SEV1: Days(calendar_days=3), Severity.SEV2: Days(business_days=5)}
    )
    action_items: dict[Severity, Days] = Field(
        default_factory=lambda: {Severity.SEV1: Days(calendar_days=15), Severity.SEV2: Days(calendar_days=30)}
    )
    checks: Checks = Checks()
    patterns: tuple[PolicyPattern, ...] = Field(default=(), max_length=50)


class Policy(BaseModel):
    """What drafting reads of the policy file."""

    organisation: Organisation = Organisation()
    people: tuple[PolicyPerson, ...] = ()
    drafting: DraftingPolicy

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

    def domains(self) -> frozenset[str]:
        """Return whose addresses are no outsiders': the domains that are named, else the default owner's."""
        return self.drafting.checks.domains or frozenset({self.drafting.default_owner.rpartition("@")[2]})

    def deadlines(self) -> dict[Severity, Allowance]:
        """Return the time allowed by severity."""
        return _allowances(self.drafting.deadlines)

    def action_items(self) -> dict[Severity, Allowance]:
        """Return the time allowed for action items by severity."""
        return _allowances(self.drafting.action_items)


def _allowances(deadlines: dict[Severity, Days]) -> dict[Severity, Allowance]:
    return {severity: Allowance(days.calendar_days, days.business_days) for severity, days in deadlines.items()}
