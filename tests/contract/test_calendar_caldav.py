"""The calendar's port, one table of scenarios: over the stand-in and over a real CalDAV server alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from typing import Any, Protocol
from urllib.parse import quote

import pytest

from services.calendar.adapters import CalDavServer
from services.calendar.domain import Copy, Entry, Meeting, Status, entry_of, ours
from services.calendar.handlers.watch import Watch
from services.calendar.ports import CalendarServer, Changed, Changes
from shared.messaging.retry import Transient
from tests.contract import caldav_radicale, caldav_xandikos
from tests.unit.calendar.fakes import Edit, FakeCalendarServer, Room, a_practice, edited, event_in, moving, utc
from tests.unit.calendar.test_domain import a_meeting
from tests.unit.calendar.test_handlers import approved, drafted

PRACTICE = a_practice()
_numbers = count()


class World(Protocol):
    """A calendar, and a person's own client beside it; an entry is called by its uid, or by a name with `.ics`."""

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
    def __init__(self, host: str, home: str = caldav_radicale.HOME) -> None:
        self.host, self.path = host, f"{home}pm{next(_numbers)}/"
        self.url = caldav_radicale.make_calendar(host, self.path.removeprefix(home).rstrip("/"), home)
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
        assert status in (200, 204)

    def _path(self, name: str) -> str:
        return f"{self.path}{quote(name) if name.endswith('.ics') else ours(name)}"


@pytest.fixture(params=["in memory", "radicale", "radicale without reports", "xandikos"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "in memory":
        yield InMemory()
        return
    fixture = request.param.replace(" ", "_")
    home = caldav_xandikos.HOME if fixture == "xandikos" else caldav_radicale.HOME
    real = OverCalDav(request.getfixturevalue(fixture), home)
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
    assert sum(isinstance(result, str) for result in results) <= 1
    # a server that locks asks some of them to come again, and may have done what it then said nothing of
    assert all(isinstance(result, str | Changed | Transient) for result in results)
    with pytest.raises(Changed):
        await world.server.create(NEW)
    assert list((await world.server.changes("")).etags) == [ours(NEW.uid)]


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


def is_gone(changes: Changes, uid: str) -> bool:
    return ours(uid) in changes.gone or (changes.whole and ours(uid) not in changes.etags)


async def test_what_happens_in_the_collection_is_reported_once(world: World) -> None:
    empty = await world.server.changes("")
    assert (dict(empty.etags), empty.gone, empty.whole) == ({}, frozenset(), True)
    etag = await world.server.create(NEW)
    created = await world.server.changes(empty.token)
    assert dict(created.etags) == {ours(NEW.uid): etag or (await read(world, NEW.uid)).etag}
    same = await world.server.changes(created.token)
    assert (dict(same.etags), same.gone, same.whole) == ({}, frozenset(), False)
    edit(world, NEW.uid, moving(utc("2026-03-05T13:00"), utc("2026-03-05T14:00")))
    changed = await world.server.changes(same.token)
    assert dict(changed.etags) == {ours(NEW.uid): (await read(world, NEW.uid)).etag}
    world.delete(NEW.uid)
    deleted = await world.server.changes(changed.token)
    assert is_gone(deleted, NEW.uid)
    assert not (await world.server.changes(deleted.token)).gone


@pytest.mark.parametrize("token", ["bogus", "sync bogus", "sync http://radicale.org/ns/sync/" + "0" * 64, "ctag 0"])
async def test_for_a_token_that_nobody_knows_everything_is_reported(world: World, token: str) -> None:
    await world.server.create(NEW)
    report = await world.server.changes(token)
    assert (list(report.etags), report.whole) == ([ours(NEW.uid)], True)


async def test_entries_are_fetched_together_and_those_of_others_are_left(world: World) -> None:
    await world.server.create(NEW)
    text = world.text(NEW.uid) or ""
    world.put("theirs.ics", text.replace(NEW.uid, "their-meeting"))
    world.put("todo.ics", text.replace(NEW.uid, "todo").replace("VEVENT", "VTODO").replace("DTEND", "DUE"))
    names = [ours(NEW.uid), "theirs.ics", "todo.ics", "is-not-there.ics"]
    copies = await world.server.fetch(names, frozenset({NEW.uid}))
    assert [(copy.uid, copy.place, copy.is_ours) for copy in copies] == [(NEW.uid, "", True)]
    assert copies[0].etag == (await read(world, NEW.uid)).etag
    assert await world.server.fetch([], frozenset({NEW.uid})) in ((), [])


async def test_an_entry_under_another_name_is_found_read_and_updated_there(world: World) -> None:
    await world.server.create(NEW)
    text = world.text(NEW.uid) or ""
    world.delete(NEW.uid)
    world.put("put elsewhere.ics", text)
    [copy] = await world.server.fetch(["put elsewhere.ics"], frozenset({NEW.uid}))
    assert copy.place == "put elsewhere.ics"
    there = CONFIRMED.model_copy(update={"place": copy.place})
    await world.server.replace(there, copy)
    again = await world.server.read(NEW.uid, copy.place)
    assert again
    assert (again.status, again.place, await world.server.read(NEW.uid)) == ("CONFIRMED", copy.place, None)
    with pytest.raises(Changed):
        await world.server.create(NEW)


async def test_a_watched_calendar_tells_what_people_did_and_not_what_we_did(world: World) -> None:
    room = Room()
    object.__setattr__(room.deps, "calendar", world.server)
    watch = Watch(room.deps)
    await room.hear(drafted())
    await room.work()
    await watch.look()
    edit(world, NEW.uid, moving(utc("2026-03-05T13:00"), utc("2026-03-05T14:00")))
    await watch.look()
    await room.work()
    await watch.look()
    text = world.text(NEW.uid) or ""
    world.delete(NEW.uid)
    await watch.look()
    assert room.facts() == ["MeetingScheduled:tentative", "MeetingRescheduled:tentative"]
    world.put("elsewhere.ics", text)
    await watch.look()
    await room.pass_time(room.deps.practice.grace)
    assert room.facts() == ["MeetingScheduled:tentative", "MeetingRescheduled:tentative"]
    world.delete("elsewhere.ics")
    await watch.look()
    await room.pass_time(room.deps.practice.grace)
    assert room.facts()[2:] == ["MeetingCancelled"]
