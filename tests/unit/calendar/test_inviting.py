"""Who is invited by mail: whoever joined, once a change, and nobody else unless the policy says so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.base import Message
from shared.contracts.commands import CancelMeeting, EndMeeting, JoinMeeting, RescheduleMeeting
from shared.contracts.events import AccessChanged
from shared.contracts.meeting_notices import LeaveMeeting, MeetingNotice
from shared.testing import received
from tests.helpers.builders import NOW, PM, a_draft, an_actor
from tests.unit.calendar.fakes import UID, Room, as_received
from tests.unit.calendar.test_domain import CHANGED, START
from tests.unit.calendar.test_handlers import OWNER, approved, drafted

GIL = an_actor("gil@example.com")
JOIN, LEAVE = JoinMeeting(postmortem_id=PM, actor=GIL), LeaveMeeting(postmortem_id=PM, actor=GIL)
LATER = START + timedelta(days=1)
MOVE = RescheduleMeeting(postmortem_id=PM, actor=OWNER, start=LATER)
CANCEL = CancelMeeting(postmortem_id=PM, actor=OWNER)


async def a_room(*messages: Message, **practice: Any) -> Room:
    room = Room(**practice)
    for n, message in enumerate(messages):
        room.clock.advance(timedelta(seconds=1))
        await room.hear(received(message, f"cause-{n}"))
        await room.work()
    return room


def notices(room: Room) -> list[MeetingNotice]:
    return [as_received(said).data for said in room.bus.said if said.name == "MeetingNotice.v1"]


def told(room: Room) -> list[tuple[str, str, int]]:
    return [(each.recipient.email.partition("@")[0], each.kind.value, each.sequence) for each in notices(room)]


async def test_whoever_joins_is_invited_and_hears_of_every_other_time_and_of_the_end_of_it() -> None:
    room = await a_room(drafted(), JOIN, approved(), MOVE, CANCEL)
    assert told(room) == [("gil", "invitation", 0), ("gil", "moved", 1), ("gil", "moved", 2), ("gil", "cancelled", 3)]
    assert [(each.start == LATER, each.tentative, each.left) for each in notices(room)] == [
        (False, True, False),
        (False, False, False),
        (True, False, False),
        (True, False, False),
    ]


async def test_what_they_get_is_the_entry_on_the_shared_calendar() -> None:
    room = await a_room(drafted(), JOIN)
    (notice,), event = notices(room), room.server.event()
    assert (notice.uid, notice.sequence) == (UID, int(event["SEQUENCE"])) == (str(event["UID"]), notice.sequence)
    assert (notice.start, notice.end) == (event.decoded("DTSTART"), event.decoded("DTEND"))
    assert (notice.url, notice.join_url) == (str(event["URL"]), str(event["LOCATION"]))
    assert f"mailto:{notice.organizer.email}" == str(event["ORGANIZER"])
    assert (notice.title, notice.required, notice.restricted) == ("Checkout answers slowly", False, False)


async def test_whoever_leaves_gets_it_out_of_their_calendar_and_nothing_after_that() -> None:
    room = await a_room(drafted(), JOIN, LEAVE, LEAVE, MOVE, CANCEL)
    assert told(room) == [("gil", "invitation", 0), ("gil", "cancelled", 0)]
    assert [each.left for each in notices(room)] == [False, True]


async def test_whoever_joins_again_is_invited_again() -> None:
    room = await a_room(drafted(), JOIN, LEAVE, JOIN)
    assert [kind for _, kind, _ in told(room)] == ["invitation", "cancelled", "invitation"]
    assert sorted({each.at for each in notices(room)}) == [each.at for each in notices(room)]


async def test_who_is_on_the_invitation_by_role_is_not_mailed_not_even_when_they_leave() -> None:
    room = await a_room(drafted(), approved(), MOVE)
    ruth = LeaveMeeting(postmortem_id=PM, actor=an_actor("ruth@example.com"))
    await room.hear(ruth)
    await room.work()
    assert told(room) == []
    await room.hear(CANCEL)
    await room.work()
    assert told(room) == []


@pytest.mark.parametrize(("policy", "invited"), [("all", {"owner", "responder", "gil"}), ("none", set())])
async def test_the_policy_says_who_is_mailed(policy: str, invited: set[str]) -> None:
    room = await a_room(drafted(), JOIN, MOVE, CANCEL, invitations=policy)
    assert {name for name, _, _ in told(room)} == invited
    assert len(told(room)) == 3 * len(invited)
    assert all(each.required is (each.recipient.email != GIL.email) for each in notices(room)[:3])


async def test_who_was_invited_by_mail_hears_of_the_end_of_it_whatever_the_policy_says_by_then() -> None:
    room = await a_room(drafted(), JOIN)
    object.__setattr__(room.deps, "practice", room.deps.practice.model_copy(update={"invitations": "none"}))
    for command in (MOVE, CANCEL):
        await room.hear(command)
        await room.work()
    assert [kind for _, kind, _ in told(room)] == ["invitation", "moved", "cancelled"]


async def test_a_meeting_that_a_person_moves_or_deletes_in_their_calendar_moves_in_everybodys() -> None:
    room = await a_room(drafted(), JOIN)
    room.server.person_moves(LATER, LATER + timedelta(hours=1))
    await room.hear(approved())
    await room.work()
    assert told(room)[-1][1] == "moved"
    room.server.person_deletes()
    await room.hear(JoinMeeting(postmortem_id=PM, actor=an_actor("late@example.com")))
    await room.work()
    await room.pass_time(room.deps.practice.grace)
    assert told(room)[-1] == ("gil", "cancelled", room.meeting.sequence)


async def test_nobody_is_told_of_what_is_over() -> None:
    room = await a_room(drafted(), JOIN, approved(), EndMeeting(postmortem_id=PM, actor=OWNER))
    before = told(room)
    room.server.person_deletes()
    await room.hear(JOIN)
    await room.work()
    assert told(room) == before


async def test_who_may_not_see_it_any_more_gets_it_out_of_their_calendar() -> None:
    room = await a_room(drafted(), JOIN, a_draft(AccessChanged, restricted=True, access=1, **CHANGED))
    assert [(each.kind.value, each.restricted) for each in notices(room)] == [
        ("invitation", False),
        ("cancelled", True),
    ]


async def test_a_repeat_of_the_writing_says_nothing_again() -> None:
    room = await a_room(drafted(), JOIN)
    room.heard.clear()
    await room.work()
    assert len(told(room)) == 1


async def test_a_meeting_that_is_asked_for_again_is_a_new_invitation() -> None:
    room = await a_room(
        drafted(), JOIN, a_draft(AccessChanged, toggles=1, **CHANGED), a_draft(AccessChanged, toggles=2, **CHANGED)
    )
    assert [kind for _, kind, _ in told(room)] == ["invitation", "cancelled", "invitation"]
    assert [each.sequence for each in notices(room)] == sorted({each.sequence for each in notices(room)})
    assert notices(room)[-1].at > NOW
