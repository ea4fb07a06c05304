"""From incident events to a first draft: whatever order they come in, however often."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from services.drafting.domain.bounded import bounded
from services.drafting.domain.checks import shown
from services.drafting.domain.policy import Facts, Guidance
from services.drafting.domain.postmortem import MOVES, Act, Heard, Postmortem, State
from shared.contracts.base import Message, Person
from shared.contracts.decision import Decision
from shared.contracts.events import ACCESS, DraftCreated, DraftRevised, IncidentReported, TimelineExtended
from shared.contracts.values import Incident, IncidentKind, TimelineEntry

T = TypeVar("T")
RESPONDER = "responder"


def follow_incident(
    postmortem: Postmortem | None, event: IncidentReported, event_id: str, guidance: Guidance, now: datetime
) -> Decision[Postmortem]:
    """Take one incident event in; a draft is opened a short while after the incident is resolved."""
    before = postmortem or _unknown(event)
    after = _learn(before, event, event_id, guidance)
    if after.state is State.COLLECTING:
        return Decision(state=after, due=now + guidance.settle if _wants_draft(after, guidance) else None)
    closed = (after.say_access(now, "afterword"),) if after.access != before.access else ()
    if _is_untouched(after):
        rewritten = _rewrite(before, after, guidance, now)
        return Decision(state=rewritten.state, events=rewritten.events or closed)
    return Decision(state=after, events=(*closed, *_extended(before, after)))


def open_draft(postmortem: Postmortem, guidance: Guidance, now: datetime) -> Decision[Postmortem]:
    """Open the first draft, if the incident is still over and needs one."""
    if (postmortem.state, Act.OPEN) not in MOVES or not _wants_draft(postmortem, guidance):
        return Decision(state=postmortem)
    opened = postmortem.changed(state=MOVES[postmortem.state, Act.OPEN])
    drafted = shown(_written(opened, guidance, now), guidance).next_revision(now, "afterword", "first draft")
    return Decision(state=drafted, events=(drafted.say(DraftCreated),))


def _wants_draft(postmortem: Postmortem, guidance: Guidance) -> bool:
    severity = postmortem.severity or guidance.default_severity
    return postmortem.incident.resolved_at is not None and severity in guidance.postmortem_for


def _unknown(event: IncidentReported) -> Postmortem:
    """A postmortem of which nothing is known but where it comes from."""
    return Postmortem(
        id=event.postmortem_id,
        title=f"Incident {event.external_id}",
        incident=Incident(source=event.source, external_id=event.external_id, started_at=event.occurred_at),
    )


def _learn(postmortem: Postmortem, event: IncidentReported, event_id: str, guidance: Guidance) -> Postmortem:
    """Everything that is known with this event; what people edit follows the incident only until somebody edits it."""
    if any(known.event == event for known in postmortem.heard):
        return postmortem
    heard = tuple(
        sorted(
            (*postmortem.heard, Heard(id=event_id, event=event)),
            key=lambda h: (h.event.occurred_at, list(IncidentKind).index(h.event.kind), h.id),
        )
    )
    events = [known.event for known in heard]
    known = _closed(postmortem, event).changed(
        heard=heard, incident=_incident(events), timeline=_timeline(heard, guidance)
    )
    known = known.changed(people=_people(known, events, guidance))
    if postmortem.state is not State.COLLECTING and not _is_untouched(postmortem):
        return known
    return known.changed(
        title=_last(e.title for e in events) or postmortem.title,
        summary=_last(e.summary for e in events) or "",
        severity=_last(e.severity for e in events),
        services=tuple(dict.fromkeys(service for e in events for service in e.services)),
    )


def _closed(postmortem: Postmortem, event: IncidentReported) -> Postmortem:
    """The first private event closes the postmortem, a later one does not close again what people have opened.

    When there is a draft, a person's word does not close it: its owner does.
    """
    is_word = event.private and (event.reported_by is None or postmortem.state is State.COLLECTING)
    if not is_word or any(known.event.private for known in postmortem.heard):
        return postmortem
    return postmortem.opened_to(tags=postmortem.tags, restricted=True, readers=postmortem.readers)


def _last(values: Iterable[T | None]) -> T | None:
    """The newest value that says something."""
    return next((value for value in reversed(list(values)) if value), None)


def _incident(events: Sequence[IncidentReported]) -> Incident:
    """Where it comes from, when it began, and when it ended unless it was reopened since."""
    resolved = None
    for event in events:
        if event.kind is IncidentKind.RESOLVED:
            resolved = event.occurred_at
        elif event.kind is IncidentKind.REOPENED:
            resolved = None
    first = events[0]
    return Incident(
        source=first.source,
        external_id=first.external_id,
        url=_last(e.url for e in events),
        started_at=first.occurred_at,
        resolved_at=resolved,
    )


def _people(postmortem: Postmortem, events: Sequence[IncidentReported], guidance: Guidance) -> tuple[Person, ...]:
    """Everybody who took part. They may see what is restricted, so there not everybody's word counts.

    A tool's word does, and that of people whom it names already. Who was named before it was closed stays named.
    """
    if not postmortem.restricted:
        return _told(events, guidance)
    before = () if postmortem.state is State.COLLECTING else postmortem.people
    by_tools = _told([event for event in events if event.reported_by is None], guidance)
    inside = {person.email for person in (*before, *by_tools)} | {*postmortem.readers, *postmortem.reviewers}
    owner = postmortem.owner.email if postmortem.owner else None
    trusted = [event for event in events if event.reported_by in (None, owner) or event.reported_by in inside]
    return _once((*before, *_told(trusted, guidance)))


def _told(events: Iterable[IncidentReported], guidance: Guidance) -> tuple[Person, ...]:
    """Whom events name; a name gets its address where the policy knows it."""
    return _once(guidance.identify(person) for event in events for person in event.people)


def _once(people: Iterable[Person]) -> tuple[Person, ...]:
    """Each person and role once; who has a role of their own is not listed as a responder as well."""
    found: dict[tuple[str, str], Person] = {}
    for person in people:
        found.setdefault((_who(person), person.role), person)
    with_role = {who for who, role in found if role != RESPONDER}
    return tuple(person for (who, role), person in found.items() if role != RESPONDER or who not in with_role)


def _who(person: Person) -> str:
    return person.email or person.name.casefold()


def _timeline(heard: Sequence[Heard], guidance: Guidance) -> tuple[TimelineEntry, ...]:
    """One entry an event, in the order in which things happened; the same entry once."""
    entries: dict[tuple[object, ...], TimelineEntry] = {}
    for known in heard:
        event = known.event
        people = [guidance.identify(person) for person in event.people]
        entry = TimelineEntry(
            id=known.id,
            at=event.occurred_at,
            kind=event.kind,
            text=event.entry.text or _text(event, people),
            who=people[0].name if people else None,
            evidence_url=event.entry.evidence_url or event.url,
            source=event.source,
        )
        entries.setdefault((entry.at, entry.kind, entry.text), entry)
    return tuple(entries.values())


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


def _is_untouched(postmortem: Postmortem) -> bool:
    """Say whether there is a draft that nobody has worked on yet."""
    return postmortem.state is State.DRAFT and not postmortem.authors


def _written(postmortem: Postmortem, guidance: Guidance, now: datetime) -> Postmortem:
    """Return the draft as the incident alone makes it; a deadline stays while the incident is open again."""
    severity = postmortem.severity or guidance.default_severity
    ended = postmortem.incident.resolved_at
    written = guidance.write(
        Facts(
            title=postmortem.title,
            severity=severity,
            services=postmortem.services,
            summary=postmortem.summary,
            incident=postmortem.incident,
            people=postmortem.people,
            timeline=postmortem.timeline,
        )
    )
    report = bounded(written.report)
    return postmortem.changed(
        severity=severity,
        owner=guidance.owner(postmortem.people),
        deadline=guidance.deadline(severity, ended)
        if ended
        else postmortem.deadline or guidance.deadline(severity, now),
        report=report,
        missing=guidance.missing(report),
    )


def _rewrite(before: Postmortem, after: Postmortem, guidance: Guidance, now: datetime) -> Decision[Postmortem]:
    """A draft that nobody has touched yet is made again of what is known now."""
    written = _written(after, guidance, now)
    beside = {name: getattr(before, name) for name in ("heard", "touched", *ACCESS)}
    if written.changed(**beside) == before:
        return Decision(state=after)
    revised = shown(written, guidance).next_revision(now, "afterword", "the incident tool told more")
    event = revised.say(
        DraftRevised,
        status=revised.state.value,
        revised_at=now,
        revised_by="afterword",
        note=revised.revisions[-1].note,
    )
    return Decision(state=revised, events=(event,))


def _extended(before: Postmortem, after: Postmortem) -> tuple[Message, ...]:
    """A text that people have worked on is left alone; only the data beside it grows."""
    if (before.timeline, before.people, before.incident) == (after.timeline, after.people, after.incident):
        return ()
    return (
        TimelineExtended(postmortem_id=after.id, timeline=after.timeline, people=after.people, incident=after.incident),
    )
