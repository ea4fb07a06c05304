"""What drafting reads of the policy file, as a whole."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, model_validator

from services.drafting.domain.policy import Allowance, Known, TemplateRule
from services.drafting.domain.rules import Rule
from services.drafting.domain.schedule import Reminders
from services.drafting.settings.drafting import DraftingPolicy, allowances
from services.drafting.settings.organisation import Organisation, PolicyPerson, PolicyService
from shared.contracts.base import Owner, Severity
from shared.contracts.severities import Severities


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

    def domains(self) -> frozenset[str]:
        """Return whose addresses are no outsiders': the domains that are named, else the default owner's."""
        return self.drafting.checks.domains or frozenset({self.drafting.default_owner.rpartition("@")[2]})

    def deadlines(self) -> dict[Severity, Allowance]:
        """Return the time allowed by severity."""
        return allowances(self.drafting.deadlines)

    def action_items(self) -> dict[Severity, Allowance]:
        """Return the time allowed for action items by severity."""
        return allowances(self.drafting.action_items)
