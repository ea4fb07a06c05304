"""Looking after entries between our own writes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from services.calendar.domain import Status
from services.calendar.handlers.watch import LATE, Watch
from tests.unit.calendar.fakes import UID, Room, moving, utc
from tests.unit.calendar.test_handlers import a_room, approved, drafted

START, END = utc("2026-03-04T09:00"), utc("2026-03-04T10:30")


async def test_an_edit_of_the_words_alone_is_left_and_not_told() -> None:
    room = await a_room(drafted())

    def describe(event: Any) -> None:
        event["LOCATION"] = "Room 4"

    room.server.person_edits(describe)
    text = room.server.entries[UID]
    await Watch(room.deps).look()
    await room.work()
    assert room.server.entries[UID] == text
    assert room.facts() == ["MeetingScheduled:tentative"]
    await Watch(room.deps).look()
    await room.hear(approved())
    await room.work()
    assert str(room.server.event()["LOCATION"]) == "Room 4"


async def test_a_client_that_drops_what_it_does_not_know_moves_nothing() -> None:
    room = await a_room(drafted())
    room.server.person_edits(lambda event: event.pop("X-AFTERWORD-WRITE-ID"))
    await Watch(room.deps).look()
    await room.work()
    assert room.facts() == ["MeetingScheduled:tentative"]
    assert "X-AFTERWORD-WRITE-ID" in room.server.event()


async def test_an_entry_whose_command_got_lost_is_written_all_the_same_and_once() -> None:
    room = Room()
    await room.hear(drafted())
    room.bus.said.clear()  # with the queue that it was in
    watch = Watch(room.deps)
    await watch.look()
    assert room.server.entries == {}
    room.clock.advance(LATE + timedelta(seconds=1))
    await watch.look()
    await watch.look()
    assert list(room.server.entries) == [UID]
    assert room.facts() == ["MeetingScheduled:tentative"]


async def test_what_a_person_deleted_is_not_missed() -> None:
    room = await a_room(drafted())
    watch = Watch(room.deps)
    room.server.person_deletes()
    for _ in range(4):
        await watch.look()
        await room.pass_time(room.deps.practice.grace)
    assert room.server.entries == {}


async def test_a_look_at_a_calendar_that_is_away_is_no_deletion() -> None:
    room = await a_room(drafted())
    room.server.down = True
    await Watch(room.deps).look()
    assert room.meeting.status is Status.TENTATIVE


async def test_a_second_look_at_the_same_edit_takes_it_over_once() -> None:
    room = await a_room(drafted())
    room.server.person_edits(moving(START, END))
    await asyncio.gather(Watch(room.deps).look(), Watch(room.deps).look())
    await room.work()
    await Watch(room.deps).look()
    await room.work()
    assert room.facts() == ["MeetingScheduled:tentative", "MeetingRescheduled:tentative"]
