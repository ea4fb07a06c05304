"""A text that is not approved in time, and one whose review was asked for late: what becomes of the slot."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from services.calendar.domain import Busy, Status
from shared.contracts.commands import RescheduleMeeting
from shared.contracts.events import AccessChanged, ReviewRequested
from shared.messaging.documents import NotYet
from tests.helpers.builders import NOW, PM, a_draft, an_actor
from tests.unit.calendar.fakes import Room, as_received, utc
from tests.unit.calendar.test_handlers import approved, drafted

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATE = "the review is late"


def asked(at: datetime = NOW, **fields: Any) -> ReviewRequested:
    event: ReviewRequested = a_draft(ReviewRequested, requested_at=at, requested_by="owner@example.com", **fields)
    return event


async def a_room(now: datetime = NOW, deadline: datetime = NOW + 7 * DAY, **practice: Any) -> Room:
    room = Room(now, **({"approval": DAY} | practice))
    await room.hear(drafted(deadline=deadline))
    await room.work()
    return room


async def until(room: Room, moment: datetime) -> None:
    await room.pass_time(moment - room.clock.now())


def told(room: Room) -> list[Any]:
    """Return what others heard of times, in order."""
    said = [as_received(each).data for each in room.bus.said if each.name.startswith("Meeting")]
    return [each for each in said if hasattr(each, "start")]


async def test_the_first_slot_leaves_a_day_to_approve_and_a_day_to_read() -> None:
    room = await a_room()
    assert room.meeting.start == utc("2026-03-04T12:00")
    assert room.documents.due_at[PM] == room.meeting.start - DAY


async def test_what_is_not_approved_a_day_before_moves_on_and_everybody_is_told_once_that_it_is_late() -> None:
    room = await a_room()
    first = room.meeting.start
    await until(room, first - DAY)
    assert room.meeting.start == utc("2026-03-05T12:00")
    assert room.meeting.needs_attention == LATE
    assert [(each.late, each.start) for each in told(room)] == [(False, first), (True, room.meeting.start)]
    assert told(room)[-1].needs_attention == LATE
    assert "the review is late" in str(room.server.event()["DESCRIPTION"])
    await until(room, first - HOUR)
    assert len(told(room)) == 2


async def test_what_is_approved_in_time_stays_and_is_looked_at_again_when_it_is_over() -> None:
    room = await a_room()
    first = room.meeting.start
    await room.hear(approved())
    await room.work()
    assert room.documents.due_at[PM] == room.meeting.end
    await until(room, first)
    assert (room.meeting.start, room.meeting.late) == (first, False)


async def test_an_approval_takes_the_flag_away_and_says_so() -> None:
    room = await a_room()
    await until(room, room.meeting.start - DAY)
    await room.hear(approved())
    await room.work()
    assert (room.meeting.status, room.meeting.needs_attention) == (Status.SCHEDULED, "")
    assert told(room)[-1].late is False


async def test_a_text_that_nobody_approves_moves_once_a_day_at_most_and_not_for_ever() -> None:
    room = await a_room(moves=3)
    starts = [room.meeting.start]
    for _ in range(60 * 4):
        await room.pass_time(6 * HOUR)
        if room.meeting.start != starts[-1]:
            starts.append(room.meeting.start)
    assert len(starts) == 4
    assert all(later - earlier >= DAY for earlier, later in pairwise(starts))
    assert [each.start for each in told(room)] == starts
    assert room.meeting.needs_attention.startswith(LATE)
    assert PM not in room.documents.due_at
    await room.hear(approved(deadline=NOW + 7 * DAY))
    await room.work()
    assert (room.meeting.status, room.meeting.start > room.clock.now()) == (Status.SCHEDULED, True)
    assert room.documents.due_at[PM] == room.meeting.end


async def test_a_new_request_for_review_gives_what_was_given_up_a_slot_again() -> None:
    room = await a_room(moves=0)
    await room.pass_time(20 * DAY)
    assert PM not in room.documents.due_at
    await room.hear(asked(room.clock.now()))
    await room.work()
    assert room.meeting.start >= room.clock.now() + DAY
    assert PM in room.documents.due_at


@pytest.mark.parametrize("how", ["command", "calendar"])
async def test_what_a_person_placed_is_kept_and_flagged(how: str) -> None:
    room = await a_room()
    start = utc("2026-03-06T09:00")
    if how == "command":
        await room.hear(RescheduleMeeting(postmortem_id=PM, actor=an_actor(), start=start))
    else:
        room.server.person_moves(start, start + HOUR)
        await until(room, room.meeting.start - DAY)
    await room.work()
    assert (room.meeting.start, room.meeting.needs_attention) == (start, "")
    await until(room, start - DAY)
    assert (room.meeting.start, room.meeting.needs_attention, room.meeting.late) == (start, LATE, True)
    assert [each.late for each in told(room)][-2:] == [False, True]
    await until(room, start)
    assert [each.start for each in told(room)][-1] == start
    await until(room, start + 2 * HOUR)
    assert room.meeting.start > start


async def test_a_slot_that_was_too_close_for_an_approval_stays_until_it_has_passed() -> None:
    room = await a_room(deadline=utc("2026-03-03T14:00"))
    assert room.meeting.start == utc("2026-03-03T12:00")
    await until(room, utc("2026-03-03T11:00"))
    assert room.meeting.start == utc("2026-03-03T12:00")
    await until(room, utc("2026-03-03T13:00"))
    assert room.meeting.start == utc("2026-03-05T13:00")
    assert room.meeting.needs_attention == f"{LATE}; it is after the deadline"


async def test_a_meeting_sooner_than_a_day_after_its_review_was_asked_for_moves() -> None:
    room = await a_room(approval=timedelta(0))
    room.clock.advance(HOUR)
    await room.hear(asked(room.clock.now()))
    await room.work()
    assert room.meeting.start == utc("2026-03-03T13:00")
    assert [each.late for each in told(room)] == [False, False]


async def test_a_meeting_late_enough_after_the_request_stays() -> None:
    room = await a_room()
    before = room.meeting
    await room.hear(asked())
    assert (room.meeting.start, room.meeting.form) == (before.start, before.form)


async def test_without_a_later_slot_before_the_deadline_it_stays_and_says_so() -> None:
    room = await a_room(deadline=utc("2026-03-03T13:00"))
    room.clock.advance(HOUR)
    await room.hear(asked(room.clock.now()))
    await room.work()
    assert room.meeting.start == utc("2026-03-03T12:00")
    assert room.meeting.needs_attention == "it is less than 24 hours after its review was asked for"


async def test_a_request_moves_nothing_that_a_person_placed() -> None:
    room = await a_room()
    start = NOW + 3 * HOUR
    await room.hear(RescheduleMeeting(postmortem_id=PM, actor=an_actor(), start=start))
    await room.hear(asked())
    assert (room.meeting.start, "review was asked" in room.meeting.needs_attention) == (start, True)


async def test_an_older_request_that_comes_late_changes_nothing() -> None:
    room = await a_room()
    await room.hear(asked(NOW + HOUR))
    before = room.meeting
    await room.hear(asked(NOW))
    assert room.meeting == before


async def test_a_request_before_any_draft_waits() -> None:
    with pytest.raises(NotYet):
        await Room().hear(asked())


async def test_a_request_for_the_review_of_a_correction_moves_nothing() -> None:
    room = await a_room(approval=timedelta(0))
    before = room.meeting.start
    await room.hear(asked(NOW + 5 * HOUR, revision=2, correction_of=1))
    assert room.meeting.start == before


async def test_a_slot_avoids_what_people_have_in_their_own_calendars() -> None:
    room = Room()
    room.people.busy = (Busy(utc("2026-03-03T12:00"), utc("2026-03-03T15:00"), frozenset({"owner@example.com"})),)
    await room.hear(drafted())
    assert (room.meeting.start, room.people.asked) == (utc("2026-03-03T15:00"), 1)


async def test_whose_calendar_cannot_be_read_is_free_and_the_entry_says_so() -> None:
    room = Room()
    room.people.unread = frozenset({"owner@example.com", "stranger@example.com"})
    await room.hear(drafted())
    await room.work()
    assert room.meeting.start == utc("2026-03-03T12:00")
    assert room.meeting.needs_attention == "people needed whose calendar could not be read: 1"
    assert "could not be read: 1" in str(room.server.event()["DESCRIPTION"])


async def test_nobody_s_calendar_is_asked_when_no_slot_is_chosen() -> None:
    room = await a_room()
    assert room.people.asked == 1
    await room.hear(a_draft(AccessChanged, changed_at=NOW, changed_by="owner@example.com"))
    await room.hear(approved())
    await room.hear(asked())
    assert room.people.asked == 1
    await until(room, room.meeting.end)
    assert room.people.asked == 1


async def test_a_meeting_of_before_these_rules_is_read_and_left_to_its_end() -> None:
    room = await a_room()
    new = (
        "team",
        "facilitator",
        "asked",
        "asked_at",
        "by_hand",
        "approval_lead",
        "checked",
        "late",
        "moves",
        "given_up",
    )
    old = room.meeting.model_dump(mode="json", exclude=set(new))
    room.documents.states[PM] = type(room.meeting).model_validate(old)
    await room.hear(drafted(revision=1))
    await room.pass_time(timedelta(minutes=1))
    assert room.meeting.status is Status.TENTATIVE
