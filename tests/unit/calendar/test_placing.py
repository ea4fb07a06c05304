"""Other meetings are looked for, and others wait, only where a slot is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from services.calendar.domain import Busy, Status, Window
from shared.contracts.events import DraftRevised
from tests.helpers.builders import a_draft
from tests.unit.calendar.fakes import FakeDiary, Room
from tests.unit.calendar.test_handlers import REVISED, a_room, approved, drafted


class CountingDiary(FakeDiary):
    """Counts how often somebody asked for other meetings."""

    asked = 0

    async def busy(self, window: Window, but: str) -> Sequence[Busy]:
        """Return meetings ahead that overlap the window and need one of its people."""
        self.asked += 1
        return await super().busy(window, but)


async def test_other_meetings_are_looked_for_only_when_a_slot_is_chosen() -> None:
    room = Room()
    diary = CountingDiary(room.documents)
    room.deps = replace(room.deps, diary=diary)
    counts = []
    for message in (drafted(), a_draft(DraftRevised, revision=2, **REVISED), approved(revision=2), drafted()):
        await room.hear(message)
        await room.work()
        counts.append(diary.asked)
    assert counts == [1, 1, 1, 1]
    assert room.people.asked == 1
    late = Room()
    late.deps = replace(late.deps, diary=(diary := CountingDiary(late.documents)))
    await late.hear(drafted())
    late.clock.advance(timedelta(days=30))
    await late.hear(approved())
    assert diary.asked == 2


async def test_what_chooses_no_slot_waits_for_nobody_who_chooses_one() -> None:
    room = await a_room(drafted())
    async with room.deps.placing:
        await room.hear(approved())
    assert room.meeting.status is Status.SCHEDULED
