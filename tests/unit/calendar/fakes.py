"""Stand-ins for the calendar room's world, and people who edit the calendar by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.calendar.domain import LIVE, Busy, Meeting, Practice, Window, attendees, is_written, name_of, uid_of
from services.calendar.handlers import HANDLERS, on_due
from services.calendar.ports import Bookmark, Deps, Engagements, Known, Unwritten
from shared.contracts import MESSAGES, Message
from shared.contracts.base import Owner, Severity
from shared.contracts.decision import Reply
from shared.messaging.documents import AlreadyHandled, Conflict
from shared.messaging.envelope import Received, Unsaid
from shared.messaging.timers import Timers
from shared.testing import FixedClock, InMemoryDocuments, in_memory, received
from tests.helpers.builders import NOW, PM
from tests.unit.calendar.fake_server import UID, Edit, FakeCalendarServer, edited, event_in, moving

__all__ = ["BERLIN", "UID", "Edit", "FakeCalendarServer", "edited", "event_in", "moving"]

BERLIN = ZoneInfo("Europe/Berlin")


def a_practice(**fields: Any) -> Practice:
    """Build an organisation's habits: Berlin, nine to five, a day's notice."""
    given: dict[str, Any] = {
        "timezone": "Europe/Berlin",
        "holidays": ("DE-BE",),
        "opens": time(9),
        "closes": time(17),
        "notice": timedelta(hours=24),
        "minutes": {severity: 60 if severity in ("sev1", "sev2") else 30 for severity in Severity},
        "organizer": Owner(name="Postmortem meetings", email="postmortems@example.com"),
        "join_url": "https://meet.example.com/{postmortem_id}",
        "public_url": "https://pm.example.com",
    }
    return Practice(**(given | fields))


class FakeDiary:
    """Looks into the documents in memory."""

    def __init__(self, documents: InMemoryDocuments[Meeting]) -> None:
        self.documents = documents

    async def busy(self, window: Window, but: str) -> Sequence[Busy]:
        """Return meetings ahead that overlap the window and need one of its people."""
        needs = [
            (key, m, frozenset(a.email for a in attendees(m) if a.required)) for key, m in self.documents.states.items()
        ]
        await asyncio.sleep(0)  # as a database does, it lets others go on before the answer is here
        return [
            Busy(m.start, m.end, emails)
            for key, m, emails in needs
            if key != but
            and m.status in LIVE
            and emails & window.emails
            and m.end > window.since
            and m.start < window.until
        ]

    async def ahead(self) -> Sequence[Known]:
        """Return every meeting that lies ahead."""
        return [
            Known(
                key,
                self.documents.versions[key],
                uid_of(key),
                name_of(m),
                m.seen.etag if m.seen else None,
                m.stands_since,
                m.missing_until is not None,
            )
            for key, m in self.documents.states.items()
            if m.status in LIVE
        ]

    async def unwritten(self, before: datetime) -> Sequence[Unwritten]:
        """Return meetings whose entry has not been brought up to a form decided before this time."""
        return [
            Unwritten(key, self.documents.versions[key])
            for key, m in self.documents.states.items()
            if not is_written(m) and m.changed_at < before
        ]


class FakePeople:
    """What people have in their own calendars; `asked` counts how often that was looked up."""

    def __init__(self, busy: tuple[Busy, ...] = (), unread: frozenset[str] = frozenset()) -> None:
        self.busy, self.unread = busy, unread
        self.asked = 0

    async def engagements(self, window: Window) -> Engagements:
        """Return when people of the window are busy in it."""
        self.asked += 1
        return Engagements(
            tuple(
                each
                for each in self.busy
                if each.emails & window.emails and each.end > window.since and each.start < window.until
            ),
            self.unread & window.emails,
        )


class FakeBookmarks:
    """Keeps the bookmark in memory."""

    def __init__(self) -> None:
        self.kept = Bookmark()

    async def bookmark(self) -> Bookmark:
        """Return the bookmark."""
        await asyncio.sleep(0)
        return self.kept

    async def turn(self, bookmark: Bookmark) -> None:
        """Keep a bookmark, unless somebody else has turned this version."""
        await asyncio.sleep(0)
        if bookmark.version == self.kept.version:
            self.kept = replace(bookmark, version=bookmark.version + 1)


class Room:
    """The calendar room over stand-ins; `hear` is one delivery, `work` lets it do what it told itself.

    `gone_for_good` and `deleted` are for a test to remember that a person deleted the entry, and what it was.
    """

    def __init__(self, now: datetime = NOW, **practice: Any) -> None:
        self.clock = FixedClock(now)
        repository, self.documents, self.bus = in_memory("calendar", self.clock)
        habits = a_practice(**practice)
        self.server = FakeCalendarServer(habits)
        self.people = FakePeople()
        self.deps = Deps(
            meetings=repository,
            diary=FakeDiary(self.documents),
            bookmarks=FakeBookmarks(),
            calendar=self.server,
            practice=habits,
            clock=self.clock,
            peoples=self.people,
        )
        self.timers = Timers(self.documents, self.clock, on_due, self.deps)
        self.heard: set[str] = set()
        self.gone_for_good = False
        self.deleted = ""

    @property
    def meeting(self) -> Meeting:
        """The state of the meeting."""
        state = self.documents.states[PM]
        assert isinstance(state, Meeting)
        return state

    async def hear(self, message: Message | Received[Any]) -> Reply:
        """Hear a message as the inbox does: again on a conflict, and the first answer for a repeat."""
        event = received(message) if isinstance(message, Message) else message
        for _ in range(20):
            try:
                return await HANDLERS[event.name](event, self.deps) or Reply()
            except Conflict:
                continue
            except AlreadyHandled as repeat:
                return repeat.reply or Reply()
        raise AssertionError("conflicts without end")

    async def work(self) -> None:
        """Hear every command to itself that was said and not heard yet."""
        while todo := self.unheard():
            await self.hear(todo[0])
            self.heard.add(todo[0].id)

    def unheard(self) -> list[Received[Any]]:
        """Return the commands to itself that wait in the queue."""
        return [
            as_received(said)
            for said in self.bus.said
            if said.name == "calendar.WriteMeeting.v1" and said.id not in self.heard
        ]

    async def pass_time(self, by: timedelta) -> None:
        """Let time pass, and the timers with it."""
        self.clock.advance(by)
        await self.timers.check()
        await self.work()

    def facts(self) -> list[str]:
        """Return what was said to others: name and, where there is one, status."""
        return [
            name if "status" not in (data := as_received(said).data.model_dump()) else f"{name}:{data['status']}"
            for said in self.bus.said
            if not (name := said.name.removesuffix(".v1")).startswith("calendar.")
        ]


def as_received(said: Unsaid) -> Received[Any]:
    """Return a said message as its hearer gets it."""
    return Received(
        id=said.id,
        name=said.name,
        data=MESSAGES[said.name].model_validate_json(said.body),
        correlation_id=said.correlation_id,
    )


def utc(text: str) -> datetime:
    """Read a time without zone as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
