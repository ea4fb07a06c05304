"""What was found on the calendar, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass

from services.calendar.domain.entry import Copy, Step, reconcile
from services.calendar.domain.inviting import tell
from services.calendar.domain.meeting import BY_HAND, Meeting, change, keep, lateness, uid_of, write
from services.calendar.domain.people import everybody, learn
from services.calendar.domain.practice import Practice
from services.calendar.domain.records import Seen, Told
from services.calendar.domain.states import LIVE, MOVES, Act, Status
from shared.contracts.base import Message, Moment
from shared.contracts.decision import Decision
from shared.contracts.events import MeetingCancelled, MeetingRescheduled, MeetingScheduled


@dataclass(frozen=True, slots=True)
class Written:
    """The entry says what it should; `copy` is what stood there before, if anything did."""

    seen: Seen
    copy: Copy | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A person moved the entry or called it off, in their calendar."""

    copy: Copy


@dataclass(frozen=True, slots=True)
class Back:
    """An entry that was missed is there again."""

    copy: Copy


@dataclass(frozen=True, slots=True)
class Missing:
    """The entry is not there, though it once was: a person deleted it, or is about to put it back."""


Finding = Written | Moved | Back | Missing


def found(meeting: Meeting, copy: Copy | None) -> Finding | None:
    """Return what a look at the calendar tells that the meeting does not know yet."""
    step = reconcile(meeting, copy)
    if copy is None:
        return Missing() if step is Step.MISSING else None
    if step is Step.MOVED:
        return Moved(copy)
    return Back(copy) if meeting.missing_until else None


def settle(meeting: Meeting, finding: Finding | None, practice: Practice, now: Moment) -> Decision[Meeting]:
    """Take what was found on the calendar into the meeting.

    A person's edit wins over what we wanted: it is taken over first, and written only after that, so
    that a crash in between repeats nothing. A deleted entry is never put back.
    """
    match finding:
        case Written(seen, copy):
            return _written(learn(meeting, copy), seen, practice, now)
        case Moved(copy):
            return _moved(learn(meeting, copy), copy, now)
        case Back(copy):
            return write(learn(meeting, copy))
        case Missing():
            return _missing(meeting, practice, now)
        case None:
            return keep(meeting)


def _written(meeting: Meeting, seen: Seen, practice: Practice, now: Moment) -> Decision[Meeting]:
    """Say what changed for others, now that everybody can see it on the calendar."""
    news = _news(meeting, practice, now)
    told = _telling(meeting) if news else meeting.told
    seen_now = {"seen": seen, "stands_since": _standing_since(meeting, now), "missing_until": None}
    after, letters = tell(meeting.model_copy(update={**seen_now, "told": told}), practice, now)
    return Decision(state=after, events=(*news, *letters), due=keep(after).due)


def _moved(meeting: Meeting, copy: Copy, now: Moment) -> Decision[Meeting]:
    start, end = copy.start or meeting.start, copy.end or meeting.end
    act = Act.CANCEL if copy.status == "CANCELLED" else Act.MOVE
    if (meeting.status, act) not in MOVES:
        return keep(meeting)
    seen = Seen(etag=copy.etag, write_id=copy.write_id, start=start, end=end)
    # `change` adds one: SEQUENCE ends above ours and not below the person's
    return change(
        meeting,
        now,
        status=MOVES[meeting.status, act],
        start=start,
        end=end,
        seen=seen,
        stands_since=_standing_since(meeting, now),
        needs_attention=lateness(meeting.topic, end) if act is Act.MOVE else "",
        sequence=max(meeting.sequence, copy.sequence - 1),
        **(BY_HAND if act is Act.MOVE else {}),
    )


def _standing_since(meeting: Meeting, now: Moment) -> Moment | None:
    return meeting.stands_since if meeting.seen else now


def _missing(meeting: Meeting, practice: Practice, now: Moment) -> Decision[Meeting]:
    """Give a person time to put the entry of a meeting ahead back; after that it is deleted.

    Whole seconds: the timer, which the database keeps less exactly, must not ring before them.
    """
    until = meeting.missing_until or (now + practice.grace).replace(microsecond=0)
    if meeting.status in LIVE and now < until:
        return keep(meeting.model_copy(update={"missing_until": until}))
    return _deleted(meeting, practice, now)


def _deleted(meeting: Meeting, practice: Practice, now: Moment) -> Decision[Meeting]:
    status = MOVES.get((meeting.status, Act.CANCEL), meeting.status)
    gone = {"status": status, "gone": True, "seen": None, "missing_until": None, "place": ""}
    after = meeting.model_copy(update=gone)
    if status is not Status.CANCELLED or (meeting.told and meeting.told.status is Status.CANCELLED):
        return keep(after)
    after, letters = tell(after.model_copy(update={"told": _telling(after), "changed_at": now}), practice, now)
    return Decision(state=after, events=(_cancelled(after, now), *letters))


def _news(meeting: Meeting, practice: Practice, now: Moment) -> tuple[Message, ...]:
    """The fact that others have not been told yet, if any."""
    before, today = meeting.told, _telling(meeting)
    if before == today or meeting.status is Status.ENDED:
        return ()
    if meeting.status is Status.CANCELLED:
        return () if before and before.status is Status.CANCELLED else (_cancelled(meeting, now),)
    fact = MeetingRescheduled if before and before.status is meeting.status else MeetingScheduled
    return (_on_calendar(fact, meeting, practice),)


def _on_calendar(fact: type[MeetingScheduled], meeting: Meeting, practice: Practice) -> MeetingScheduled:
    return fact(
        postmortem_id=meeting.postmortem_id,
        uid=uid_of(meeting.postmortem_id),
        start=meeting.start,
        end=meeting.end,
        timezone=practice.timezone,
        status=meeting.status.value,
        sequence=meeting.sequence,
        url=practice.link(meeting.postmortem_id),
        join_url=practice.join_link(meeting.postmortem_id),
        title=meeting.topic.title,
        attendees=everybody(meeting),
        late=meeting.late,
        needs_attention=meeting.needs_attention,
    )


def _cancelled(meeting: Meeting, now: Moment) -> MeetingCancelled:
    return MeetingCancelled(
        postmortem_id=meeting.postmortem_id, uid=uid_of(meeting.postmortem_id), sequence=meeting.sequence, at=now
    )


def _telling(meeting: Meeting) -> Told:
    return Told(
        status=meeting.status,
        start=meeting.start,
        end=meeting.end,
        title=meeting.topic.title,
        attendees=everybody(meeting),
        late=meeting.late,
    )
