"""The reminder before a meeting: who gets it, when, and of each beginning once, whatever happens in between."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.calendar.domain import Meeting, Status
from services.calendar.domain.meeting import expecting, next_turn
from services.calendar.domain.passing import pass_time
from shared.contracts.base import Owner
from shared.contracts.commands import CancelMeeting, JoinMeeting, RescheduleMeeting
from shared.contracts.meeting_reminders import MeetingReminder
from shared.contracts.values import Attendee
from shared.messaging.timers import REST_S
from tests.helpers.builders import NOW, PM, an_actor
from tests.unit.calendar.fakes import Room, a_practice, as_received
from tests.unit.calendar.test_domain import START, a_meeting
from tests.unit.calendar.test_handlers import OWNER, approved, drafted

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LEAD = Owner(name="Lea", email="lea@example.com")
DINA = an_actor("dina@example.com")


async def a_room(*messages: Any, **practice: Any) -> Room:
    habits: dict[str, Any] = {"preread": 3 * HOUR, "facilitators": (LEAD,)} | practice
    room = Room(**habits)
    for message in (drafted(), approved(), *messages):
        await room.hear(message)
        await room.work()
    return room


async def until(room: Room, moment: datetime) -> None:
    await room.pass_time(moment - room.clock.now())


def reminders(room: Room) -> list[MeetingReminder]:
    return [as_received(said).data for said in room.bus.said if said.name == MeetingReminder.name]


def told(room: Room) -> list[tuple[str, datetime]]:
    return [(each.recipient.email, each.start) for each in reminders(room)]


async def test_owner_facilitator_and_whoever_joined_are_reminded_once_and_nobody_else() -> None:
    room = await a_room(JoinMeeting(postmortem_id=PM, actor=DINA))
    start = room.meeting.start
    assert room.documents.due_at[PM] == start - 3 * HOUR
    await until(room, start - 3 * HOUR - timedelta(seconds=1))
    assert reminders(room) == []
    await until(room, start - 3 * HOUR)
    assert told(room) == [(email, start) for email in ("owner@example.com", "lea@example.com", "dina@example.com")]
    first = reminders(room)[0]
    assert (first.join_url, first.timezone) == (f"https://meet.example.com/{PM}", "Europe/Berlin")
    assert first.url == f"https://pm.example.com/postmortems/{PM}"
    assert (first.sequence, first.at, first.restricted) == (room.meeting.sequence, start - 3 * HOUR, False)
    assert room.documents.due_at[PM] == room.meeting.end
    await until(room, start)
    assert len(reminders(room)) == 3
    await until(room, room.meeting.end)
    assert room.meeting.status is Status.ENDED
    assert len(reminders(room)) == 3


async def test_nobody_is_reminded_where_the_policy_says_never_or_of_what_is_only_tentative() -> None:
    never = await a_room(preread=timedelta(0))
    assert never.documents.due_at[PM] == never.meeting.end
    tentative = Room(preread=3 * HOUR)
    await tentative.hear(drafted())
    await tentative.work()
    for room in (never, tentative):
        await until(room, room.meeting.start - HOUR)
        assert reminders(room) == []


async def test_another_time_is_another_reminder_and_the_old_one_again_is_none() -> None:
    room = await a_room()
    first = room.meeting.start
    later = first + 2 * HOUR
    await until(room, first - 2 * HOUR)
    assert [start for _, start in told(room)] == [first, first]
    await move(room, later)
    await until(room, later - 2 * HOUR - timedelta(minutes=1))
    assert [start for _, start in told(room)][2:] == [later, later]
    await move(room, first + HOUR)
    await move(room, later)
    await until(room, later - timedelta(minutes=1))
    assert len(told(room)) == 4, "it came back before the time of that one"
    await until(room, room.meeting.end)
    assert room.meeting.status is Status.ENDED


async def move(room: Room, start: datetime) -> None:
    await room.hear(RescheduleMeeting(postmortem_id=PM, actor=an_actor(), start=start))
    await room.work()


async def test_what_is_moved_so_near_that_its_time_has_come_is_told_at_the_next_look() -> None:
    room = await a_room()
    await until(room, NOW + HOUR)
    await move(room, NOW + 2 * HOUR)
    assert room.documents.due_at[PM] == NOW + HOUR + timedelta(seconds=1)
    await until(room, NOW + HOUR + timedelta(seconds=1))
    assert {start for _, start in told(room)} == {NOW + 2 * HOUR}


@pytest.mark.parametrize(("after", "is_told"), [(2 * HOUR, True), (3 * HOUR, False), (3.5 * HOUR, False)])
async def test_a_room_that_was_down_says_it_late_only_while_the_meeting_is_ahead(
    after: timedelta, is_told: bool
) -> None:
    room = await a_room()
    start, end = room.meeting.start, room.meeting.end
    await until(room, start - 3 * HOUR + after)
    assert (len(reminders(room)) > 0) is is_told
    assert room.documents.due_at[PM] == end
    await until(room, end)
    assert room.meeting.status is Status.ENDED


async def test_after_a_day_without_the_room_the_meeting_is_over_and_nobody_is_reminded() -> None:
    room = await a_room()
    await until(room, room.meeting.end + DAY)
    assert room.meeting.status is Status.ENDED
    assert reminders(room) == []


async def test_while_the_calendar_is_away_the_reminder_waits() -> None:
    room = await a_room()
    room.server.down = True
    await until(room, room.meeting.start - 2 * HOUR)
    assert reminders(room) == []
    room.server.down = False
    await room.pass_time(timedelta(seconds=REST_S[0]))
    assert len(reminders(room)) == 2


async def test_a_move_in_the_calendar_that_is_found_then_counts_first_and_is_written() -> None:
    room = await a_room()
    start = room.meeting.start
    room.server.person_moves(start + DAY, start + DAY + HOUR)
    await until(room, start - 3 * HOUR)
    assert reminders(room) == []
    assert room.meeting.start == start + DAY
    assert "MeetingRescheduled:scheduled" in room.facts()
    assert room.documents.due_at[PM] == start + DAY - 3 * HOUR


async def test_of_a_meeting_that_was_called_off_or_deleted_nobody_is_reminded() -> None:
    called_off = await a_room(CancelMeeting(postmortem_id=PM, actor=OWNER))
    assert PM not in called_off.documents.due_at
    deleted = await a_room()
    start = deleted.meeting.start
    deleted.server.entries.clear()
    await until(deleted, start - 3 * HOUR)
    assert deleted.documents.due_at[PM] == deleted.meeting.missing_until
    await until(deleted, start - 2 * HOUR)
    assert deleted.meeting.status is Status.CANCELLED
    assert reminders(deleted) == []


async def test_an_entry_that_comes_back_is_reminded_of_then() -> None:
    room = await a_room()
    kept = dict(room.server.entries)
    room.server.entries.clear()
    await until(room, room.meeting.start - 3 * HOUR)
    room.server.entries.update(kept)
    await until(room, room.meeting.start - 2 * HOUR)
    assert len(reminders(room)) == 2
    assert room.documents.due_at[PM] == room.meeting.end


async def test_an_approval_at_the_very_time_of_the_reminder_still_leads_to_one_and_to_an_end() -> None:
    room = Room(preread=3 * HOUR, approval=3 * HOUR, moves=0)
    await room.hear(drafted())
    await room.work()
    start = room.meeting.start
    await until(room, start - 3 * HOUR)
    assert (room.meeting.start, room.meeting.late) == (start, True)
    await room.hear(approved())
    await room.work()
    await room.pass_time(timedelta(seconds=1))
    assert {each for _, each in told(room)} == {start}
    await until(room, room.meeting.end)
    assert room.meeting.status is Status.ENDED


def test_whoever_declined_or_may_not_see_it_is_not_reminded() -> None:
    joined = tuple(
        Attendee(name=name, email=f"{name}@example.com", required=False, role="guest") for name in ("ada", "ben")
    )
    meeting = ahead(joined=joined, answers={"ada@example.com": "declined"})
    assert recipients(meeting) == ["owner@example.com", "ben@example.com"]
    hidden = meeting.model_copy(update={"topic": meeting.topic.model_copy(update={"restricted": True})})
    assert recipients(hidden) == ["owner@example.com"]
    (event,) = at_its_time(hidden).events
    assert isinstance(event, MeetingReminder)
    assert event.restricted


def ahead(**fields: Any) -> Meeting:
    return expecting(a_meeting(Status.SCHEDULED, preread_lead=3 * HOUR, **fields), NOW)


def at_its_time(meeting: Meeting) -> Any:
    return pass_time(meeting, None, (), a_practice(preread=3 * HOUR), START - 3 * HOUR)


def test_where_the_policy_says_never_since_nobody_is_reminded_any_more() -> None:
    decision = pass_time(ahead(), None, (), a_practice(), START - 3 * HOUR)
    assert (decision.events, decision.due) == ((), decision.state.end)


def recipients(meeting: Meeting) -> list[str]:
    return [event.recipient.email for event in at_its_time(meeting).events]


def test_what_was_stored_before_there_were_reminders_ends_as_it_did() -> None:
    stored = a_meeting(Status.SCHEDULED).model_dump(exclude={"preread_lead", "remind_at", "reminded", "notes"})
    meeting = Meeting.model_validate(stored)
    assert next_turn(meeting) == meeting.end


@settings(max_examples=300, deadline=None)
@given(
    st.integers(min_value=-48 * 3600, max_value=96 * 3600),
    st.integers(min_value=0, max_value=48 * 3600),
    st.integers(min_value=0, max_value=999_999),
)
def test_the_timer_is_always_set_later_than_now_and_comes_to_the_end(ahead: int, lead: int, micros: int) -> None:
    now = NOW + timedelta(microseconds=micros)
    start = NOW + timedelta(seconds=ahead)
    meeting = expecting(
        a_meeting(Status.SCHEDULED, start=start, end=start + HOUR, preread_lead=timedelta(seconds=lead)), now
    )
    practice, said = a_practice(preread=HOUR), 0
    turns = []
    while meeting.status is Status.SCHEDULED:
        turn = next_turn(meeting)
        assert turn is not None
        assert turn == meeting.end or (turn > now and not turn.microsecond)
        turns.append(turn)
        decision = pass_time(meeting, None, (), practice, turn)
        said += sum(isinstance(event, MeetingReminder) for event in decision.events)
        meeting = decision.state
    assert turns == sorted(set(turns))
    assert said == (1 if lead and turns[0] < start else 0)
    assert len(turns) <= 2
