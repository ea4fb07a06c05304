"""Writing the entry: the one effect of the room, repeatable at any line by anybody."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Glimpse:
    """An entry as it was just fetched, after the document had this version; without a copy, only that it changed."""

    version: int
    copy: Copy | None = None


async def do_write_meeting(command: Received[WriteMeeting], deps: Deps) -> Reply | None:
    """Bring the entry up to the decided state."""
    return await _settle(command, deps, None)


async def take_notice(noticed: Received[Noticed], deps: Deps, glimpse: Glimpse) -> Reply | None:
    """Take over what a person did to the entry, and bring it up to the decided state.

    What was fetched counts only for the document that it was fetched for. Raises: Conflict when that has changed.
    """
    return await _settle(noticed, deps, glimpse)


async def _settle(
    cause: Received[WriteMeeting] | Received[Noticed], deps: Deps, glimpse: Glimpse | None
) -> Reply | None:
    meeting = await deps.meetings.load(cause)
    if meeting.state is None:
        raise NotYet(cause.subject)
    if glimpse and glimpse.version != meeting.version:
        raise Conflict(cause.subject)
    finding = await _bring_up(meeting.state, deps, glimpse)
    decision = domain.settle(meeting.state, finding, deps.practice, deps.clock.now())
    return await deps.meetings.commit(meeting, decision, cause)


async def _bring_up(meeting: Meeting, deps: Deps, glimpse: Glimpse | None) -> Finding | None:
    """Act until the entry says what it should, or a person turns out to have changed it.

    What is known to be written is not written again unless we came to look. Raises: Conflict when
    another instance has gone further; Transient when the entry keeps changing.
    """
    if meeting.gone:
        return None
    entry = domain.entry_of(meeting, deps.practice)
    if not glimpse and meeting.seen and meeting.seen.write_id == entry.write_id:
        return Written(meeting.seen)
    copy = glimpse.copy if glimpse else None
    for attempt in range(TRIES):
        if copy is None and (meeting.seen or attempt):
            copy = await deps.calendar.read(entry.uid, entry.place)
        try:
            return await _act(meeting, entry, copy, deps.calendar)
        except Changed:
            copy = None
    msg = f"the entry {entry.uid} keeps changing, or the collection has another entry with this uid"
    raise Transient(msg)


async def _act(meeting: Meeting, entry: Entry, copy: Copy | None, calendar: CalendarServer) -> Finding | None:
    """Do what the domain says about this copy of the entry. Raises: Changed, Conflict."""
    match domain.reconcile(meeting, copy), copy:
        case Step.CREATE, _:
            return Written(_seen(entry, await calendar.create(entry)))
        case Step.REPLACE, Copy():
            return Written(_seen(entry, await calendar.replace(entry, copy)), copy)
        case Step.WRITTEN, Copy():
            return Written(_seen(entry, copy.etag), copy)
        case Step.BEHIND, _:
            raise Conflict(meeting.postmortem_id)
    return domain.found(meeting, copy)


def _seen(entry: Entry, etag: str) -> Seen:
    return Seen(etag=etag, write_id=entry.write_id, start=entry.start, end=entry.end)
