"""Stand-ins for the calendar room's world, and people who edit the calendar by hand."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from icalendar import Calendar

from services.calendar.adapters.vevent import build, merge, read, uids_in
from services.calendar.domain import (
    LIVE,
    Busy,
    Copy,
    Entry,
    Meeting,
    Practice,
    attendees,
    is_written,
    name_of,
    ours,
    uid_of,
)
from services.calendar.domain.events import Window
from services.calendar.handlers import HANDLERS, on_due
from services.calendar.ports import Bookmark, Changed, Changes, Deps, Known, Unwritten
from shared.contracts import MESSAGES, Message
from shared.contracts.base import Owner, Severity
from shared.contracts.decision import Reply
from shared.messaging.documents import AlreadyHandled, Conflict
from shared.messaging.envelope import Received, Unsaid
from shared.messaging.retry import Transient
from shared.messaging.timers import Timers
from shared.testing import FixedClock, InMemoryDocuments, in_memory, received
from tests.helpers.builders import NOW, PM

UID = uid_of(PM)
Edit = Callable[[Any], object]
"""What a person does to the VEVENT in their client."""


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


class FakeCalendarServer:
    """A collection in memory. `down` refuses everything, `refuses` some calls; `lose_replies` writes, then breaks off.

    `touched` says that a person was here; `before_write` runs between reading and writing, where races
    happen.
    """

    def __init__(self, practice: Practice) -> None:
        self.zone = practice.zone
        self.entries: dict[str, str] = {}
        self.writes = 0
        self.reads = 0
        self.reports = 0
        self.fetched: list[str] = []
        self.snapshots: dict[str, dict[str, str]] = {}
        self.down = False
        self.refuses: dict[str, Exception] = {}
        self.lose_replies = 0
        self.touched = False
        self.before_write: Callable[[], Awaitable[None]] | None = None

    async def read(self, uid: str, place: str = "") -> Copy | None:
        """Return the entry as it stands, or None when there is none."""
        self._answer("read")
        self.reads += 1
        text = self.entries.get(place or uid)
        return None if text is None else read(text, _etag(text), uid, self.zone, place)

    async def create(self, entry: Entry) -> str:
        """Put a new entry. Raises: Changed."""
        return await self._put(entry.place or entry.uid, build(entry), None)

    async def replace(self, entry: Entry, copy: Copy) -> str:
        """Bring a copy up to the entry. Raises: Changed."""
        return await self._put(copy.place or entry.uid, merge(entry, copy), copy.etag)

    async def changes(self, token: str) -> Changes:
        """Return what changed since the report with this token; everything for one that it does not know."""
        self._answer("changes")
        self.reports += 1
        now = {_name(key): _etag(text) for key, text in self.entries.items()}
        before = self.snapshots.get(token)
        after = str(len(self.snapshots) + 1) if now != before else token
        self.snapshots[after] = now
        if before is None:
            return Changes(token=after, etags=now, whole=True)
        changed = {name: etag for name, etag in now.items() if before.get(name) != etag}
        return Changes(token=after, etags=changed, gone=frozenset(before.keys() - now.keys()))

    async def fetch(self, names: Sequence[str], uids: frozenset[str]) -> Sequence[Copy]:
        """Return those entries of these names that have one of the UIDs."""
        self._answer("fetch")
        self.fetched += names
        copies = []
        for name in names:
            text = self.entries.get(_key(name), "")
            uid = _key(name) if _key(name) in uids else next(iter(uids & uids_in(text)), None)
            if text and uid:
                copies.append(read(text, _etag(text), uid, self.zone, "" if _key(name) == uid else name))
        return copies

    async def _put(self, uid: str, text: str, etag: str | None) -> str:
        self._answer("put")
        if self.before_write:
            interrupt, self.before_write = self.before_write, None
            await interrupt()
        there = self.entries.get(uid)
        if (None if there is None else _etag(there)) != etag or (there is None and self._has_uid_of(text)):
            raise Changed(uid)
        self.entries[uid] = text
        self.writes += 1
        if self.lose_replies:
            self.lose_replies -= 1
            raise Transient("the reply was lost")
        return _etag(text)

    def _has_uid_of(self, text: str) -> bool:
        """A collection has each uid once (RFC 4791 section 5.3.2.1)."""
        return any(uids_in(other) & uids_in(text) for other in self.entries.values())

    def _answer(self, call: str) -> None:
        if self.down:
            raise Transient("the calendar does not answer")
        if call in self.refuses:
            raise self.refuses[call]

    def event(self, uid: str = UID) -> Any:
        """Return the entry as a person's client reads it."""
        return event_in(self.entries[uid])

    def person_edits(self, edit: Edit, uid: str = UID) -> None:
        """Change the entry by hand."""
        self.touched = True
        self.entries[uid] = edited(self.entries[uid], edit)

    def person_moves(self, start: datetime, end: datetime, uid: str = UID) -> None:
        """Move the entry by hand."""
        self.person_edits(moving(start, end), uid)

    def person_deletes(self, uid: str = UID) -> None:
        """Delete the entry by hand."""
        self.touched = True
        del self.entries[uid]


def _name(key: str) -> str:
    """Entries with our name are kept by their uid, the others by theirs."""
    return key if key.endswith(".ics") else ours(key)


def _key(name: str) -> str:
    """An entry has our name if that is a uid, and nothing else."""
    key = name.removesuffix(".ics")
    return key if len(key) == len(UID) else name


def event_in(text: str) -> Any:
    """Return the one VEVENT of an iCalendar object; `Any`, since a test knows which type a property has."""
    [event] = Calendar.from_ical(text).walk("VEVENT")
    return event


def edited(text: str, edit: Edit) -> str:
    """Return an iCalendar object after somebody's edit; what they do not touch stays."""
    calendar = Calendar.from_ical(text)
    edit(calendar.walk("VEVENT")[0])
    return str(calendar.to_ical().decode())


def moving(start: datetime, end: datetime) -> Edit:
    """Return the edit that moves an entry, with the person's client counting SEQUENCE up."""

    def edit(event: Any) -> None:
        for name, value in (("DTSTART", start), ("DTEND", end), ("SEQUENCE", event["SEQUENCE"] + 1)):
            event.pop(name)
            event.add(name, value)

    return edit


def _etag(text: str) -> str:
    return f'"{hashlib.sha256(text.encode()).hexdigest()}"'


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
        self.deps = Deps(
            meetings=repository,
            diary=FakeDiary(self.documents),
            bookmarks=FakeBookmarks(),
            calendar=self.server,
            practice=habits,
            clock=self.clock,
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
