"""What calendar hears: load, decide, (act,) commit.

Effects are commands to itself: a decision only wants an entry, and WriteMeeting brings it about. It may
be repeated at any line, by anybody, and others may be at it too: see `domain.entry`.
"""

from __future__ import annotations

from typing import Any

from services.calendar import domain
from services.calendar.handlers.placing import commit_slot
from services.calendar.handlers.writing import do_write_meeting
from services.calendar.ports import Deps
from shared.contracts.commands import CancelMeeting, EndMeeting, JoinMeeting, RescheduleMeeting
from shared.contracts.decision import Reply
from shared.contracts.events import ReviewApproved, ReviewersAssigned, ReviewRequested, Snapshot
from shared.contracts.meeting_notes import TakeMeetingNotes
from shared.contracts.meeting_notices import LeaveMeeting
from shared.contracts.merging import PostmortemMerged
from shared.messaging.documents import NotYet
from shared.messaging.envelope import Received
from shared.messaging.inbox import Handlers
from shared.messaging.timers import Due


async def on_draft(event: Received[Snapshot], deps: Deps) -> Reply | None:
    """Hold a slot, and follow the newest revision, who may see it, and whether it is wanted at all."""
    if event.data.correction_of is not None:
        return await _pass_over(event, deps)
    meeting = await deps.meetings.expect(event)
    before = meeting.state
    return await commit_slot(
        meeting,
        lambda: domain.imagined(before, event.data, deps.practice, deps.clock.now()),
        lambda busy, now: domain.follow_draft(before, event.data, busy, deps.practice, now),
        event,
        deps,
    )


async def on_reviewers_assigned(event: Received[ReviewersAssigned], deps: Deps) -> Reply | None:
    """Its reviewers may come. Raises: NotYet when nobody has told of a draft."""
    meeting = await deps.meetings.expect(event)
    if meeting.state is None:
        raise NotYet(event.subject)
    decision = domain.hear_reviewers(meeting.state, event.data, deps.clock.now())
    return await deps.meetings.commit(meeting, decision, event)


async def on_merged(event: Received[PostmortemMerged], deps: Deps) -> Reply | None:
    """Call the meeting off. Raises: NotYet when nobody has told of a draft."""
    meeting = await deps.meetings.expect(event)
    if meeting.state is None:
        raise NotYet(event.subject)
    decision = domain.hear_merged(meeting.state, event.data, deps.clock.now())
    return await deps.meetings.commit(meeting, decision, event)


async def on_review_approved(event: Received[ReviewApproved], deps: Deps) -> Reply | None:
    """Confirm the slot."""
    if event.data.correction_of is not None:
        return await _pass_over(event, deps)
    meeting = await deps.meetings.expect(event)
    before = meeting.state
    return await commit_slot(
        meeting,
        lambda: domain.imagined(before, event.data, deps.practice, deps.clock.now()),
        lambda busy, now: domain.confirm(before, event.data, busy, deps.practice, now),
        event,
        deps,
    )


async def on_review_requested(event: Received[ReviewRequested], deps: Deps) -> Reply | None:
    """Leave the community time to read before the meeting. Raises: NotYet when nobody has told of a draft."""
    if event.data.correction_of is not None:
        return await _pass_over(event, deps)
    meeting = await deps.meetings.expect(event)
    before = meeting.state
    if before is None:
        raise NotYet(event.subject)
    return await commit_slot(
        meeting,
        lambda: before,
        lambda busy, now: domain.hear_review_requested(before, event.data, busy, deps.practice, now),
        event,
        deps,
    )


async def _pass_over(event: Received[Any], deps: Deps) -> Reply | None:
    """Know of a correction, and leave the meeting as it is, but for who may see what it is about.

    What never had a meeting gets none. Raises: NotYet when it is restricted, lest its draft, heard later, undo that.
    """
    meeting = await deps.meetings.expect(event)
    if meeting.state is None and event.data.restricted:
        raise NotYet(event.subject)
    return await deps.meetings.commit(meeting, domain.pass_over(meeting.state, event.data, deps.clock.now()), event)


async def do_reschedule(command: Received[RescheduleMeeting], deps: Deps) -> Reply | None:
    """Move the meeting."""
    meeting = await deps.meetings.expect(command)
    decision = domain.reschedule(meeting.state, command.data, deps.clock.now())
    return await deps.meetings.commit(meeting, decision, command)


async def do_cancel(command: Received[CancelMeeting], deps: Deps) -> Reply | None:
    """Call the meeting off."""
    meeting = await deps.meetings.expect(command)
    decision = domain.cancel(meeting.state, command.data, deps.clock.now())
    return await deps.meetings.commit(meeting, decision, command)


async def do_end(command: Received[EndMeeting], deps: Deps) -> Reply | None:
    """Say that the meeting is over."""
    meeting = await deps.meetings.expect(command)
    decision = domain.end(meeting.state, command.data, deps.clock.now())
    return await deps.meetings.commit(meeting, decision, command)


async def do_join(command: Received[JoinMeeting], deps: Deps) -> Reply | None:
    """Put somebody on the invitation."""
    meeting = await deps.meetings.expect(command)
    decision = domain.join(meeting.state, command.data, deps.clock.now())
    return await deps.meetings.commit(meeting, decision, command)


async def do_leave(command: Received[LeaveMeeting], deps: Deps) -> Reply | None:
    """Take somebody off the invitation."""
    meeting = await deps.meetings.expect(command)
    decision = domain.leave(meeting.state, command.data, deps.clock.now())
    return await deps.meetings.commit(meeting, decision, command)


async def do_take_notes(command: Received[TakeMeetingNotes], deps: Deps) -> Reply | None:
    """Keep notes of the meeting."""
    meeting = await deps.meetings.expect(command)
    decision = domain.take_notes(meeting.state, command.data, deps.clock.now())
    return await deps.meetings.commit(meeting, decision, command)


async def on_due(due: Received[Due], deps: Deps) -> Reply | None:
    """Let time pass, unless a person has moved the meeting meanwhile."""
    meeting = await deps.meetings.load(due)
    if meeting.state is None:
        raise NotYet(due.subject)
    before = meeting.state
    finding = domain.found(before, await deps.calendar.read(domain.uid_of(due.subject), before.place))
    return await commit_slot(
        meeting,
        lambda: before,
        lambda busy, now: domain.pass_time(before, finding, busy, deps.practice, now),
        due,
        deps,
    )


HANDLERS: Handlers[Deps] = {
    "DraftCreated.v1": on_draft,
    "DraftRevised.v1": on_draft,
    "AccessChanged.v1": on_draft,
    "PostmortemSkipped.v1": on_draft,
    "PostmortemRequired.v1": on_draft,
    "ReviewRequested.v1": on_review_requested,
    "ReviewersAssigned.v1": on_reviewers_assigned,
    "ReviewApproved.v1": on_review_approved,
    "PostmortemMerged.v1": on_merged,
    "calendar.RescheduleMeeting.v1": do_reschedule,
    "calendar.CancelMeeting.v1": do_cancel,
    "calendar.EndMeeting.v1": do_end,
    "calendar.JoinMeeting.v1": do_join,
    "calendar.LeaveMeeting.v1": do_leave,
    "calendar.TakeMeetingNotes.v1": do_take_notes,
    "calendar.WriteMeeting.v1": do_write_meeting,
}
