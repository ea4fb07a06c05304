"""What the passing of time does to a meeting, and what the request for its review does to its slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.calendar.domain.findings import Finding, settle
from services.calendar.domain.flags import REVIEW_LATE, joined
from services.calendar.domain.meeting import Meeting, change, keep, next_turn, over
from services.calendar.domain.placing import placed, slot_for, times
from services.calendar.domain.practice import Practice
from services.calendar.domain.reminding import remind
from services.calendar.domain.slots import Busy
from services.calendar.domain.states import LIVE, MOVES, Act, Status
from shared.contracts.base import Moment
from shared.contracts.decision import Decision
from shared.contracts.events import ReviewRequested


def hear_review_requested(
    meeting: Meeting, event: ReviewRequested, busy: Sequence[Busy], practice: Practice, now: Moment
) -> Decision[Meeting]:
    """The community has the notice to read, counted from the request: what is sooner moves, if the deadline allows.

    The times of a person stay. So does a slot that no better one is before the deadline for; both say what they lack.
    A meeting that was given up gets a slot again.
    """
    if meeting.asked_at and event.requested_at <= meeting.asked_at:
        return keep(meeting)
    known: dict[str, object] = {"asked_at": event.requested_at, "moves": 0}
    soonest = event.requested_at + practice.notice
    if meeting.status is not Status.TENTATIVE or meeting.start >= soonest:
        return change(meeting, now, **known)
    slot = slot_for(meeting, busy, practice, now)
    if slot.end > meeting.topic.deadline:
        slot = slot_for(meeting, busy, practice, now, hurry=False)  # late anyway: then with time to read
    passed, would_be_late = meeting.start <= now, slot.end > meeting.topic.deadline >= meeting.end
    if not passed and (meeting.by_hand or slot.start < soonest or would_be_late):
        hours = int(practice.notice.total_seconds() / 3600)
        lacking = f"it is less than {hours} hours after its review was asked for"
        return change(meeting, now, **known, needs_attention=joined(meeting.needs_attention, lacking))
    return change(meeting, now, **{**known, **times(slot, practice, now)})


def pass_time(
    meeting: Meeting, finding: Finding | None, busy: Sequence[Busy], practice: Practice, now: Moment
) -> Decision[Meeting]:
    """The slot's end may have come: a scheduled meeting is over, a tentative one did not take place.

    Before that, the time may have come by which its text should be approved, or people be reminded of it. A person's
    edit that was found meanwhile counts first.
    """
    found = settle(meeting, finding, practice, now)
    turn = next_turn(found.state)
    if found.state.status not in LIVE or turn is None or turn > now:
        return found
    passed = _turned(found.state, busy, practice, now)
    return replace(passed, events=(*found.events, *passed.events))


def _turned(meeting: Meeting, busy: Sequence[Busy], practice: Practice, now: Moment) -> Decision[Meeting]:
    """Decide what the turn brings that has come."""
    if meeting.status is Status.TENTATIVE:
        return _without_approval(meeting, busy, practice, now)
    return remind(meeting, practice, now) if now < meeting.end else over(meeting, Act.ELAPSE, meeting.end)


def _without_approval(meeting: Meeting, busy: Sequence[Busy], practice: Practice, now: Moment) -> Decision[Meeting]:
    """Move what is not approved in time, and say that it is late; not for ever, and not what a person placed.

    The next slot keeps notice and approval even past the deadline, so that it moves once in a day at the most.
    """
    passed = meeting.end <= now
    flags = joined(REVIEW_LATE, meeting.needs_attention)
    if meeting.moves >= practice.moves:
        return change(meeting, now, needs_attention=flags, late=True, checked=now, given_up=passed)
    if meeting.by_hand and not passed:
        return change(meeting, now, needs_attention=flags, late=True, checked=now)
    changes = placed(meeting, busy, practice, now, hurry=False)
    flags = joined(REVIEW_LATE, str(changes["needs_attention"]))
    status = MOVES[meeting.status, Act.ELAPSE]
    changes |= {"status": status, "needs_attention": flags, "late": True, "moves": meeting.moves + 1}
    return change(meeting, now, **changes)
