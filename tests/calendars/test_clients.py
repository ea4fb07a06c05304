"""What people see of a meeting in their own programs, and what the service learns of what they do there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.calendar.handlers.watch import Watch
from shared.contracts.commands import CancelMeeting, RescheduleMeeting
from tests.calendars.clients import Laptop
from tests.calendars.conftest import Company
from tests.helpers.builders import PM
from tests.unit.calendar.fakes import Room, edited, moving, utc
from tests.unit.calendar.test_handlers import OWNER, approved, drafted

pytestmark = pytest.mark.timeout(300)
LINKS = f"https://pm.example.com/postmortems/{PM} https://meet.example.com/{PM}"


@pytest.fixture
async def room(company: Company) -> AsyncIterator[Room]:
    """The calendar room over the shared calendar."""
    room, server = Room(), company.server()
    object.__setattr__(room.deps, "calendar", server)
    await server.check()
    yield room
    await server.close()


async def test_a_meeting_is_in_everybodys_program_moves_there_and_is_called_off_there(
    room: Room, company: Company, tmp_path: Path
) -> None:
    laptop = Laptop(tmp_path, company.everybody)
    await room.hear(drafted())
    await room.work()
    [tentative] = laptop.shows()
    assert "Postmortem: Checkout answers slowly (SEV2) [TENTATIVE ]" in tentative
    assert tentative.endswith(LINKS)
    await room.hear(approved())
    start = room.meeting.start + timedelta(hours=2)
    await room.hear(RescheduleMeeting(postmortem_id=PM, actor=OWNER, start=start))
    await room.work()
    [moved] = laptop.shows()
    local = start.astimezone(room.deps.practice.zone)
    assert moved.startswith(f"{local:%Y-%m-%d %H:%M} - ")
    assert "[CONFIRMED ]" in moved
    await room.hear(CancelMeeting(postmortem_id=PM, actor=OWNER))
    await room.work()
    [cancelled] = laptop.shows()
    assert "CANCELLED: Postmortem: Checkout answers slowly (SEV2) [CANCELLED ]" in cancelled
    assert len(laptop.entries()) == 1


async def test_what_somebody_with_the_right_to_write_does_in_their_program_is_taken_over(
    room: Room, company: Company, tmp_path: Path
) -> None:
    laptop, watch = Laptop(tmp_path, company.owner), Watch(room.deps)
    await room.hear(drafted())
    await room.work()
    await watch.look()
    laptop.sync()
    [entry] = laptop.entries()
    start = utc("2026-03-05T13:00")
    entry.write_text(edited(entry.read_text(), moving(start, start + timedelta(hours=1))), newline="")
    laptop.sync()
    await watch.look()
    await room.work()
    assert (room.meeting.start, room.facts()[-1]) == (start, "MeetingRescheduled:tentative")
    laptop.sync()
    laptop.delete(entry)
    await watch.look()
    await room.pass_time(room.deps.practice.grace)
    assert room.facts()[-1] == "MeetingCancelled"
