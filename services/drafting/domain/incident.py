"""From incident events to a first draft: whatever order they come in, however often."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from services.drafting.domain.bounded import bounded
from services.drafting.domain.checks import shown
from services.drafting.domain.deadlines import deadline_for
from services.drafting.domain.durations import durations, resolved_at
from services.drafting.domain.extract import LONGEST_SUMMARY, MOST_NAMED, cut, in_text
from services.drafting.domain.policy import Facts, Guidance
from services.drafting.domain.postmortem import MOVES, Act, Postmortem, State
from services.drafting.domain.skipping import bring_back, pass_over
from services.drafting.domain.timeline import RESPONDER, hearing, in_order, in_safe_words, safe, timeline
from services.drafting.domain.triage import triage
from shared.contracts.base import Message, Person
from shared.contracts.decision import Decision
from shared.contracts.events import ACCESS, DraftCreated, IncidentReported, TimelineExtended
from shared.contracts.impact import GatheredIncident
from shared.contracts.skipping import POLICY
from shared.contracts.values import Incident

T = TypeVar("T")
MOST_SERVICES = 100
"""As many as one event may name."""
KNOWN = ("timeline", "people", "incident", "incidents", "durations", "gathered")
"""What becomes known of what happened, beside the text."""


def follow_incident(
    postmortem: Postmortem | None, event: IncidentReported, event_id: str, guidance: Guidance, now: datetime
) -> Decision[Postmortem]:
    """Take one incident event in; a short while after the incident is resolved a draft is opened, if one is wanted."""
    before = postmortem or _unknown(event)
    after = _learn(before, event, event_id, guidance)
    if after.merged_into:
        return forward(before, after, event_id, now)
    if after.is_unopened:
        waiting = after.changed(opens_at=opening(after, guidance, now))
        return Decision(state=waiting, events=_closing(before, after, now), due=waiting.opens_at)
    return learned(before, after, guidance, now)


def opening(postmortem: Postmortem, guidance: Guidance, now: datetime) -> datetime | None:
    """Return when it is to be decided whether there is a draft: a short while after now, if the incident is over."""
    return now + guidance.settle if postmortem.incident.resolved_at else None


def learned(before: Postmortem, after: Postmortem, guidance: Guidance, now: datetime) -> Decision[Postmortem]:
    """Say what became known: an untouched draft is written anew, beside a text of people only the data grows."""
    closed = _closing(before, after, now)
    if is_untouched(after):
        rewritten = _rewrite(before, after, guidance, now)
        return Decision(state=rewritten.state, events=rewritten.events or closed)
    return Decision(state=after, events=(*closed, *_extended(before, after)))


def _closing(before: Postmortem, after: Postmortem, now: datetime) -> tuple[Message, ...]:
    """Tell that fewer people may see it now; nobody has been told of what has no text yet."""
    return (after.say_access(now, "afterword"),) if after.access != before.access and after.revision else ()


def forward(before: Postmortem, after: Postmortem, event_id: str, now: datetime) -> Decision[Postmortem]:
    """Tell the postmortem that took this incident what is new; our own text waits."""
    closed = _closing(before, after, now)
    news = tuple(known for known in after.heard if known.id == event_id)
    return Decision(state=after, events=(*closed, *after.handed(news))) if news else Decision(state=after)


def open_draft(postmortem: Postmortem, guidance: Guidance, now: datetime) -> Decision[Postmortem]:
    """Open the first draft, if the incident is still over and needs one; else pass it over, which is told as well.

    What another postmortem is about gets no draft of its own.
    """
    if not postmortem.is_unopened or postmortem.incident.resolved_at is None or postmortem.merged_into:
        return Decision(state=postmortem)
    rule, filled = triage(postmortem, guidance), written(postmortem.changed(opens_at=None), guidance)
    if not rule.postmortem:
        return pass_over(postmortem, filled, rule.reason, now)
    if postmortem.state is State.SKIPPED:
        return bring_back(filled, rule.reason, POLICY, guidance, now)
    opened = filled.changed(state=MOVES[postmortem.state, Act.OPEN])
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
    """Everything that is known with this event."""
    heard = hearing(postmortem.heard, [(event_id, event)])
    return (
        postmortem if heard == postmortem.heard else gather(_closed(postmortem, event).changed(heard=heard), guidance)
    )


def gather(postmortem: Postmortem, guidance: Guidance) -> Postmortem:
    """Compute anew what is known of all its incidents; what people edit follows only until somebody edits it.

    Title and summary are those of its own incident, the severity is the worst of all, services are those of all.
    """
    everything = in_order((*postmortem.heard, *(heard for taken in postmortem.taken for heard in taken.heard)))
    stories = [[known.event for known in heard] for heard in postmortem.stories()]
    own, events = stories[0], [known.event for known in everything]
    known = postmortem.changed(
        incident=_incident(own),
        incidents=_incidents(stories),
        timeline=timeline(everything, guidance),
        durations=durations(stories),
    )
    known = known.changed(people=_people(known, events, guidance))
    if not postmortem.is_unopened and not is_untouched(postmortem):
        return known
    return known.changed(
        false_alarm=_false_alarm(own),
        title=safe(_last(e.title for e in own) or postmortem.title),
        summary=safe(_last(e.summary for e in own) or ""),
        severity=min((s for story in stories if (s := _last(e.severity for e in story))), default=None),
        services=tuple(dict.fromkeys(service for e in events for service in e.services))[:MOST_SERVICES],
    )


def _incidents(stories: Sequence[Sequence[IncidentReported]]) -> tuple[GatheredIncident, ...]:
    """What it is about: its own incident, then those that were merged, as they began."""
    own, *others = (
        GatheredIncident(postmortem_id=story[0].postmortem_id, **dict(_incident(story))) for story in stories
    )
    return (own, *sorted(others, key=lambda each: (each.started_at, each.postmortem_id)))


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
    first = events[0]
    return Incident(
        source=first.source,
        external_id=first.external_id,
        url=_last(e.url for e in events),
        started_at=first.occurred_at,
        resolved_at=resolved_at(events),
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
    return _once(in_safe_words(guidance.identify(person)) for event in events for person in event.people)


def _once(people: Iterable[Person]) -> tuple[Person, ...]:
    """Each person and role once; who has a role of their own is not listed as a responder as well."""
    found: dict[tuple[str, str], Person] = {}
    for person in people:
        found.setdefault((_who(person), person.role), person)
    with_role = {who for who, role in found if role != RESPONDER}
    return tuple(person for (who, role), person in found.items() if role != RESPONDER or who not in with_role)


def _who(person: Person) -> str:
    return person.email or person.name.casefold()


def is_untouched(postmortem: Postmortem) -> bool:
    """Say whether there is a draft that nobody has worked on yet."""
    return postmortem.state is State.DRAFT and not postmortem.authors


def written(postmortem: Postmortem, guidance: Guidance) -> Postmortem:
    """Return the draft as the incident alone makes it; a deadline stays while the incident is open again."""
    severity = postmortem.severity or guidance.default_severity
    filled = guidance.write(
        Facts(
            title=postmortem.title,
            severity=severity,
            services=postmortem.services,
            summary=cut(postmortem.summary, LONGEST_SUMMARY),
            incident=postmortem.incident,
            people=postmortem.people[:MOST_NAMED],
            timeline=in_text(postmortem.timeline),
            incidents=postmortem.incidents,
            durations=postmortem.durations,
        )
    )
    report = {name: safe(text) for name, text in bounded(filled.report).items()}
    owned = postmortem.changed(
        severity=severity,
        owner=guidance.owner(postmortem.people, postmortem.services),
        report=report,
        sections=filled.sections,
        severity_label=guidance.labels.get(severity, ""),
        missing=guidance.missing(report, filled.sections),
    )
    return shown(owned.changed(deadline=deadline_for(owned, guidance)), guidance)


def _rewrite(before: Postmortem, after: Postmortem, guidance: Guidance, now: datetime) -> Decision[Postmortem]:
    """A draft that nobody has touched yet is made again of what is known now."""
    again = written(after, guidance)
    beside = {name: getattr(before, name) for name in ("heard", "taken", "gathered", "touched", "findings", *ACCESS)}
    if again.changed(**beside) == before:
        return Decision(state=after)
    revised = again.next_revision(now, "afterword", "the incident tool told more")
    return Decision(state=revised, events=(revised.say_revised(),))


def _extended(before: Postmortem, after: Postmortem) -> tuple[Message, ...]:
    """A text that people have worked on is left alone; only the data beside it grows."""
    known = {name: getattr(after, name) for name in KNOWN}
    if known == {name: getattr(before, name) for name in KNOWN}:
        return ()
    return (TimelineExtended(postmortem_id=after.id, **known),)
