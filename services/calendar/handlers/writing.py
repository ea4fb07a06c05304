"""Writing the entry: the one effect of the room, repeatable at any line by anybody."""

from __future__ import annotations

from typing import ClassVar

from services.calendar import domain
from services.calendar.domain import Copy, Entry, Finding, Meeting, Seen, Step, Written
from services.calendar.ports import CalendarServer, Changed, Deps
from shared.contracts.base import Message
from shared.contracts.commands import WriteMeeting
from shared.contracts.decision import Reply
from shared.messaging.documents import Conflict, NotYet
from shared.messaging.envelope import Received
from shared.messaging.retry import Transient

TRIES = 5
"""How often an entry is read again at once when it changes under our hands."""


class Noticed(Message):
    """The entry is not on the calendar as it was last seen. Never on the wire."""

    name: ClassVar[str] = "Noticed.v1"


async def do_write_meeting(command: Received[WriteMeeting] | Received[Noticed], deps: Deps) -> Reply | None:
    """Bring the entry up to the decided state, or take over what a person did to it."""
    meeting = await deps.meetings.load(command)
    if meeting.state is None:
        raise NotYet(command.subject)
    finding = await _bring_up(meeting.state, deps, look=command.name == Noticed.name)
    decision = domain.settle(meeting.state, finding, deps.practice, deps.clock.now())
    return await deps.meetings.commit(meeting, decision, command)


async def _bring_up(meeting: Meeting, deps: Deps, *, look: bool) -> Finding | None:
    """Act until the entry says what it should, or a person turns out to have changed it.

    What is known to be written is not written again unless we came to look. Raises: Conflict when
    another instance has gone further; Transient when the entry keeps changing.
    """
    if meeting.gone:
        return None
    entry = domain.entry_of(meeting, deps.practice)
    if not look and meeting.seen and meeting.seen.write_id == entry.write_id:
        return Written(meeting.seen)
    is_new = meeting.seen is None
    for attempt in range(TRIES):
        copy = None if is_new and attempt == 0 else await deps.calendar.read(entry.uid)
        try:
            return await _act(meeting, entry, copy, deps.calendar)
        except Changed:
            continue
    msg = f"the entry {entry.uid} keeps changing, or the collection has another entry with this uid"
    raise Transient(msg)


async def _act(meeting: Meeting, entry: Entry, copy: Copy | None, calendar: CalendarServer) -> Finding | None:
    """Do what the domain says about this copy of the entry. Raises: Changed, Conflict."""
    match domain.reconcile(meeting, copy), copy:
        case Step.CREATE, _:
            return Written(_seen(entry, await calendar.create(entry)))
        case Step.REPLACE, Copy():
            return Written(_seen(entry, await calendar.replace(entry, copy)))
        case Step.WRITTEN, Copy():
            return Written(_seen(entry, copy.etag))
        case Step.BEHIND, _:
            raise Conflict(meeting.postmortem_id)
    return domain.found(meeting, copy)


def _seen(entry: Entry, etag: str) -> Seen:
    return Seen(etag=etag, write_id=entry.write_id, start=entry.start, end=entry.end)
