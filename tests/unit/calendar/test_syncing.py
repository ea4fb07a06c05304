"""Following the calendar by its reports: what costs nothing, what comes again, and what people do in the meantime."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from icalendar import vCalAddress

from services.calendar.domain import Status
from services.calendar.handlers.watch import Watch
from services.calendar.ports import Bookmark
from shared.contracts.commands import RescheduleMeeting
from shared.messaging.retry import Permanent, Transient
from tests.helpers.builders import NOW, PM, an_actor
from tests.unit.calendar.fakes import UID, Room, as_received, moving, utc
from tests.unit.calendar.test_handlers import a_room, approved, drafted

START, END = utc("2026-03-04T09:00"), utc("2026-03-04T10:30")
ELSEWHERE = "moved-by-a-client.ics"
TENTATIVE, CANCELLED, MOVED = "MeetingScheduled:tentative", "MeetingCancelled", "MeetingRescheduled:tentative"


async def watched() -> tuple[Room, Watch]:
    """Build a room that has looked at its entry once."""
    room = await a_room(drafted())
    watch = Watch(room.deps)
    room.clock.advance(timedelta(minutes=1))
    await watch.look()
    return room, watch


async def look(room: Room, watch: Watch) -> None:
    await watch.look()
    await room.work()


async def test_a_look_at_an_unchanged_calendar_asks_once_and_fetches_nothing() -> None:
    room, watch = await watched()
    before = room.server.reads, room.server.reports, list(room.server.fetched)
    await watch.look()
    assert (room.server.reads, room.server.reports - 1, room.server.fetched) == before


async def test_an_entry_that_is_deleted_before_it_is_in_any_report_is_missed_all_the_same() -> None:
    room = Room()
    watch = Watch(room.deps)
    await watch.look()
    await room.hear(drafted())
    await room.work()
    room.server.person_deletes()
    await look(room, watch)
    assert (await room.deps.bookmarks.bookmark()).token == "1"  # the collection is as it was
    await room.pass_time(room.deps.practice.grace)
    assert room.facts() == [TENTATIVE, CANCELLED]


async def test_what_we_wrote_ourselves_is_not_fetched() -> None:
    room, watch = await watched()
    await room.hear(approved())
    await room.work()
    await look(room, watch)
    assert (room.server.fetched, room.facts()) == ([], [TENTATIVE, "MeetingScheduled:scheduled"])


async def test_the_bookmark_is_turned_only_when_all_is_committed() -> None:
    room, watch = await watched()
    before = await room.deps.bookmarks.bookmark()
    room.server.person_moves(START, END)
    room.server.refuses["fetch"] = Transient("the line broke")
    await watch.look()
    assert await room.deps.bookmarks.bookmark() == before
    room.server.refuses.clear()
    await look(room, watch)
    assert room.facts() == [TENTATIVE, MOVED]
    assert (await room.deps.bookmarks.bookmark()).version == before.version + 1


async def test_a_crash_before_the_bookmark_is_turned_tells_nothing_twice() -> None:
    room, watch = await watched()
    before = await room.deps.bookmarks.bookmark()
    room.server.person_moves(START, END)
    await look(room, watch)
    room.deps.bookmarks.kept = before  # type: ignore[attr-defined]
    await look(room, Watch(room.deps))
    assert room.facts() == [TENTATIVE, MOVED]


async def test_two_instances_that_look_at_once_tell_everything_once() -> None:
    room, watch = await watched()
    for start in (START, START + timedelta(hours=1), START + timedelta(hours=2)):
        room.server.person_moves(start, start + timedelta(hours=1))
        await asyncio.gather(watch.look(), Watch(room.deps).look(), Watch(room.deps).look())
        await room.work()
    assert room.facts() == [TENTATIVE, MOVED, MOVED, MOVED]


async def test_a_slower_instance_does_not_turn_the_bookmark_back() -> None:
    room, watch = await watched()
    old = await room.deps.bookmarks.bookmark()
    room.server.person_moves(START, END)
    await look(room, watch)
    kept = await room.deps.bookmarks.bookmark()
    await room.deps.bookmarks.turn(Bookmark(old.version, "older"))
    assert await room.deps.bookmarks.bookmark() == kept


async def test_a_forgotten_token_means_a_look_at_everything_and_no_news() -> None:
    room, watch = await watched()
    room.server.snapshots.clear()
    await look(room, watch)
    assert (room.server.fetched, room.facts()) == ([], [TENTATIVE])
    room.server.snapshots.clear()
    room.server.person_moves(START, END)
    await look(room, watch)
    assert room.facts() == [TENTATIVE, MOVED]


async def test_a_deletion_is_noticed_though_the_token_was_forgotten() -> None:
    room, watch = await watched()
    room.server.person_deletes()
    room.server.snapshots.clear()
    await look(room, watch)
    await room.pass_time(room.deps.practice.grace)
    assert room.facts() == [TENTATIVE, CANCELLED]


async def test_a_deleted_entry_that_is_put_back_within_the_grace_has_not_been_away() -> None:
    room, watch = await watched()
    text = room.server.entries[UID]
    for _ in range(3):
        room.server.person_deletes()
        await look(room, watch)
        assert room.meeting.missing_until
        await room.pass_time(room.deps.practice.grace / 2)
        room.server.entries[UID] = text
        await look(room, watch)
        await room.pass_time(room.deps.practice.grace)
    assert (room.meeting.status, room.meeting.missing_until, room.facts()) == (Status.TENTATIVE, None, [TENTATIVE])
    room.server.person_deletes()
    await look(room, watch)
    await room.pass_time(room.deps.practice.grace)
    assert room.facts() == [TENTATIVE, CANCELLED]


async def test_an_entry_that_comes_back_unseen_is_found_when_the_grace_ends() -> None:
    room, watch = await watched()
    text = room.server.entries[UID]
    room.server.person_deletes()
    await look(room, watch)
    room.server.entries[UID] = text
    await room.pass_time(room.deps.practice.grace)
    assert (room.meeting.status, room.meeting.missing_until, room.facts()) == (Status.TENTATIVE, None, [TENTATIVE])


async def test_the_grace_survives_whoever_noticed_the_deletion() -> None:
    room, watch = await watched()
    room.server.person_deletes()
    await watch.look()
    await room.pass_time(room.deps.practice.grace)  # no watch is left: the timer stands in the document
    assert room.facts() == [TENTATIVE, CANCELLED]


async def test_what_was_decided_while_an_entry_was_missing_is_written_when_it_is_back() -> None:
    room, watch = await watched()
    text = room.server.entries[UID]
    room.server.person_deletes()
    await look(room, watch)
    await room.hear(approved())
    await room.work()
    assert room.server.entries == {}
    room.server.entries[UID] = text
    await look(room, watch)
    assert str(room.server.event()["STATUS"]) == "CONFIRMED"
    assert room.facts() == [TENTATIVE, "MeetingScheduled:scheduled"]


async def test_an_entry_that_a_client_moves_to_another_name_is_followed_there() -> None:
    room, watch = await watched()
    text = room.server.entries[UID]
    room.server.person_deletes()
    await look(room, watch)
    room.server.entries[ELSEWHERE] = text
    await look(room, watch)
    await room.pass_time(room.deps.practice.grace)
    assert (room.meeting.place, room.facts()) == (ELSEWHERE, [TENTATIVE])
    await room.hear(RescheduleMeeting(postmortem_id=PM, actor=an_actor(), start=NOW + timedelta(days=2)))
    await room.work()
    assert list(room.server.entries) == [ELSEWHERE]
    assert room.server.event(ELSEWHERE)["DTSTART"].dt == NOW + timedelta(days=2)
    room.server.person_deletes(ELSEWHERE)
    await look(room, watch)
    await room.pass_time(room.deps.practice.grace)
    assert room.facts()[-1] == CANCELLED


async def test_a_move_by_deleting_and_putting_elsewhere_is_a_move() -> None:
    room, watch = await watched()
    text = room.server.entries[UID]
    room.server.person_deletes()
    room.server.entries[ELSEWHERE] = text
    room.server.person_edits(moving(START, END), ELSEWHERE)
    await look(room, watch)
    assert (room.meeting.start, room.meeting.place, room.facts()) == (START, ELSEWHERE, [TENTATIVE, MOVED])


async def test_entries_of_others_are_left_alone_and_not_fetched() -> None:
    room, watch = await watched()
    others = {
        "todo.ics": "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:t\r\nEND:VTODO\r\nEND:VCALENDAR\r\n",
        "empty.ics": "",
        "weekly.ics": room.server.entries[UID].replace(UID, "their-meeting"),
    }
    room.server.entries |= others
    await look(room, watch)
    assert (room.server.fetched, room.facts()) == ([], [TENTATIVE])
    room.server.person_deletes()
    await look(room, watch)
    await look(room, watch)
    assert {name: room.server.entries[name] for name in others} == others


async def test_an_entry_that_is_refused_stands_in_nobodys_way_and_is_looked_at_again() -> None:
    room, watch = await watched()
    room.server.person_edits(lambda event: event.pop("X-AFTERWORD-WRITE-ID"))
    room.server.refuses["put"] = Permanent("415")
    before = (await room.deps.bookmarks.bookmark()).token
    await watch.look()
    kept = await room.deps.bookmarks.bookmark()
    assert kept.token != before
    assert kept.left == (PM,)
    room.server.refuses.clear()
    await watch.look()
    assert (await room.deps.bookmarks.bookmark()).left == ()
    assert "X-AFTERWORD-WRITE-ID" in room.server.event()


async def test_people_who_are_invited_or_answer_in_a_calendar_are_told_of() -> None:
    room, watch = await watched()

    def edit(event: Any) -> None:
        event["ATTENDEE"][0].params["PARTSTAT"] = "ACCEPTED"
        guest = vCalAddress("mailto:Guest@Example.com")
        guest.params.update({"CN": "Guest", "ROLE": "OPT-PARTICIPANT", "PARTSTAT": "TENTATIVE"})
        event["ATTENDEE"] += [guest, vCalAddress("mailto:no address"), vCalAddress("https://example.com/room")]

    room.server.person_edits(edit)
    text = room.server.entries[UID]
    await look(room, watch)
    assert (room.server.entries[UID], room.facts()) == (text, [TENTATIVE, MOVED])
    told = as_received(room.bus.said[-1]).data.attendees
    assert [(person.email, person.answer, person.required) for person in told] == [
        ("owner@example.com", "accepted", True),
        ("responder@example.com", "none", True),
        ("guest@example.com", "tentative", False),
    ]
    await room.hear(approved())
    await room.work()
    await look(room, watch)
    assert "mailto:Guest@Example.com" in [str(address) for address in room.server.event()["ATTENDEE"]]
    assert "guest@example.com" in [person.email for person in as_received(room.bus.said[-1]).data.attendees]
    assert room.facts() == [TENTATIVE, MOVED, "MeetingScheduled:scheduled"]


async def test_a_server_that_was_away_for_a_day_is_caught_up_with() -> None:
    room, watch = await watched()
    room.server.down = True
    await room.hear(RescheduleMeeting(postmortem_id=PM, actor=an_actor(), start=NOW + timedelta(days=2)))
    for _ in range(24):
        with pytest.raises(Transient):
            await room.work()
        await watch.look()
        room.clock.advance(timedelta(hours=1))
    room.heard |= {command.id for command in room.unheard()}  # parked long since
    room.server.down = False
    await look(room, watch)
    assert room.server.event()["DTSTART"].dt == NOW + timedelta(days=2)
    assert room.facts() == [TENTATIVE, MOVED]
