"""What people may do to a meeting, and what they are told when they may not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from services.calendar.domain.meeting import BY_HAND, Meeting, attendees, change, facts, keep, lateness, may_see, over
from services.calendar.domain.noting import noted
from services.calendar.domain.people import everybody
from services.calendar.domain.roles import GUEST
from services.calendar.domain.states import MOVES, Act, Status
from shared.contracts.base import Moment
from shared.contracts.commands import CancelMeeting, Command, EndMeeting, JoinMeeting, RescheduleMeeting, Role
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Decision, Kind, Refusal, Reply
from shared.contracts.meeting_notes import TakeMeetingNotes
from shared.contracts.meeting_notices import LeaveMeeting
from shared.contracts.values import Attendee

LONGEST = timedelta(hours=4)
Rule = tuple[bool, Refusal]
"""Whether it is broken, and what to say then."""

CLOSED = {
    Status.ENDED: Refusal(
        kind=Kind.CONFLICT,
        rule="meeting-ended",
        detail=("The meeting is over; put what was said into its notes, and what follows from it into the postmortem."),
    ),
    Status.CANCELLED: Refusal(
        kind=Kind.CONFLICT,
        rule="meeting-cancelled",
        detail=("The meeting is cancelled and stays so; arrange another one in your own calendar."),
    ),
}
NOT_PLANNED = Refusal(
    kind=Kind.NOT_FOUND,
    rule="unknown-postmortem",
    detail="There is no such postmortem, or its meeting is not planned yet.",
)
NOT_SCHEDULED = Refusal(
    kind=Kind.CONFLICT,
    rule="not-scheduled",
    detail=("The meeting is only tentative; it can end once the review is approved and the meeting is scheduled."),
)

NO_NOTES_YET = Refusal(
    kind=Kind.CONFLICT,
    rule="not-scheduled",
    detail="The meeting is only tentative; there are notes of it once the review is approved and it is scheduled.",
)
NOTED = frozenset({Status.SCHEDULED, Status.ENDED})
"""Meetings of which notes are taken."""


def reschedule(meeting: Meeting | None, command: RescheduleMeeting, now: Moment) -> Decision[Meeting | None]:
    """Move the meeting; its length stays when `end` is left out."""
    if meeting is None or not may_see(meeting, command.actor.email):
        return _unknown(meeting)
    # an entry has whole seconds (RFC 5545 section 3.3.5): with more we would take our own times for somebody else's
    start = command.start.replace(microsecond=0)
    end = command.end.replace(microsecond=0) if command.end else start + (meeting.end - meeting.start)
    if refusal := _refusal(meeting, Act.MOVE, _rules_for_times(command, start, end, now)):
        return _refused(meeting, refusal)
    late = lateness(meeting.topic, end)
    return _answered(change(meeting, now, start=start, end=end, needs_attention=late, **BY_HAND))


def cancel(meeting: Meeting | None, command: CancelMeeting, now: Moment) -> Decision[Meeting | None]:
    """Call the meeting off; its entry stays and says so."""
    if meeting is None or not may_see(meeting, command.actor.email):
        return _unknown(meeting)
    rule = (
        not _drives(meeting, command),
        Refusal(
            kind=Kind.FORBIDDEN,
            rule="owner-only",
            detail=f"Only the owner ({meeting.topic.owner.name}) or an administrator cancels the meeting; ask them.",
        ),
    )
    if refusal := _refusal(meeting, Act.CANCEL, [rule]):
        return _refused(meeting, refusal)
    return _answered(change(meeting, now, status=MOVES[meeting.status, Act.CANCEL], needs_attention=""))


def end(meeting: Meeting | None, command: EndMeeting, now: Moment) -> Decision[Meeting | None]:
    """Say that the meeting is over, before or after its time."""
    if meeting is None or not may_see(meeting, command.actor.email):
        return _unknown(meeting)
    if refusal := _refusal(meeting, Act.END, [_for_attendees(meeting, command, "ends the meeting")]):
        return _refused(meeting, refusal)
    taken = noted(meeting, command.notes or _text_of(meeting), command.actor, now)
    ended = over(taken.state, Act.END, now)
    return _answered(replace(ended, events=(*taken.events, *ended.events)))


def take_notes(meeting: Meeting | None, command: TakeMeetingNotes, now: Moment) -> Decision[Meeting | None]:
    """Keep notes of a meeting that is certain, or over: they stand beside the text, and change nothing else."""
    if meeting is None or not may_see(meeting, command.actor.email):
        return _unknown(meeting)
    broken, refusal = _for_attendees(meeting, command, "takes its notes")
    if broken:
        return _refused(meeting, refusal)
    if meeting.status not in NOTED:
        return _refused(meeting, CLOSED.get(meeting.status, NO_NOTES_YET))
    return _answered(noted(meeting, command.notes, command.actor, now))


def join(meeting: Meeting | None, command: JoinMeeting, now: Moment) -> Decision[Meeting | None]:
    """Put the actor on the invitation, as welcome (guide A5: open for anyone); joining twice is joining once."""
    if meeting is None or not may_see(meeting, command.actor.email):
        return _unknown(meeting)
    if refusal := _refusal(meeting, Act.JOIN, []):
        return _refused(meeting, refusal)
    email = command.actor.email
    if _invited(meeting, email):
        return _answered(keep(meeting))
    newcomer = Attendee(name=command.actor.name, email=email, required=False, role=GUEST)
    again = tuple(each for each in meeting.left if each != email)
    return _answered(change(meeting, now, joined=(*_but(meeting.joined, email), newcomer), left=again))


def leave(meeting: Meeting | None, command: LeaveMeeting, now: Moment) -> Decision[Meeting | None]:
    """Take the actor off the invitation, whoever put them there, until they join again; leaving twice is leaving once.

    Who is needed stays: the others are to see who does not come, or who comes instead.
    """
    if meeting is None or not may_see(meeting, command.actor.email):
        return _unknown(meeting)
    email = command.actor.email
    invited = _invited(meeting, email)
    if refusal := _refusal(meeting, Act.LEAVE, [(invited is not None and invited.required, _needed(invited))]):
        return _refused(meeting, refusal)
    if not any(person.email == email for person in everybody(meeting)):
        return _answered(keep(meeting))
    without = {"joined": _but(meeting.joined, email), "guests": _but(meeting.guests, email)}
    return _answered(change(meeting, now, **without, left=(*meeting.left, email)))


def _needed(person: Attendee | None) -> Refusal:
    role = (person.role if person and person.role else "attendee").replace("_", " ")
    return Refusal(
        kind=Kind.CONFLICT,
        rule="needed-there",
        detail=f"You are needed there ({role}), so you stay on the invitation. Hand that over to somebody else, "
        "or decline the invitation in your calendar program.",
    )


def _invited(meeting: Meeting, email: str) -> Attendee | None:
    """Whoever has this address among those whom we invite."""
    return next((person for person in attendees(meeting) if person.email == email), None)


def _but(people: Iterable[Attendee], email: str) -> tuple[Attendee, ...]:
    return tuple(person for person in people if person.email != email)


def _rules_for_times(command: RescheduleMeeting, start: Moment, end: Moment, now: Moment) -> list[Rule]:
    return [
        (
            command.actor.role is Role.TOOL,
            Refusal(kind=Kind.FORBIDDEN, rule="people-only", detail="A tool does not move meetings; an engineer does."),
        ),
        (
            end <= start,
            Refusal(kind=Kind.INVALID, rule="end-before-start", field="end", detail="`end` must be after `start`."),
        ),
        (
            start < now,
            Refusal(
                kind=Kind.INVALID, rule="in-the-past", field="start", detail="`start` has passed; choose a later time."
            ),
        ),
        (
            end - start > LONGEST,
            Refusal(
                kind=Kind.INVALID,
                rule="too-long",
                field="end",
                detail="A meeting lasts at most 4 hours; end it sooner.",
            ),
        ),
    ]


def _refusal(meeting: Meeting, act: Act, rules: Iterable[Rule]) -> Refusal | None:
    """The first rule that the command breaks; who may not do it learns that first."""
    if refusal := next((refusal for broken, refusal in rules if broken), None):
        return refusal
    if (meeting.status, act) in MOVES:
        return None
    return CLOSED.get(meeting.status, NOT_SCHEDULED)


def _for_attendees(meeting: Meeting, command: Command, does: str) -> Rule:
    attends = any(person.email == command.actor.email for person in attendees(meeting))
    return (
        not (attends or _drives(meeting, command)),
        Refusal(
            kind=Kind.FORBIDDEN,
            rule="attendees-only",
            detail=f"Only the owner, an administrator or somebody on the invitation {does}; join it first.",
        ),
    )


def _text_of(meeting: Meeting) -> str:
    return meeting.notes.text if meeting.notes else ""


def _drives(meeting: Meeting, command: Command) -> bool:
    return command.actor.role is Role.ADMIN or command.actor.email == meeting.topic.owner.email


def _answered(decision: Decision[Meeting]) -> Decision[Meeting | None]:
    return replace(decision, reply=facts(decision.state))  # type: ignore[return-value]


def _refused(meeting: Meeting, refusal: Refusal) -> Decision[Meeting | None]:
    return Decision(state=meeting, reply=Reply(refusal=refusal))


def _unknown(meeting: Meeting | None) -> Decision[Meeting | None]:
    """Refuse what is not there yet, and in the door's own words what this person may not know of."""
    return Decision(state=meeting, reply=Reply(refusal=UNKNOWN_POSTMORTEM if meeting else NOT_PLANNED))
