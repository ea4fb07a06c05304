"""Reminding people of a meeting, so that they come having read the text.

Everybody who is invited is reminded by their own calendar: the entry has an alarm. A mail goes only to those who have
the meeting in hand (owner, facilitator), and to those who joined it over the API.
"""

from __future__ import annotations

from services.calendar.domain.meeting import Meeting, attendees, keep
from services.calendar.domain.practice import Practice
from shared.contracts.base import Moment, Owner
from shared.contracts.decision import Decision
from shared.contracts.meeting_reminders import MeetingReminder, MeetingReminderKind
from shared.contracts.values import Attendee


def remind(meeting: Meeting, practice: Practice, now: Moment) -> Decision[Meeting]:
    """Remind of the meeting, late if need be, but not once it has begun; never twice of the same beginning.

    An entry that is missed is waited for: if it was deleted, there is no meeting.
    """
    if meeting.missing_until and now < meeting.missing_until:
        return keep(meeting.model_copy(update={"remind_at": meeting.missing_until}))
    if now >= meeting.start:
        return keep(meeting.model_copy(update={"remind_at": None}))
    ahead = tuple(start for start in meeting.reminded if start > now)
    done = keep(meeting.model_copy(update={"remind_at": None, "reminded": (*ahead, meeting.start)}))
    told = recipients(meeting) if practice.preread else ()
    return Decision(
        state=done.state, events=tuple(_reminder(meeting, each, practice, now) for each in told), due=done.due
    )


def recipients(meeting: Meeting) -> tuple[Attendee, ...]:
    """Return who is reminded by mail; whoever has declined is not."""
    mailed = {meeting.topic.owner.email, *(person.email for person in meeting.joined)}
    if meeting.facilitator:
        mailed.add(meeting.facilitator.email)
    declined = {email for email, answer in meeting.answers.items() if answer == "declined"}
    return tuple(person for person in attendees(meeting) if person.email in mailed - declined)


def _reminder(meeting: Meeting, person: Attendee, practice: Practice, now: Moment) -> MeetingReminder:
    return MeetingReminder(
        postmortem_id=meeting.postmortem_id,
        kind=MeetingReminderKind.PRE_READ,
        recipient=Owner(name=person.name, email=person.email),
        start=meeting.start,
        timezone=practice.timezone,
        sequence=meeting.sequence,
        title=meeting.topic.title,
        severity=meeting.topic.severity,
        url=practice.link(meeting.postmortem_id),
        join_url=practice.join_link(meeting.postmortem_id),
        at=now,
        restricted=meeting.topic.restricted,
    )
