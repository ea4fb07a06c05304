"""The notes of a meeting: beside the text of the postmortem, never in it."""

from __future__ import annotations

from services.calendar.domain.meeting import Meeting, keep
from services.calendar.domain.notes import Notes
from shared.contracts.base import Moment, Owner
from shared.contracts.commands import Actor
from shared.contracts.decision import Decision
from shared.contracts.meeting_notes import MeetingNotesTaken


def noted(meeting: Meeting, text: str, actor: Actor, now: Moment) -> Decision[Meeting]:
    """Keep notes in the place of those from before, and say so; the same again says nothing."""
    before = meeting.notes
    if text == (before.text if before else ""):
        return keep(meeting)
    notes = Notes(
        text=text, by=Owner(name=actor.name, email=actor.email), at=now, version=before.version + 1 if before else 1
    )
    fact = MeetingNotesTaken(
        postmortem_id=meeting.postmortem_id, notes=text, by=notes.by, at=now, version=notes.version
    )
    taken = keep(meeting.model_copy(update={"notes": notes}))
    return Decision(state=taken.state, events=(fact,), due=taken.due)
