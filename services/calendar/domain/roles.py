"""Who is invited as what, and who of them has to be there (guide A5): one table.

Incident tools have many words for the same role; whoever has one that is not known here took part as a responder.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.contracts.base import Owner, Person, Severity
from shared.contracts.values import Attendee

OWNER, COMMANDER, DEPUTY, SCRIBE, RESPONDER = "owner", "commander", "deputy", "scribe", "responder"
SERVICE_OWNER, ENGINEERING_MANAGER, PRODUCT_MANAGER = "service_owner", "engineering_manager", "product_manager"
LIAISON, OBSERVER, FACILITATOR = "customer_liaison", "observer", "facilitator"
REVIEWER, GUEST = "reviewer", "guest"

ALWAYS = frozenset(Severity)
NEVER: frozenset[Severity] = frozenset()

REQUIRED: dict[str, frozenset[Severity]] = {
    OWNER: ALWAYS,
    COMMANDER: ALWAYS,
    DEPUTY: ALWAYS,
    SCRIBE: ALWAYS,
    RESPONDER: ALWAYS,
    SERVICE_OWNER: ALWAYS,
    ENGINEERING_MANAGER: ALWAYS,
    PRODUCT_MANAGER: ALWAYS,
    FACILITATOR: ALWAYS,
    LIAISON: frozenset({Severity.SEV1}),
    OBSERVER: NEVER,
    REVIEWER: NEVER,
    GUEST: NEVER,
}
"""At which severities a role has to be there; at the others whoever has it is welcome."""

WORDS: dict[str, str] = {
    "incident_commander": COMMANDER,
    "commander": COMMANDER,
    "incident_lead": COMMANDER,
    "incident_manager": COMMANDER,
    "lead": COMMANDER,
    "ic": COMMANDER,
    "deputy": DEPUTY,
    "deputy_commander": DEPUTY,
    "deputy_incident_commander": DEPUTY,
    "incident_commander_shadow": DEPUTY,
    "shadow": DEPUTY,
    "scribe": SCRIBE,
    "customer_liaison": LIAISON,
    "customer_communications": LIAISON,
    "customer_communications_lead": LIAISON,
    "communications_lead": LIAISON,
    "comms_lead": LIAISON,
    "observer": OBSERVER,
    "reporter": OBSERVER,
    "stakeholder": OBSERVER,
}
"""What incident tools call these roles."""


def as_role(person: Owner | Attendee, role: str, severity: Severity) -> Attendee:
    """Return somebody as they are invited in a role."""
    return Attendee(name=person.name, email=person.email, required=severity in REQUIRED[role], role=role)


def of_incident(people: Iterable[Person], severity: Severity) -> tuple[Attendee, ...]:
    """Return everybody of the incident whose address is known."""
    return tuple(
        as_role(Owner(name=person.name, email=person.email), WORDS.get(person.role, RESPONDER), severity)
        for person in people
        if person.email
    )


def once(people: Sequence[Attendee]) -> tuple[Attendee, ...]:
    """Return everybody once, as what they were mentioned first; needed in one role is needed."""
    by_address: dict[str, Attendee] = {}
    for person in people:
        known = by_address.setdefault(person.email, person)
        if person.required and not known.required:
            by_address[person.email] = known.model_copy(update={"required": True})
    return tuple(by_address.values())
