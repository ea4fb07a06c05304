"""What distribution hears of the meeting, and when a reminder of it is no longer true. Pure."""

from __future__ import annotations

from datetime import datetime

from services.distribution.domain.heard_meeting import HeardMeeting
from services.distribution.domain.publication import Publication, Terms, waiting
from shared.contracts.decision import Decision
from shared.contracts.events import MeetingCancelled, MeetingScheduled
from shared.contracts.meeting_reminders import MeetingReminder


def hear_meeting(
    publication: Publication | None, event: MeetingScheduled | MeetingCancelled, terms: Terms, now: datetime
) -> Decision[Publication]:
    """Keep the newest word, in whatever order they come; whatever is waited for goes on being waited for."""
    known, heard = publication or Publication(), HeardMeeting.of(event)
    newest = max(known.meeting or heard, heard, key=lambda each: each.order)
    return waiting(known.changed(meeting=newest), terms, now)


def why_not_meeting(fact: MeetingReminder, publication: Publication, now: datetime) -> str | None:
    """Say why a reminder is not to be mailed any more, or None when it is as true as it was."""
    ended, meeting = publication.meeting_ended_at, publication.meeting
    if ended is not None and ended >= fact.at:
        return "the meeting is over"
    if meeting and meeting.order > (fact.sequence, False):
        if meeting.start is None:
            return "the meeting is cancelled"
        if meeting.start != fact.start:
            return "the meeting was moved"
    return "the meeting has begun" if fact.start <= now else None
