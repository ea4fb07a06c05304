"""The calendar's port, one table of scenarios: over the stand-in and over a real CalDAV server alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from typing import Any, Protocol

import pytest

from services.calendar.adapters import CalDavServer
from services.calendar.domain import Copy, Entry, Meeting, Status, entry_of
from services.calendar.ports import CalendarServer, Changed
from tests.contract import caldav_radicale
from tests.unit.calendar.fakes import Edit, FakeCalendarServer, Room, a_practice, edited, event_in, moving, utc
from tests.unit.calendar.test_domain import a_meeting
from tests.unit.calendar.test_handlers import approved, drafted

PRACTICE = a_practice()
_numbers = count()


class World(Protocol):
    """A calendar, and a person's own client beside it."""

    @property
    def server(self) -> CalendarServer:
        """Our side."""

    def text(self, uid: str) -> str | None:
        """Return the entry as another client gets it."""

    def put(self, uid: str, text: str) -> None:
        """Save the entry from another client."""

    def delete(self, uid: str) -> None:
        """Delete the entry from another client."""


class InMemory:
    def __init__(self) -> None:
        self.server = FakeCalendarServer(PRACTICE)

    def text(self, uid: str) -> str | None:
        return self.server.entries.get(uid)

    def put(self, uid: str, text: str) -> None:
        self.server.entries[uid] = text

    def delete(self, uid: str) -> None:
        del self.server.entries[uid]


class OverCalDav:
    def __init__(self, host: str) -> None:
        self.host, self.name = host, f"pm{next(_numbers)}"
        self.url = caldav_radicale.make_calendar(host, self.name)
        self.server = CalDavServer(self.url, PRACTICE)

    def text(self, uid: str) -> str | None:
        status, body = caldav_radicale.request(self.host, "GET", self._path(uid), "")
        return body if status == 200 else None

    def put(self, uid: str, text: str) -> None:
        status, body = caldav_radicale.request(
            self.host, "PUT", self._path(uid), text, **{"Content-Type": "text/calendar; charset=utf-8"}
        )
        assert status in (201, 204), body

    def delete(self, uid: str) -> None:
        status, _ = caldav_radicale.request(self.host, "DELETE", self._path(uid), "")
        assert status == 200

    def _path(self, uid: str) -> str:
        return f"/{caldav_radicale.USER}/{self.name}/{uid}.ics"


