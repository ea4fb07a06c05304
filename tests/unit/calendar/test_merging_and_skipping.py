"""The meeting of what is skipped and merged, in whatever order that is heard: off once, and on when neither holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.calendar.domain import Status
from shared.contracts.events import DraftRevised
from shared.contracts.skipping import PostmortemSkipped
from shared.messaging.documents import NotYet
from tests.helpers.builders import NOW, a_draft
from tests.unit.calendar.fakes import Room
from tests.unit.calendar.test_domain import REVISED, a_merge
from tests.unit.calendar.test_skipping import drafted, required, skipped


def going_on(revision: int, **fields: Any) -> DraftRevised:
    """Return the revision with which it goes on by itself."""
    event: DraftRevised = a_draft(DraftRevised, revision=revision, **(REVISED | fields))
    return event


def passed_over(revision: int = 1) -> PostmortemSkipped:
    """Return what the policy says of it."""
    words = {"reason": "Small", "skipped_by": "afterword", "skipped_at": NOW}
    event: PostmortemSkipped = a_draft(PostmortemSkipped, toggles=1, revision=revision, **words)
    return event


STORIES: tuple[tuple[tuple[Any, bool], ...], ...] = (
    (
        (drafted(), True),
        (a_merge(1), False),
        (going_on(2), True),
        (skipped(1, revision=2), False),
        (required(2, revision=3), True),
        (a_merge(3), False),
        (going_on(4, toggles=2), True),
    ),
    (
        (passed_over(), False),
        (a_merge(1), False),
        (passed_over(2), False),
        (required(2, revision=3), True),
        (a_merge(3), False),
        (going_on(4, toggles=2), True),
    ),
    ((drafted(), True), (a_merge(1), False), (going_on(2), True), (a_merge(2), False)),
)
"""Facts in the order in which they were said, and whether there is a meeting after each."""


async def heard(facts: list[Any]) -> Room:
    """Let the room hear facts; what it cannot know yet comes again, as the inbox has it."""
    room = Room()
    waiting = list(facts)
    while waiting:
        fact = waiting.pop(0)
        try:
            await room.hear(fact)
        except NotYet:
            waiting.append(fact)
        await room.work()
    return room


@given(st.data())
async def test_in_whatever_order_there_is_a_meeting_in_the_end_or_none(data: st.DataObject) -> None:
    story = data.draw(st.sampled_from(STORIES))
    n = data.draw(st.integers(1, len(story)))
    order = data.draw(st.permutations([fact for fact, _ in story[:n]]))
    room = await heard(order)
    assert (room.meeting.status is Status.TENTATIVE) is story[n - 1][1]


async def test_a_meeting_that_is_off_for_two_reasons_is_called_off_once() -> None:
    room = await heard([drafted(), skipped(), a_merge()])
    assert room.facts() == ["MeetingScheduled:tentative", "MeetingCancelled"]
    await room.hear(required())
    await room.work()
    assert room.facts()[2:] == ["MeetingScheduled:tentative"]


@pytest.mark.parametrize("fact", [a_merge(), going_on(2, toggles=1)])
async def test_what_was_passed_over_has_no_entry_whatever_is_merged_or_taken_out(fact: Any) -> None:
    room = await heard([passed_over(), fact])
    assert (room.facts(), room.server.entries) == ([], {})
