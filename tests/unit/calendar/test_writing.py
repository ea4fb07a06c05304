"""Writing the entry: crashes, lost replies, two writers, and people who edit the calendar by hand."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.calendar.domain import Status
from services.calendar.handlers.watch import Watch
from shared.contracts.commands import CancelMeeting, EndMeeting, RescheduleMeeting
from shared.messaging.retry import Transient
from tests.helpers.builders import NOW, PM, an_actor
from tests.unit.calendar.fakes import Room, as_received, moving, utc
from tests.unit.calendar.test_handlers import OWNER, a_room, approved, drafted

START, END = utc("2026-03-04T09:00"), utc("2026-03-04T10:30")
MOVE = RescheduleMeeting(postmortem_id=PM, actor=an_actor(), start=NOW + timedelta(days=2))


async def lose_reply_and_repeat(room: Room) -> None:
    """Let the next write happen, but not its commit; then hear the command again."""
    room.server.lose_replies = 1
    with pytest.raises(Transient):
        await room.work()
    await room.work()


async def test_a_crash_between_the_first_write_and_its_commit_makes_no_second_entry() -> None:
    room = Room()
    await room.hear(drafted())
    await lose_reply_and_repeat(room)
    assert (room.server.writes, room.facts()) == (1, ["MeetingScheduled:tentative"])


async def test_a_crash_between_a_change_and_its_commit_is_no_persons_edit() -> None:
    room = await a_room(drafted())
    await room.hear(approved())
    await lose_reply_and_repeat(room)
    assert (room.server.writes, room.facts()[-1]) == (2, "MeetingScheduled:scheduled")


async def test_a_change_decided_after_a_lost_reply_is_written_over_our_own_earlier_attempt() -> None:
    room = Room()
    await room.hear(drafted())
    room.server.lose_replies = 1
    with pytest.raises(Transient):
        await room.work()
    await room.hear(MOVE)
    await room.work()
    assert room.server.event()["DTSTART"].dt == MOVE.start
    assert room.facts() == ["MeetingScheduled:tentative"]


async def test_a_person_who_moves_between_a_lost_reply_and_its_repeat_is_heard() -> None:
    room = Room()
    await room.hear(drafted())
    room.server.lose_replies = 1
    with pytest.raises(Transient):
        await room.work()
    room.server.person_moves(START, END)
    await room.work()
    assert (room.meeting.start, room.meeting.end) == (START, END)


async def test_what_is_written_is_not_written_again() -> None:
    room = await a_room(drafted())
    [command] = [as_received(said) for said in room.bus.said if said.name == "calendar.WriteMeeting.v1"]
    reads = room.server.reads
    await room.hear(command)
    assert (room.server.writes, room.server.reads) == (1, reads)


async def test_a_persons_move_wins_over_ours_and_our_status_goes_into_their_copy() -> None:
    room = await a_room(drafted())
    room.server.person_moves(START, END)
    room.server.person_edits(lambda event: event.add("X-ROOM", "Fishbowl"))
    await room.hear(approved())
    await room.work()
    event = room.server.event()
    assert (event["DTSTART"].dt, event["DTEND"].dt, str(event["STATUS"])) == (START, END, "CONFIRMED")
    assert str(event["X-ROOM"]) == "Fishbowl"
    assert (room.meeting.start, room.meeting.status) == (START, Status.SCHEDULED)
    assert room.facts() == ["MeetingScheduled:tentative", "MeetingScheduled:scheduled"]


async def test_a_persons_move_is_told_even_if_nothing_else_changes() -> None:
    room = await a_room(drafted(), approved())
    room.server.person_moves(START, END)
    await Watch(room.deps).look()
    await room.work()
    assert room.facts()[-1] == "MeetingRescheduled:scheduled"
    assert as_received(room.bus.said[-1]).data.start == START


async def test_sequence_ends_above_ours_and_not_below_the_persons() -> None:
    room = await a_room(drafted())

    def move(event: Any) -> None:
        moving(START, END)(event)
        event["SEQUENCE"] = 9

    room.server.person_edits(move)
    await Watch(room.deps).look()
    await room.work()
    assert (room.meeting.sequence, room.server.event()["SEQUENCE"]) == (9, 9)


async def test_a_command_after_a_persons_move_was_taken_over_moves_the_entry() -> None:
    room = await a_room(drafted())
    room.server.person_moves(START, END)
    await Watch(room.deps).look()
    await room.hear(MOVE)
    await room.work()
    assert room.server.event()["DTSTART"].dt == MOVE.start


async def test_a_move_to_a_fraction_of_a_second_is_no_persons_edit() -> None:
    start = NOW + timedelta(days=2, microseconds=123_456)
    room = await a_room(drafted(), RescheduleMeeting(postmortem_id=PM, actor=OWNER, start=start))
    await Watch(room.deps).look()
    await room.work()
    assert room.facts() == ["MeetingScheduled:tentative", "MeetingRescheduled:tentative"]


async def test_a_crash_while_taking_over_a_persons_move_repeats_nothing() -> None:
    room = await a_room(drafted())
    room.server.person_moves(START, END)
    await room.hear(approved())
    await lose_reply_and_repeat(room)
    assert room.server.event()["DTSTART"].dt == START
    assert room.facts() == ["MeetingScheduled:tentative", "MeetingScheduled:scheduled"]


async def test_a_deleted_entry_is_not_put_back() -> None:
    room = await a_room(drafted())
    room.server.person_deletes()
    await room.hear(approved())
    await room.work()
    await room.pass_time(room.deps.practice.grace)
    assert room.server.entries == {}
    assert room.meeting.status is Status.CANCELLED
    assert room.facts() == ["MeetingScheduled:tentative", "MeetingCancelled"]
    await room.hear(MOVE)
    await room.pass_time(timedelta(days=9))
    assert (room.server.entries, len(room.facts())) == ({}, 2)


async def test_an_entry_deleted_before_the_last_writes_of_a_meeting_that_is_over_is_not_put_back() -> None:
    room = await a_room(drafted())
    for message in (approved(), MOVE, EndMeeting(postmortem_id=PM, actor=OWNER)):
        await room.hear(message)
    room.server.person_deletes()
    await room.work()
    assert room.server.entries == {}
    assert room.facts() == ["MeetingScheduled:tentative", "MeetingEnded"]


async def test_an_entry_deleted_while_we_write_is_not_put_back() -> None:
    room = await a_room(drafted())
    await room.hear(approved())

    async def delete() -> None:
        room.server.person_deletes()

    room.server.before_write = delete
    await room.work()
    await room.pass_time(room.deps.practice.grace)
    assert (room.server.entries, room.facts()[-1]) == ({}, "MeetingCancelled")


async def test_an_entry_that_a_person_calls_off_is_cancelled() -> None:
    room = await a_room(drafted(), approved())

    def call_off(event: Any) -> None:
        event["STATUS"] = "CANCELLED"

    room.server.person_edits(call_off)
    await Watch(room.deps).look()
    await room.work()
    assert room.facts()[-1] == "MeetingCancelled"
    assert str(room.server.event()["SUMMARY"]).startswith("CANCELLED: ")


async def test_a_person_who_edits_between_our_reading_and_writing_is_not_overwritten() -> None:
    room = await a_room(drafted())
    await room.hear(approved())

    async def move() -> None:
        room.server.person_moves(START, END)

    room.server.before_write = move
    await room.work()
    assert room.server.event()["DTSTART"].dt == START
    assert str(room.server.event()["STATUS"]) == "CONFIRMED"


async def test_a_writer_that_fell_behind_does_not_bring_an_earlier_form_back() -> None:
    room = await a_room(drafted())
    await room.hear(approved())
    [slow] = room.unheard()

    async def others_go_on() -> None:
        room.heard.add(slow.id)
        await room.hear(MOVE)
        await room.work()

    room.server.before_write = others_go_on
    await room.hear(slow)
    assert room.server.event()["DTSTART"].dt == MOVE.start
    assert str(room.server.event()["STATUS"]) == "CONFIRMED"
    assert room.meeting.seen
    assert room.meeting.seen.write_id == str(room.server.event()["X-AFTERWORD-WRITE-ID"])


async def test_a_slow_first_writer_does_not_undo_a_cancellation() -> None:
    room = Room()
    await room.hear(drafted())
    [slow] = room.unheard()

    async def cancelled_meanwhile() -> None:
        room.heard.add(slow.id)
        await room.hear(CancelMeeting(postmortem_id=PM, actor=OWNER))
        await room.work()

    room.server.before_write = cancelled_meanwhile
    await room.hear(slow)
    assert str(room.server.event()["STATUS"]) == "CANCELLED"
    assert room.facts() == ["MeetingCancelled"]


async def test_two_writers_of_the_same_command_make_one_entry() -> None:
    room = Room()
    await room.hear(drafted())
    [command] = room.unheard()
    await asyncio.gather(room.hear(command), room.hear(command))
    assert (len(room.server.entries), room.facts()) == (1, ["MeetingScheduled:tentative"])


async def test_an_entry_that_never_stands_still_is_tried_again_later() -> None:
    room = await a_room(drafted())
    await room.hear(approved())
    times = iter(range(100))

    async def fidget() -> None:
        room.server.person_edits(lambda event: event.add("X-N", str(next(times))))
        room.server.before_write = fidget

    room.server.before_write = fidget
    with pytest.raises(Transient, match="keeps changing"):
        await room.work()
    room.server.before_write = None
    await room.work()
    assert str(room.server.event()["STATUS"]) == "CONFIRMED"