@pytest.fixture(params=["in memory", "radicale"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "in memory":
        yield InMemory()
        return
    real = OverCalDav(request.getfixturevalue("radicale"))
    yield real
    await real.server.close()


def meeting(status: Status = Status.TENTATIVE, **fields: Any) -> Meeting:
    """Build the meeting of a postmortem of its own."""
    return a_meeting(status, **fields)


def entry(status: Status = Status.TENTATIVE, **fields: Any) -> Entry:
    return entry_of(meeting(status, **fields), PRACTICE)


async def read(world: World, uid: str) -> Copy:
    copy = await world.server.read(uid)
    assert copy is not None
    return copy


def edit(world: World, uid: str, change: Edit) -> None:
    text = world.text(uid)
    assert text is not None
    world.put(uid, edited(text, change))


NEW = entry()
CONFIRMED = entry(Status.SCHEDULED, form=2, sequence=1)


async def test_what_is_not_there_reads_as_nothing(world: World) -> None:
    assert await world.server.read(NEW.uid) is None


async def test_a_created_entry_is_read_back_as_ours(world: World) -> None:
    etag = await world.server.create(NEW)
    copy = await read(world, NEW.uid)
    assert (copy.start, copy.end, copy.status, copy.write_id) == (NEW.start, NEW.end, "TENTATIVE", NEW.write_id)
    assert copy.is_ours
    assert copy.etag == etag


async def test_another_client_sees_the_whole_entry(world: World) -> None:
    await world.server.create(NEW)
    event = event_in(world.text(NEW.uid) or "")
    assert str(event["SUMMARY"]) == "Postmortem: Checkout answers slowly (SEV2)"
    assert "Agenda\n1. " in str(event["DESCRIPTION"])
    assert [str(event[name]) for name in ("URL", "LOCATION", "CONFERENCE")] == [NEW.url, NEW.join_url, NEW.join_url]
    assert str(event["ORGANIZER"]) == "mailto:postmortems@example.com"
    assert {str(a): (a.params["ROLE"], a.params["SCHEDULE-AGENT"]) for a in event["ATTENDEE"]} == {
        "mailto:owner@example.com": ("REQ-PARTICIPANT", "CLIENT"),
        "mailto:responder@example.com": ("REQ-PARTICIPANT", "CLIENT"),
    }
    assert (event["SEQUENCE"], str(event["CLASS"]), len(event.walk("VALARM"))) == (0, "PUBLIC", 1)


async def test_a_repeated_create_is_told_and_the_copy_vouches_for_itself(world: World) -> None:
    await world.server.create(NEW)
    with pytest.raises(Changed):
        await world.server.create(NEW)
    assert (await read(world, NEW.uid)).write_id == NEW.write_id


async def test_an_update_replaces_what_was_read(world: World) -> None:
    await world.server.create(NEW)
    etag = await world.server.replace(CONFIRMED, await read(world, NEW.uid))
    copy = await read(world, NEW.uid)
    assert (copy.status, copy.sequence, copy.etag, copy.is_ours) == ("CONFIRMED", 1, etag, True)


async def test_a_stale_update_changes_nothing(world: World) -> None:
    await world.server.create(NEW)
    stale = await read(world, NEW.uid)
    await world.server.replace(CONFIRMED, stale)
    with pytest.raises(Changed):
        await world.server.replace(entry(Status.CANCELLED, form=3), stale)
    assert (await read(world, NEW.uid)).status == "CONFIRMED"


async def test_a_persons_move_shows_in_the_copy_and_survives_our_update(world: World) -> None:
    await world.server.create(NEW)
    start, end = utc("2026-03-05T13:00"), utc("2026-03-05T14:00")
    edit(world, NEW.uid, moving(start, end))
    edit(world, NEW.uid, lambda event: event.add("X-ROOM", "Fishbowl"))
    copy = await read(world, NEW.uid)
    assert (copy.start, copy.end, copy.is_ours, copy.sequence) == (start, end, False, 1)
    moved = entry(Status.SCHEDULED, form=2, sequence=2, start=start, end=end)
    await world.server.replace(moved, copy)
    event = event_in(world.text(NEW.uid) or "")
    assert (event["DTSTART"].dt, str(event["STATUS"]), str(event["X-ROOM"])) == (start, "CONFIRMED", "Fishbowl")
    assert (await read(world, NEW.uid)).is_ours


async def test_a_deleted_entry_is_not_put_back_by_an_update(world: World) -> None:
    await world.server.create(NEW)
    copy = await read(world, NEW.uid)
    world.delete(NEW.uid)
    with pytest.raises(Changed):
        await world.server.replace(CONFIRMED, copy)
    assert await world.server.read(NEW.uid) is None


async def test_forty_creates_at_once_make_one_entry(world: World) -> None:
    results = await asyncio.gather(*(world.server.create(NEW) for _ in range(40)), return_exceptions=True)
    assert sum(isinstance(result, str) for result in results) == 1
    assert all(isinstance(result, str | Changed) for result in results)


async def test_titles_in_every_script_come_back_as_they_were(world: World) -> None:
    title = 'Zahlung "langsam"; 50% \\ 決済 🔥, naïve\n\x07BEGIN:VEVENT'
    topic = meeting().topic.model_copy(update={"title": title})
    await world.server.create(entry(topic=topic))
    event = event_in(world.text(NEW.uid) or "")
    assert str(event["SUMMARY"]) == 'Postmortem: Zahlung "langsam"; 50% \\ 決済 🔥, naïve BEGIN:VEVENT (SEV2)'


async def test_the_room_itself_works_over_the_calendar(world: World) -> None:
    room = Room()
    object.__setattr__(room.deps, "calendar", world.server)
    await room.hear(drafted())
    await room.work()
    edit(world, NEW.uid, moving(utc("2026-03-05T13:00"), utc("2026-03-05T14:00")))
    await room.hear(approved())
    await room.work()
    copy = await read(world, NEW.uid)
    assert (copy.status, copy.start) == ("CONFIRMED", utc("2026-03-05T13:00"))
    assert room.facts() == ["MeetingScheduled:tentative", "MeetingScheduled:scheduled"]
