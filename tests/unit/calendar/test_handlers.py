"""The room's handlers over stand-ins: from draft to the end of the meeting, in any order, repeated."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise, permutations
from typing import Any

import pytest

from services.calendar.domain import Status
from services.calendar.handlers import on_due
from shared.contracts.base import Message, Person, postmortem_id
from shared.contracts.commands import CancelMeeting, EndMeeting, JoinMeeting, RescheduleMeeting
from shared.contracts.events import AccessChanged, DraftCreated, DraftRevised, ReviewApproved
from shared.contracts.values import Approval
from shared.messaging.documents import AlreadyHandled, NotYet
from shared.messaging.envelope import Received
from shared.messaging.retry import Transient
from shared.messaging.timers import Due
from tests.helpers.builders import NOW, PM, a_draft, an_actor
from tests.unit.calendar.fakes import UID, Room, as_received, utc

OWNER = an_actor("owner@example.com")
APPROVALS = (Approval(name="Ruth", email="ruth@example.com", at=NOW),)
REVISED = {"status": "draft", "revised_at": NOW, "revised_by": "owner@example.com"}


def drafted(**fields: Any) -> DraftCreated:
    draft = a_draft(DraftCreated, **fields)
    assert isinstance(draft, DraftCreated)
    return draft


def approved(**fields: Any) -> ReviewApproved:
    approval = a_draft(ReviewApproved, approvals=APPROVALS, **fields)
    assert isinstance(approval, ReviewApproved)
    return approval


async def a_room(*messages: Message) -> Room:
    room = Room()
    for message in messages:
        await room.hear(message)
        await room.work()
    return room


async def test_a_draft_holds_a_slot_and_an_approval_confirms_it() -> None:
    room = await a_room(drafted(), approved())
    assert room.facts() == ["MeetingScheduled:tentative", "MeetingScheduled:scheduled"]
    assert str(room.server.event()["STATUS"]) == "CONFIRMED"
    said = as_received(room.bus.said[-1]).data
    assert (said.uid, said.start, said.end) == (UID, utc("2026-03-03T12:00"), utc("2026-03-03T13:00"))
    assert (said.timezone, said.url, said.join_url) == (
        "Europe/Berlin",
        f"https://pm.example.com/postmortems/{PM}",
        f"https://meet.example.com/{PM}",
    )


async def test_nothing_is_said_before_it_is_on_the_calendar() -> None:
    room = Room()
    room.server.down = True
    await room.hear(drafted())
    with pytest.raises(Transient):
        await room.work()
    assert room.facts() == []
    room.server.down = False
    await room.work()
    assert room.facts() == ["MeetingScheduled:tentative"]


STORY: list[Message] = [
    drafted(),
    a_draft(DraftRevised, revision=2, title="Second title", **REVISED),
    approved(revision=2, title="Second title"),
    a_draft(DraftRevised, revision=3, title="Third title", **REVISED),
]


@pytest.mark.parametrize("order", list(permutations(range(4))))
@pytest.mark.parametrize("at_once", [True, False])
async def test_whatever_the_order_the_meeting_ends_up_the_same(order: tuple[int, ...], at_once: bool) -> None:
    room = Room()
    for n in order:
        await room.hear(STORY[n])
        if not at_once:
            await room.work()
    await room.work()
    assert (room.meeting.status, room.meeting.topic.title) == (Status.SCHEDULED, "Third title")
    assert (str(room.server.event()["STATUS"]), str(room.server.event()["SUMMARY"])) == (
        "CONFIRMED",
        "Postmortem: Third title (SEV2)",
    )
    assert len(room.server.entries) == 1


async def test_every_message_may_come_twice() -> None:
    room = Room()
    join = JoinMeeting(postmortem_id=PM, actor=an_actor())
    for message in (*STORY, *STORY, join, join):
        await room.hear(message)
        for command in room.unheard():
            await room.hear(command)
    commands = room.unheard()
    await room.work()
    before = (room.meeting, list(room.facts()), room.server.writes)
    for command in commands:
        await room.hear(command)
    assert (room.meeting, room.facts(), room.server.writes) == before


async def test_a_repeated_command_gets_the_first_answer() -> None:
    room = await a_room(drafted())
    command = RescheduleMeeting(postmortem_id=PM, actor=OWNER, start=NOW + timedelta(days=2))
    first = await room.hear(command)
    assert first.refusal is None
    assert first.data["start"] == "2026-03-04T12:00:00Z"
    assert await room.hear(command) == first


async def test_a_move_by_command_moves_the_entry() -> None:
    room = await a_room(
        drafted(),
        approved(),
        RescheduleMeeting(
            postmortem_id=PM, actor=an_actor(), start=NOW + timedelta(days=2), end=NOW + timedelta(days=2, minutes=45)
        ),
    )
    assert room.facts()[-1] == "MeetingRescheduled:scheduled"
    assert room.server.event()["DTEND"].dt == NOW + timedelta(days=2, minutes=45)
    assert room.server.event()["SEQUENCE"] == 2


async def test_a_cancelled_meeting_stays_on_the_calendar_and_says_so() -> None:
    room = await a_room(drafted(), CancelMeeting(postmortem_id=PM, actor=OWNER), approved())
    assert room.facts() == ["MeetingScheduled:tentative", "MeetingCancelled"]
    event = room.server.event()
    assert str(event["STATUS"]) == "CANCELLED"
    assert str(event["TRANSP"]) == "TRANSPARENT"
    assert str(event["SUMMARY"]).startswith("CANCELLED: Postmortem: ")


async def test_a_meeting_cancelled_before_it_was_written_appears_as_cancelled() -> None:
    room = Room()
    await room.hear(drafted())
    await room.hear(CancelMeeting(postmortem_id=PM, actor=OWNER))
    await room.work()
    assert (str(room.server.event()["STATUS"]), room.facts()) == ("CANCELLED", ["MeetingCancelled"])


async def test_whoever_joins_is_on_the_entry_and_others_hear_of_it() -> None:
    room = await a_room(drafted(), JoinMeeting(postmortem_id=PM, actor=an_actor("curious@example.com")))
    assert room.facts() == ["MeetingScheduled:tentative", "MeetingRescheduled:tentative", "MeetingNotice"]
    assert [str(a) for a in room.server.event()["ATTENDEE"]][-1] == "mailto:curious@example.com"


async def test_a_revision_with_other_people_updates_the_entry() -> None:
    people = (Person(name="Nora New", email="nora@example.com"),)
    room = await a_room(drafted(), a_draft(DraftRevised, revision=2, people=people, **REVISED))
    assert [str(a) for a in room.server.event()["ATTENDEE"]] == ["mailto:owner@example.com", "mailto:nora@example.com"]


async def test_a_scheduled_meeting_is_over_when_its_end_has_passed() -> None:
    room = await a_room(drafted(), approved())
    await room.pass_time(timedelta(days=1, minutes=59))
    assert room.meeting.status is Status.SCHEDULED
    await room.pass_time(timedelta(minutes=1))
    assert room.facts()[-1] == "MeetingEnded"
    await room.pass_time(timedelta(days=1))
    assert room.facts().count("MeetingEnded") == 1


async def test_a_tentative_meeting_that_was_missed_moves_on() -> None:
    room = await a_room(drafted())
    first = room.meeting.end
    await room.pass_time(timedelta(days=1, hours=1))
    assert room.facts() == ["MeetingScheduled:tentative", "MeetingRescheduled:tentative"]
    assert room.meeting.start >= first + timedelta(hours=24)
    await room.pass_time(room.meeting.end - room.clock.now())
    assert room.facts()[-2:] == ["MeetingRescheduled:tentative", "MeetingRescheduled:tentative"]


async def test_a_meeting_that_people_end_early_does_not_end_again() -> None:
    room = await a_room(drafted(), approved(), EndMeeting(postmortem_id=PM, actor=an_actor("responder@example.com")))
    await room.pass_time(timedelta(days=3))
    assert room.facts().count("MeetingEnded") == 1


async def test_a_timer_looks_at_the_calendar_before_it_ends_a_meeting() -> None:
    room = await a_room(drafted(), approved())
    room.server.person_moves(utc("2026-03-05T09:00"), utc("2026-03-05T10:00"))
    await room.pass_time(timedelta(days=1, hours=2))
    assert room.meeting.status is Status.SCHEDULED
    assert room.facts()[-1] == "MeetingRescheduled:scheduled"
    await room.pass_time(timedelta(days=2))
    assert room.facts()[-1] == "MeetingEnded"


async def test_two_timers_at_once_end_a_meeting_once() -> None:
    room = await a_room(drafted(), approved())
    room.clock.advance(timedelta(days=2))
    due = Received(id="due", name=Due.name, data=Due(postmortem_id=PM), correlation_id="due")
    await on_due(due, room.deps)
    with pytest.raises(AlreadyHandled):
        await on_due(due, room.deps)
    assert room.facts().count("MeetingEnded") == 1


async def test_postmortems_of_the_same_people_get_slots_of_their_own_even_at_once() -> None:
    room = Room()
    ids = [postmortem_id("pagerduty", f"Q{n}") for n in range(6)]
    await asyncio.gather(*(room.hear(drafted(postmortem_id=id)) for id in ids))
    await room.work()
    times = sorted((room.documents.states[id].start, room.documents.states[id].end) for id in ids)
    assert all(one[1] <= other[0] for one, other in pairwise(times))
    assert len(room.server.entries) == len(ids)


async def test_an_unknown_postmortem_is_refused_and_leaves_no_trace() -> None:
    room = Room()
    reply = await room.hear(EndMeeting(postmortem_id=PM, actor=OWNER))
    assert reply.refusal
    assert reply.refusal.rule == "unknown-postmortem"
    assert not room.documents.states


CORRECTION = {"revision": 2, "title": "Corrected", "correction_of": 1}


@pytest.mark.parametrize("ended", [True, False])
async def test_a_correction_makes_no_second_meeting_and_moves_none(ended: bool) -> None:
    room = await a_room(drafted(), approved())
    if ended:
        await room.pass_time(timedelta(days=1, hours=1))
    before, entry, said = room.documents.states[PM], room.server.event().to_ical(), list(room.bus.said)
    for message in (a_draft(DraftRevised, **REVISED, **CORRECTION), approved(**CORRECTION)):
        await room.hear(message)
        await room.work()
    assert (room.documents.states[PM], room.server.event().to_ical(), room.bus.said) == (before, entry, said)
    assert (PM in room.documents.due_at) is not ended


async def test_a_correction_of_what_never_had_a_meeting_gets_none() -> None:
    room = await a_room(a_draft(DraftRevised, **REVISED, **CORRECTION), approved(**CORRECTION))
    assert (room.documents.states, room.bus.said) == ({}, [])


CLOSED = {"restricted": True, "readers": ("reader@example.com",), "access": 1}
CLOSING = {
    "change of access": a_draft(AccessChanged, changed_at=NOW, changed_by="owner@example.com", **CORRECTION | CLOSED),
    "revision": a_draft(DraftRevised, **REVISED | CORRECTION | CLOSED),
    "approval": approved(**CORRECTION | CLOSED),
}


@pytest.mark.parametrize("how", CLOSING)
async def test_a_correction_that_is_restricted_hides_the_title_and_moves_nothing_else(how: str) -> None:
    room = await a_room(drafted(), approved())
    before = room.meeting
    await room.hear(CLOSING[how])
    await room.work()
    assert "Checkout" not in room.server.event().to_ical().decode()
    topic = before.topic.model_copy(update=CLOSED)
    assert (room.meeting.topic, room.meeting.start, room.meeting.end) == (topic, before.start, before.end)


async def test_a_restricted_correction_waits_for_its_draft() -> None:
    with pytest.raises(NotYet):
        await Room().hear(CLOSING["change of access"])
