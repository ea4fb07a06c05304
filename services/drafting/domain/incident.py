"""From incident events to a first draft: whatever order they come in, however often."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from services.drafting.domain.bounded import bounded
from services.drafting.domain.checks import shown
from services.drafting.domain.deadlines import deadline_for
from services.drafting.domain.policy import Facts, Guidance
from services.drafting.domain.postmortem import MOVES, Act, Heard, Postmortem, State
from services.drafting.domain.skipping import bring_back, pass_over
from services.drafting.domain.triage import triage
from shared.contracts.base import Message, Person
from shared.contracts.decision import Decision
from shared.contracts.events import ACCESS, DraftCreated, DraftRevised, IncidentReported, TimelineExtended
from shared.contracts.skipping import POLICY
from shared.contracts.values import Incident, IncidentKind, TimelineEntry

T = TypeVar("T")
RESPONDER = "responder"


def follow_incident(
    postmortem: Postmortem | None, event: IncidentReported, event_id: str, guidance: Guidance, now: datetime
) -> Decision[Postmortem]:
    """Take one incident event in; a short while after the incident is resolved a draft is opened, if one is wanted."""
    before = postmortem or _unknown(event)
    after = _learn(before, event, event_id, guidance)
    is_news = after.access != before.access and after.state is not State.COLLECTING
    closed = (after.say_access(now, "afterword"),) if is_news else ()
    if after.is_unopened:
        opens_at = now + guidance.settle if after.incident.resolved_at else None
        return Decision(state=after.changed(opens_at=opens_at), events=closed, due=opens_at)
    if _is_untouched(after):
        rewritten = _rewrite(before, after, guidance, now)
        return Decision(state=rewritten.state, events=rewritten.events or closed)
    return Decision(state=after, events=(*closed, *_extended(before, after)))


def open_draft(postmortem: Postmortem, guidance: Guidance, now: datetime) -> Decision[Postmortem]:
    """Open the first draft, if the incident is still over and needs one; else pass it over, which is told as well."""
    if not postmortem.is_unopened or postmortem.incident.resolved_at is None:
        return Decision(state=postmortem)
    rule, written = triage(postmortem, guidance), _written(postmortem.changed(opens_at=None), guidance)
    if not rule.postmortem:
        return pass_over(postmortem, written, rule.reason, now)
    if postmortem.state is State.SKIPPED:
        return bring_back(written, rule.reason, POLICY, guidance, now)
    opened = written.changed(state=MOVES[postmortem.state, Act.OPEN])
    drafted = opened.next_revision(now, "afterword", "first draft")
    return Decision(state=drafted, events=(drafted.say(DraftCreated),))


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
    if not postmortem.is_unopened and not _is_untouched(postmortem):
        return known
    return known.changed(
        false_alarm=_false_alarm(events),
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


def _false_alarm(events: Sequence[IncidentReported]) -> bool | None:
    """What was said last of whether there was an incident at all; None when nobody has."""
    return next((event.false_alarm for event in reversed(events) if event.false_alarm is not None), None)


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


def _written(postmortem: Postmortem, guidance: Guidance) -> Postmortem:
    """Return the draft as the incident alone makes it; a deadline stays while the incident is open again."""
    severity = postmortem.severity or guidance.default_severity
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
    owner = guidance.owner(postmortem.people, postmortem.services)
    owned = postmortem.changed(
        severity=severity,
        owner=owner,
        report=report,
        sections=written.sections,
        severity_label=guidance.labels.get(severity, ""),
        missing=guidance.missing(report, written.sections),
    )
    return shown(owned.changed(deadline=deadline_for(owned, guidance)), guidance)


def _rewrite(before: Postmortem, after: Postmortem, guidance: Guidance, now: datetime) -> Decision[Postmortem]:
    """A draft that nobody has touched yet is made again of what is known now."""
    written = _written(after, guidance)
    beside = {name: getattr(before, name) for name in ("heard", "touched", "findings", *ACCESS)}
    if written.changed(**beside) == before:
        return Decision(state=after)
    revised = written.next_revision(now, "afterword", "the incident tool told more")
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
