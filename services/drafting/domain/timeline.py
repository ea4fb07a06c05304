"""The timeline: one line for each thing that was told, in the order in which things happened. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from services.drafting.domain.policy import Guidance
from services.drafting.domain.records import Heard
from shared.contracts.base import Person
from shared.contracts.events import IncidentReported
from shared.contracts.values import IncidentKind, TimelineEntry

RESPONDER = "responder"
KINDS = list(IncidentKind)
ENTRY = 400
"""Bytes of an entry without what was told."""
UNSAFE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Control characters, but for tabs and ends of lines, and marks that turn the direction of what follows: nobody sees
them, and they make a text look like another one, or harm a terminal, a PDF or a mail."""


def safe(text: str) -> str:
    """Return text in which every control character is to be seen: U+FFFD stands in its place."""
    return UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text)


def in_safe_words(person: Person) -> Person:
    """Return somebody whose name and role have no hidden characters."""
    name, role = safe(person.name), safe(person.role)
    return (
        person if (name, role) == (person.name, person.role) else person.model_copy(update={"name": name, "role": role})
    )


def hearing(heard: tuple[Heard, ...], told: Iterable[tuple[str, IncidentReported]]) -> tuple[Heard, ...]:
    """Return what was heard with these events, ids and all, in order; what is known, under whatever id, is no news."""
    at = defaultdict[datetime, list[IncidentReported]](list)
    for known in heard:
        at[known.event.occurred_at].append(known.event)
    fresh = list[Heard]()
    for id, event in told:
        if event not in at[event.occurred_at]:
            at[event.occurred_at].append(event)
            fresh.append(Heard(id=id, event=event, size=weight(event)))
    return in_order((*heard, *fresh)) if fresh else heard


def weight(event: IncidentReported) -> int:
    """Return about how many bytes an event adds to what is said of a postmortem: an entry of the timeline."""
    return ENTRY + len(event.model_dump_json(exclude_defaults=True).encode())


def in_order(heard: Iterable[Heard]) -> tuple[Heard, ...]:
    """Return events in the order in which things happened, whatever order they came in.

    What happened at once is ordered by what was told, since the ids of two that tell the same depend on who came first.
    """
    groups = groupby(sorted(heard, key=_place), key=_place)
    at_once = (list(group) for _, group in groups)
    return tuple(each for group in at_once for each in (sorted(group, key=_words) if group[1:] else group))


def _place(heard: Heard) -> tuple[object, ...]:
    event = heard.event
    return event.occurred_at, KINDS.index(event.kind), event.source, event.external_id


def _words(heard: Heard) -> str:
    return heard.event.model_dump_json()


def timeline(heard: Sequence[Heard], guidance: Guidance) -> tuple[TimelineEntry, ...]:
    """Return one entry an event, the same entry of an incident once; `heard` is in order.

    Who acted has the role that was theirs by then: what a tool tells of it counts from that event on.
    """
    entries: dict[tuple[object, ...], TimelineEntry] = {}
    roles: dict[tuple[str, str, str], str] = {}
    for known in heard:
        event = known.event
        people = [in_safe_words(guidance.identify(person)) for person in event.people]
        for person in people:
            if person.role != RESPONDER:
                roles[_whose(event, person)] = person.role
        acted = people[0] if people else None
        entry = TimelineEntry(
            id=known.id,
            at=event.occurred_at,
            kind=event.kind,
            text=safe(event.entry.text or _text(event, people)),
            who=acted.name if acted else None,
            role=roles.get(_whose(event, acted), acted.role) if acted else None,
            evidence_url=event.entry.evidence_url or event.url,
            source=event.source,
            external_id=event.external_id,
        )
        entries.setdefault((entry.at, entry.kind, entry.text, entry.source, entry.external_id), entry)
    return tuple(entries.values())


def _whose(event: IncidentReported, person: Person) -> tuple[str, str, str]:
    """The key of a role: in another incident the same person may have another one."""
    return event.source, event.external_id, person.email or person.name.casefold()


_TEXTS = {
    IncidentKind.OPENED: "Incident opened: {title}",
    IncidentKind.ACKNOWLEDGED: "Incident acknowledged",
    IncidentKind.NOTE: "Note",
    IncidentKind.SEVERITY_CHANGED: "Severity changed to {severity}",
    IncidentKind.ROLE_ASSIGNED: "Role assigned: {people}",
    IncidentKind.STATUS_UPDATE: "Status update",
    IncidentKind.RESOLVED: "Incident resolved",
    IncidentKind.REOPENED: "Incident reopened",
}


def _text(event: IncidentReported, people: Sequence[Person]) -> str:
    """Words for an event whose source has none."""
    roles = ", ".join(f"{p.name} as {p.role.replace('_', ' ')}" for p in people)
    return _TEXTS[event.kind].format(
        title=event.title or event.external_id, severity=event.severity or "unknown", people=roles
    )
