"""Postmortems from before: kept as a file tells them, changed when the file is imported again. Pure.

An imported one is published from its first revision on. Nobody edits it here, so there is nothing to review, to meet
about or to be reminded of; who may see it is decided here as of any other.
"""

from __future__ import annotations

from datetime import datetime

from services.drafting.domain.checks import cleared
from services.drafting.domain.policy import Guidance
from services.drafting.domain.postmortem import Postmortem, State
from services.drafting.domain.text import unknown
from services.drafting.domain.timeline import in_safe_words, safe
from shared.contracts.base import Owner, Person, derived_id
from shared.contracts.decision import Decision, Refusal, Reply
from shared.contracts.importing import ImportedFrom, ImportPostmortem, PostmortemImported
from shared.contracts.values import Incident, IncidentKind, TimelineEntry

SOURCE = "import"
"""Stands where else the name of an incident tool does."""
LONGEST_ID = 200
OWNING = ("owner", "author")
"""Roles of people in a file, of whom the first whose address is known owns the postmortem."""
TOLD = ("title", "severity", "services", "people", "owner", "report", "sections", "incident", "timeline", "tags")
"""What a file tells; when all of it is as before, there is no new revision."""


def bring_in(
    postmortem: Postmortem | None, command: ImportPostmortem, guidance: Guidance, now: datetime
) -> Decision[Postmortem | None]:
    """Keep what a file tells, as the first or the next revision; the same again changes nothing.

    What should not be in a text is taken out of the file or justified first. Only who may see it imports it again.
    """
    if postmortem and (postmortem.imported is None or postmortem.is_hidden_from(command.actor.email)):
        return unknown(postmortem)
    told = _told(postmortem, command, guidance, now)
    checked = cleared(told, command.justifications, command.actor.email, guidance, now)
    if isinstance(checked, Refusal):
        return Decision(state=postmortem, reply=Reply(refusal=checked))
    if postmortem and _is_same(postmortem, checked):
        return Decision(state=postmortem, reply=_reply(postmortem, "unchanged"))
    note = "imported again" if postmortem else "imported"
    revised = checked.next_revision(now, command.actor.email, note)
    kept = revised.changed(published=revised.revision)
    reply = _reply(kept, "changed" if postmortem else "created")
    if command.dry_run:
        return Decision(state=postmortem, reply=reply)
    event = kept.say(PostmortemImported, imported=kept.imported)
    return Decision(state=kept, events=(event,), reply=reply)


def _told(postmortem: Postmortem | None, command: ImportPostmortem, guidance: Guidance, now: datetime) -> Postmortem:
    """Return the postmortem as the file tells it, on what is known already."""
    incident = Incident(
        source=SOURCE,
        external_id=command.source[:LONGEST_ID],
        url=command.url,
        started_at=command.started_at,
        resolved_at=command.resolved_at,
    )
    before = postmortem or Postmortem(id=command.postmortem_id, title=command.title, incident=incident)
    people = tuple(in_safe_words(guidance.identify(person)) for person in command.people)
    named = _owner(people)
    origin = _origin(before, command, now, owner_known=named is not None)
    severity = command.severity or guidance.default_severity
    return before.opened_to(
        tags=_tags(before, command), restricted=before.restricted, readers=before.readers, at=now, by=origin.by
    ).changed(
        state=State.PUBLISHED,
        imported=origin,
        incident=incident,
        title=command.title,
        severity=severity,
        severity_label=guidance.labels.get(severity, ""),
        services=tuple(dict.fromkeys(command.services)),
        people=people,
        owner=named or before.owner or Owner(name=command.actor.name, email=command.actor.email),
        deadline=origin.dated_at,
        report=command.report,
        sections=command.sections,
        timeline=_timeline(command, incident),
    )


def _origin(before: Postmortem, command: ImportPostmortem, now: datetime, *, owner_known: bool) -> ImportedFrom:
    """Return where it comes from; what tells no date keeps its place, which is that of its first import at first."""
    known = before.imported
    return ImportedFrom(
        source=command.source,
        url=command.url,
        published_at=command.published_at,
        dated_at=command.published_at or command.started_at or (known.dated_at if known else now),
        tags=command.tags,
        owner_known=owner_known,
        at=now,
        by=command.actor.email,
    )


def _owner(people: tuple[Person, ...]) -> Owner | None:
    for role in OWNING:
        for person in people:
            if person.role == role and person.email:
                return Owner(name=person.name, email=person.email)
    return None


def _tags(before: Postmortem, command: ImportPostmortem) -> tuple[str, ...]:
    """Return the tags of the file, and those that people have added to the ones from before."""
    of_file = before.imported.tags if before.imported else ()
    return tuple(dict.fromkeys((*command.tags, *(tag for tag in before.tags if tag not in of_file))))


def _timeline(command: ImportPostmortem, incident: Incident) -> tuple[TimelineEntry, ...]:
    return tuple(
        TimelineEntry(
            id=derived_id(command.postmortem_id, "timeline", str(number)),
            at=entry.at,
            text=safe(entry.text),
            kind=IncidentKind.NOTE,
            source=incident.source,
            external_id=incident.external_id,
        )
        for number, entry in enumerate(command.timeline)
    )


def _is_same(postmortem: Postmortem, told: Postmortem) -> bool:
    """Say whether the file tells what it told; when it was read, and by whom, is no difference."""
    known, origin = postmortem.imported, told.imported
    is_from_there = known and origin and known == origin.model_copy(update={"at": known.at, "by": known.by})
    return bool(is_from_there) and all(getattr(postmortem, name) == getattr(told, name) for name in TOLD)


def _reply(postmortem: Postmortem, outcome: str) -> Reply:
    return Reply(data={"outcome": outcome, "revision": postmortem.revision, "content_hash": postmortem.content_hash()})
