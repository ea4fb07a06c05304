"""`[drafting]`: owners, deadlines, templates."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.drafting.domain.policy import Allowance
from services.drafting.settings.checks import Checks, PolicyPattern
from services.drafting.settings.reminders import PolicyReminders, PolicyRule
from shared.contracts.base import Email, Line, Severity, Token


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
    checks: Checks = Checks()
    patterns: tuple[PolicyPattern, ...] = Field(default=(), max_length=50)


def allowances(deadlines: dict[Severity, Days]) -> dict[Severity, Allowance]:
    """Return days by severity in the shape that decisions need."""
    return {severity: Allowance(days.calendar_days, days.business_days) for severity, days in deadlines.items()}
