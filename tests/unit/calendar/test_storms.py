"""Anything in any order: messages, repeats, lost replies, races, and a person at the calendar; then it calms down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from services.calendar.domain import LIVE, Status
from services.calendar.domain.entry import STATUS_ON_CALENDAR
from services.calendar.handlers.watch import Watch
from shared.contracts.base import Message
from shared.contracts.commands import CancelMeeting, EndMeeting, JoinMeeting, RescheduleMeeting
from shared.contracts.events import ReviewRequested
from shared.contracts.meeting_notices import LeaveMeeting
from shared.messaging.retry import Transient
from tests.helpers.builders import NOW, PM, a_draft, an_actor
from tests.unit.calendar.fakes import UID, Room, as_received
from tests.unit.calendar.test_handlers import OWNER, STORY

COMMANDS: list[Message] = [
    *(RescheduleMeeting(postmortem_id=PM, actor=an_actor(), start=NOW + timedelta(days=days)) for days in (2, 3, 4)),
    JoinMeeting(postmortem_id=PM, actor=an_actor()),
    LeaveMeeting(postmortem_id=PM, actor=an_actor()),
    CancelMeeting(postmortem_id=PM, actor=OWNER),
    EndMeeting(postmortem_id=PM, actor=OWNER),
]
ASKED: Message = a_draft(
    ReviewRequested, requested_at=NOW + timedelta(days=1), requested_by="owner@example.com", revision=3
)
ASIDE = {"calendar.WriteMeeting.v1", "MeetingNotice.v1"}
"""What is said to itself, and to one person."""
Happening = Callable[[Room], Awaitable[None]]


def says(message: Message) -> Happening:
    async def happen(room: Room) -> None:
        await room.hear(message)

    return happen


def moves(hours: int) -> Happening:
    async def happen(room: Room) -> None:
        if UID in room.server.entries:
            start = NOW + timedelta(days=1, hours=hours)
            room.server.person_moves(start, start + timedelta(hours=1))

    return happen


async def deletes(room: Room) -> None:
    if UID in room.server.entries:
        known = room.meeting.seen is not None
        room.deleted = room.server.entries[UID]
        room.server.person_deletes()
        room.gone_for_good = room.gone_for_good or known


async def puts_back(room: Room) -> None:
    """Put an entry back that is missed and not yet given up, under its own name or another one."""
    if room.deleted and room.server.entries == {} and room.meeting.status in LIVE and room.meeting.seen:
        name = UID if len(room.bus.said) % 2 else "elsewhere.ics"
        room.server.entries[name], room.gone_for_good = room.deleted, False


async def writes(room: Room) -> None:
    """Hear a command to itself, the newest first; a lost reply is heard again later."""
    for command in reversed(room.unheard()):
        try:
            await room.hear(command)
        except Transient:
            continue
        room.heard.add(command.id)


async def loses_a_reply(room: Room) -> None:
    room.server.lose_replies = 1


async def looks(room: Room) -> None:
    await Watch(room.deps).look()


async def time_passes(room: Room) -> None:
    room.clock.advance(timedelta(hours=7))
    await room.timers.check()


def between_reading_and_writing(what: list[Happening]) -> Happening:
    async def interrupt(room: Room) -> None:
        before = room.gone_for_good
        for happen in what:
            await happen(room)
        # who deletes an entry while it is being created may see it again: no server remembers a deletion
        room.gone_for_good = before

    async def happen(room: Room) -> None:
        room.server.before_write = lambda: interrupt(room)

    return happen


HAPPENINGS = [
    *(says(message) for message in (*STORY, *COMMANDS, ASKED)),
    *map(moves, range(3)),
    *[writes] * 5,
    *[loses_a_reply] * 2,
    *[looks] * 2,
    *[time_passes] * 2,
    deletes,
    puts_back,
]
alone = st.sampled_from(HAPPENINGS)
amid = st.lists(alone, min_size=1, max_size=3).map(between_reading_and_writing)
happenings = st.lists(st.one_of(alone, alone, alone, amid), min_size=4, max_size=16)


async def calm_down(room: Room) -> None:
    """Let everything that waits be heard, and every edit be seen."""
    room.server.before_write, room.server.lose_replies = None, 0
    await room.work()
    if not room.server.touched:
        check_calendar(room)  # without a person there is nothing that only a look would find
    watch = Watch(room.deps)
    for _ in range(2):
        await watch.look()
        await room.pass_time(room.deps.practice.grace)
        await watch.look()
        await room.work()


async def storm(happening: list[Happening], approval: timedelta) -> None:
    room = Room(approval=approval)
    await room.hear(STORY[0])
    for happen in happening:
        try:
            await happen(room)
        except Transient:
            continue  # it would be heard again later: `calm_down` does
    await calm_down(room)
    check_calendar(room)
    check_what_was_said(room)
    check_what_was_mailed(room)


def check_calendar(room: Room) -> None:
    """The entry says what the meeting says, or there is none and the meeting knows."""
    meeting = room.meeting
    assert len(room.server.entries) <= 1
    assert not (room.gone_for_good and UID in room.server.entries), "a deleted entry was put back"
    name = meeting.place or UID
    if name not in room.server.entries:
        assert meeting.status in (Status.CANCELLED, Status.ENDED)
    elif meeting.status in LIVE:
        event = room.server.event(name)
        assert (event["DTSTART"].dt, event["DTEND"].dt) == (meeting.start, meeting.end)
        assert str(event["STATUS"]) == STATUS_ON_CALENDAR[meeting.status]
    elif meeting.status is Status.CANCELLED:
        assert str(room.server.event(name)["STATUS"]) == "CANCELLED"


def check_what_was_said(room: Room) -> None:
    """The last thing that others heard is how the meeting stands; nothing follows an end."""
    said = [as_received(message) for message in room.bus.said if message.name not in ASIDE]
    names = [message.name for message in said]
    for last in ("MeetingCancelled.v1", "MeetingEnded.v1"):
        assert names.count(last) <= 1
        assert last not in names[:-1]
    if room.meeting.status in LIVE:
        assert (said[-1].data.status, said[-1].data.start) == (room.meeting.status.value, room.meeting.start)
    else:
        assert names[-1] == f"Meeting{room.meeting.status.value.title()}.v1"


def check_what_was_mailed(room: Room) -> None:
    """Who joined has in their own calendar what the shared one has; who left, or never joined, has nothing there."""
    letters = [as_received(message).data for message in room.bus.said if message.name == "MeetingNotice.v1"]
    newest = {letter.recipient.email: letter for letter in letters}
    held = {email: letter for email, letter in newest.items() if letter.kind != "cancelled"}
    meeting = room.meeting
    if meeting.status is Status.CANCELLED:
        assert not held
    if meeting.status in LIVE:
        assert held.keys() == {person.email for person in meeting.joined}
        assert all((each.sequence, each.start) == (meeting.sequence, meeting.start) for each in held.values())
    for each, after in pairwise(letters):
        assert (each.kind, each.sequence) != (after.kind, after.sequence)


@settings(max_examples=200, deadline=None)
@given(happenings, st.sampled_from([timedelta(0), timedelta(hours=24)]))
def test_after_any_storm_calendar_and_meeting_and_what_was_said_agree(
    happening: list[Happening], approval: timedelta
) -> None:
    asyncio.run(storm(happening, approval))
