"""What an organisation decides about drafts, in the shape that decisions need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.drafting.domain.rules import Rule
from services.drafting.domain.schedule import Reminders
from shared.contracts.action_items import Advice
from shared.contracts.base import Owner, Person, Severity
from shared.contracts.findings import Finding
from shared.contracts.impact import GatheredIncident, IncidentDurations
from shared.contracts.notices import OwnerReason
from shared.contracts.sections import Section
from shared.contracts.values import Incident, Report, TimelineEntry


@dataclass(frozen=True, slots=True)
class Known:
    """A person of the policy's directory, the names under which tools know them, and where they live."""

    name: str
    email: str
    aliases: tuple[str, ...] = ()
    zone: ZoneInfo | None = None


class Assigned(NamedTuple):
    """Who owns a postmortem, and why."""

    owner: Owner
    reason: OwnerReason


@dataclass(frozen=True, slots=True)
class Allowance:
    """How long a postmortem may take: calendar days or business days, never both (guide: deadlines)."""

    calendar_days: int = 0
    business_days: int = 0


@dataclass(frozen=True, slots=True)
class TemplateRule:
    """Which incidents' drafts are made from a template file: of these severities and services, empty for any."""

    file: str
    severities: frozenset[Severity] = frozenset()
    services: frozenset[str] = frozenset()

    def fits(self, severity: Severity, services: tuple[str, ...]) -> bool:
        """Say whether an incident of this severity, about these services, is meant."""
        if self.severities and severity not in self.severities:
            return False
        return not self.services or not self.services.isdisjoint(services)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the incident has told so far: all that a first draft can be filled with."""

    title: str
    severity: Severity
    services: tuple[str, ...]
    summary: str
    incident: Incident
    people: tuple[Person, ...]
    timeline: tuple[TimelineEntry, ...]
    incidents: tuple[GatheredIncident, ...] = ()
    durations: IncidentDurations | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A filled template: section name -> Markdown, and what the sections are."""

    report: Report
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """The policy: who owns, what needs a draft, until when, and how a draft is written.

    `write` fills the template; `missing` names the sections that have still to be written; `labels` are the
    organisation's own names of severities; `is_free` tells holidays and weekends of the organisation; `advise` what may
    be missing in an action item's text. `rules` come before what `postmortem_for` says; `service_owners` go by the
    case-folded name of a service. `check` finds what should not be in the sections of a postmortem: of its id, and of
    pairs of name and text.
    """

    zone: ZoneInfo
    directory: tuple[Known, ...]
    default_owner: Owner
    postmortem_for: frozenset[Severity]
    default_severity: Severity
    deadlines: Mapping[Severity, Allowance]
    settle: timedelta
    is_free: Callable[[date], bool]
    write: Callable[[Facts], Written]
    missing: Callable[[Report, tuple[Section, ...]], tuple[str, ...]]
    action_items: Mapping[Severity, Allowance]
    advise: Callable[[str], tuple[Advice, ...]]
    check: Callable[[str, Iterable[tuple[str, str]]], tuple[Finding, ...]]
    labels: Mapping[Severity, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    service_owners: Mapping[str, Owner] = field(default_factory=dict)
    reminders: Reminders = field(default_factory=Reminders)

    def due(self, severity: Severity, ended_at: datetime) -> datetime:
        """Return until when (UTC) an action item is to be done if nobody says otherwise (guide: action items)."""
        return self._after(self.action_items.get(severity, Allowance(calendar_days=30)), ended_at, self.zone)

    def deadline(self, severity: Severity, ended_at: datetime, owner: Owner | None = None) -> datetime:
        """Return the deadline (UTC): so many days after the incident's end, at the same time of day.

        Days are counted in the owner's zone: an end at 23:30 UTC may already be tomorrow there. A time that the clocks
        skip that day is the one an hour later, of one that comes twice it is the first.
        """
        zone = self.zone_of(owner.email) if owner else self.zone
        return self._after(self.deadlines.get(severity, Allowance(business_days=10)), ended_at, zone)

    def zone_of(self, email: str) -> ZoneInfo:
        """Return where somebody lives, as far as the policy knows; else where the organisation is."""
        return next((known.zone for known in self.directory if known.email == email and known.zone), self.zone)

    def _after(self, allowance: Allowance, ended_at: datetime, zone: ZoneInfo) -> datetime:
        local = ended_at.astimezone(zone)
        day = local.date() + timedelta(days=allowance.calendar_days)
        left = allowance.business_days
        while left:
            day += timedelta(days=1)
            left -= not self.is_free(day)
        return local.replace(year=day.year, month=day.month, day=day.day, fold=0).astimezone(ended_at.tzinfo)

    def identify(self, person: Person) -> Person:
        """Return a person by the name and address of the directory, found by the address, else by name or alias."""
        said = (person.email or person.name).casefold()
        for known in self.directory:
            names = (known.email,) if person.email else (known.email, known.name, *known.aliases)
            if said in (name.casefold() for name in names):
                return person.model_copy(update={"name": known.name, "email": known.email})
        return person

    def owner(self, people: tuple[Person, ...], services: tuple[str, ...] = ()) -> Owner:
        """Return whom the policy makes the owner; never nobody (guide: exactly one named owner)."""
        return self.assigned(people, services).owner

    def assigned(self, people: tuple[Person, ...], services: tuple[str, ...] = ()) -> Assigned:
        """Return the incident commander, else the first responder, else a service's owner, else the policy's default.

        Whoever has no address, as the tool tells them and the directory knows them, cannot be told and is passed over.
        """
        for role, reason in _BY_ROLE:
            for person in people:
                if person.role == role and person.email:
                    return Assigned(Owner(name=person.name, email=person.email), reason)
        for service in services:
            if owner := self.service_owners.get(service.casefold()):
                return Assigned(owner, OwnerReason.SERVICE_OWNER)
        return Assigned(self.default_owner, OwnerReason.DEFAULT)


_BY_ROLE = (("incident_commander", OwnerReason.COMMANDER), ("responder", OwnerReason.RESPONDER))
