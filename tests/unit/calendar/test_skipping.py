"""The meeting of a postmortem that is skipped, or asked for again: in whatever order that is heard of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.calendar.domain import Status
from shared.contracts.commands import CancelMeeting
from shared.contracts.events import DraftCreated, ReviewApproved, Snapshot
from shared.contracts.skipping import PostmortemRequired, PostmortemSkipped
from shared.contracts.values import Approval
from tests.helpers.builders import NOW, PM, a_draft, an_actor
from tests.unit.calendar.fakes import UID, Room

APPROVALS = (Approval(name="Ruth", email="ruth@example.com", at=NOW),)


def drafted() -> Snapshot:
    event: Snapshot = a_draft(DraftCreated)
    return event


def skipped(toggles: int = 1, **fields: Any) -> Snapshot:
    words = {"reason": "A drill", "skipped_by": "owner@example.com", "skipped_at": NOW}
    event: Snapshot = a_draft(PostmortemSkipped, toggles=toggles, **(words | fields))
    return event


def required(toggles: int = 2, **fields: Any) -> Snapshot:
    words = {"reason": "No drill", "required_by": "owner@example.com", "required_at": NOW}
    event: Snapshot = a_draft(PostmortemRequired, toggles=toggles, **({"revision": 2} | words | fields))
    return event


def approved(toggles: int = 2, revision: int = 2) -> Snapshot:
    event: Snapshot = a_draft(ReviewApproved, toggles=toggles, revision=revision, approvals=APPROVALS)
    return event


async def heard(*events: Any) -> Room:
    room = Room()
    for event in events:
        await room.hear(event)
        await room.work()
    return room


async def test_a_skip_calls_the_meeting_off_and_its_entry_says_so() -> None:
    room = await heard(drafted(), skipped())
    assert room.facts() == ["MeetingScheduled:tentative", "MeetingCancelled"]
    assert room.meeting.status is Status.CANCELLED
    assert "STATUS:CANCELLED" in room.server.entries[UID]


async def test_asked_for_again_there_is_a_time_again_under_the_same_uid() -> None:
    room = await heard(drafted(), skipped(), required())
    assert room.facts()[2:] == ["MeetingScheduled:tentative"]
    assert room.meeting.start > NOW
    assert (room.meeting.sequence, room.meeting.topic.revision) == (2, 2)
    await room.hear(approved())
    await room.work()
    assert room.facts()[3:] == ["MeetingScheduled:scheduled"]


async def test_what_the_policy_passed_over_has_no_entry_until_somebody_asks_for_it() -> None:
    room = await heard(skipped(skipped_by="afterword"))
    await room.pass_time(timedelta(days=30))
    assert (room.facts(), room.server.entries) == ([], {})
    await room.hear(required(deadline=room.clock.now() + timedelta(days=5)))
    await room.work()
    assert room.facts() == ["MeetingScheduled:tentative"]
    assert room.meeting.start > room.clock.now()


async def test_a_meeting_that_people_called_off_stays_off() -> None:
    cancel = CancelMeeting(postmortem_id=PM, actor=an_actor("owner@example.com"))
    room = await heard(drafted(), cancel, skipped(), required())
    assert room.facts() == ["MeetingScheduled:tentative", "MeetingCancelled"]
    assert room.meeting.status is Status.CANCELLED


async def test_an_entry_that_was_deleted_while_there_was_to_be_none_comes_back() -> None:
    room = await heard(drafted(), skipped())
    room.server.entries.clear()
    await room.hear(required())
    await room.work()
    assert room.facts()[2:] == ["MeetingScheduled:tentative"]
    assert UID in room.server.entries


@pytest.mark.parametrize("old", [approved(toggles=0, revision=1), approved(toggles=0, revision=2)])
async def test_an_approval_from_before_the_skip_confirms_nothing(old: Snapshot) -> None:
    for events in ((drafted(), skipped(), old), (drafted(), skipped(), required(), old)):
        room = await heard(*events)
        assert room.meeting.status is not Status.SCHEDULED


STORY = (drafted(), skipped(), required(), skipped(3, revision=2), required(4, revision=3))


@given(st.permutations(STORY))
async def test_in_whatever_order_it_is_heard_of_there_is_a_meeting_in_the_end_or_none(order: list[Snapshot]) -> None:
    for n in range(1, len(STORY) + 1):
        told = [event for event in order if event in STORY[:n]]
        room = await heard(*told)
        assert (room.meeting.status is Status.TENTATIVE) is (STORY[n - 1].skipped is False)
        assert room.meeting.topic.toggles == STORY[n - 1].toggles
