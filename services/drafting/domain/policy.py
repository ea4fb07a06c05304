"""What an organisation decides about drafts, in the shape that decisions need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.contracts.action_items import Advice
from shared.contracts.base import Owner, Person, Severity
from shared.contracts.impact import Durations, GatheredIncident
from shared.contracts.values import Incident, Report, TimelineEntry


@dataclass(frozen=True, slots=True)
class Known:
    """A person of the policy's directory and the names under which tools know them."""

    name: str
    email: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowance:
    """How long a postmortem may take: calendar days or business days, never both (guide: deadlines)."""

    calendar_days: int = 0
    business_days: int = 0


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
    durations: Durations | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A filled template: section name -> Markdown."""

    report: Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """The policy: who owns, what needs a draft, until when, and how a draft is written.

    `write` fills the template; `missing` names the sections that still ask for something;
    `is_free` tells holidays and weekends of the organisation; `advise` what may be missing in an action item's text.
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
    missing: Callable[[Report], tuple[str, ...]]
    action_items: Mapping[Severity, Allowance]
    advise: Callable[[str], tuple[Advice, ...]]

    def due(self, severity: Severity, ended_at: datetime) -> datetime:
        """Return until when (UTC) an action item is to be done if nobody says otherwise (guide: action items)."""
        return self._after(self.action_items.get(severity, Allowance(calendar_days=30)), ended_at)

    def deadline(self, severity: Severity, ended_at: datetime) -> datetime:
        """Return the deadline (UTC): so many days after the incident's end, at the same time of day.

        Days are counted in the organisation's zone: an end at 23:30 UTC may already be tomorrow there.
        """
        return self._after(self.deadlines.get(severity, Allowance(business_days=10)), ended_at)

    def _after(self, allowance: Allowance, ended_at: datetime) -> datetime:
        local = ended_at.astimezone(self.zone)
        day = local.date() + timedelta(days=allowance.calendar_days)
        left = allowance.business_days
        while left:
            day += timedelta(days=1)
            left -= not self.is_free(day)
        return local.replace(year=day.year, month=day.month, day=day.day).astimezone(ended_at.tzinfo)

    def identify(self, person: Person) -> Person:
        """Return a person by the name and address of the directory, found by the address, else by name or alias."""
        said = (person.email or person.name).casefold()
        for known in self.directory:
            names = (known.email,) if person.email else (known.email, known.name, *known.aliases)
            if said in (name.casefold() for name in names):
                return person.model_copy(update={"name": known.name, "email": known.email})
        return person

    def owner(self, people: tuple[Person, ...]) -> Owner:
        """Return the owner: the incident commander, else the first responder, else the policy's default.

        Never nobody (guide: exactly one named owner).
        """
        reachable = [person for person in people if person.email]
        for role in ("incident_commander", "responder"):
            for person in reachable:
                if person.role == role and person.email:
                    return Owner(name=person.name, email=person.email)
        return self.default_owner
