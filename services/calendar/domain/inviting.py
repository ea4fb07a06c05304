"""Who is told of the meeting by mail: whoever joined gets it into their own calendar, and out of it again. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from services.calendar.domain.meeting import Meeting, attendees, uid_of
from services.calendar.domain.practice import Practice
from services.calendar.domain.records import Mailed
from services.calendar.domain.states import Status
from shared.contracts.base import Moment, Owner
from shared.contracts.meeting_notices import MeetingNotice, MeetingNoticeKind
from shared.contracts.values import Attendee

Letter = tuple[MeetingNoticeKind, Mailed]
"""What somebody is told, and what is known of them then."""


def tell(meeting: Meeting, practice: Practice, now: Moment) -> tuple[Meeting, tuple[MeetingNotice, ...]]:
    """Return what people are to be told by mail, and the meeting that knows that they were: each change once.

    Whoever was invited so hears of every other time and of the end of it, whatever the policy says by then: what stands
    in their own calendar would be wrong else. Of what is over nobody hears.
    """
    if meeting.status is Status.ENDED:
        return meeting, ()
    told = tuple(_letters(meeting, practice))
    newest = {each.email: each for each in (*meeting.mailed, *(mailed for _, mailed in told))}
    after = meeting.model_copy(update={"mailed": tuple(newest.values())})
    return after, tuple(_notice(meeting, kind, mailed, practice, now) for kind, mailed in told)


def _letters(meeting: Meeting, practice: Practice) -> Iterator[Letter]:
    invited = {} if meeting.status is Status.CANCELLED else {each.email: each for each in attendees(meeting)}
    known = {each.email: each for each in meeting.mailed if not each.off}
    for person in invited.values():
        before = known.get(person.email)
        told = Mailed(name=person.name, email=person.email, sequence=meeting.sequence)
        if before is None and _wanted(meeting, person, practice):
            yield MeetingNoticeKind.INVITATION, told
        if before is not None and before.sequence < meeting.sequence:
            yield MeetingNoticeKind.MOVED, told
    for each in known.values():
        if each.email not in invited:
            off = {"sequence": meeting.sequence, "off": True}
            yield MeetingNoticeKind.CANCELLED, each.model_copy(update=off)


def _wanted(meeting: Meeting, person: Attendee, practice: Practice) -> bool:
    """Say whether somebody is invited by mail: who has it in the shared calendar is not, unless the policy wants it."""
    if practice.invitations == "joined":
        return any(each.email == person.email for each in meeting.joined)
    return practice.invitations == "all"


def _notice(
    meeting: Meeting, kind: MeetingNoticeKind, mailed: Mailed, practice: Practice, now: Moment
) -> MeetingNotice:
    called_off = meeting.status is Status.CANCELLED
    return MeetingNotice(
        postmortem_id=meeting.postmortem_id,
        kind=kind,
        recipient=Owner(name=mailed.name, email=mailed.email),
        uid=uid_of(meeting.postmortem_id),
        sequence=mailed.sequence,
        start=meeting.start,
        end=meeting.end,
        timezone=practice.timezone,
        title=meeting.topic.title,
        severity=meeting.topic.severity,
        url=practice.link(meeting.postmortem_id),
        join_url=practice.join_link(meeting.postmortem_id),
        organizer=practice.organizer,
        at=now,
        tentative=meeting.status is Status.TENTATIVE,
        required=any(each.email == mailed.email and each.required for each in attendees(meeting)),
        left=kind is MeetingNoticeKind.CANCELLED and not called_off,
        restricted=meeting.topic.restricted,
    )
