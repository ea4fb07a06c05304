"""A calendar server in memory, and people who edit its entries by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from icalendar import Calendar

from services.calendar.adapters.vevent import build, merge, read, uids_in
from services.calendar.domain import Copy, Entry, Practice, ours, uid_of
from services.calendar.ports import Changed, Changes
from shared.messaging.retry import Transient
from tests.helpers.builders import PM

UID = uid_of(PM)
Edit = Callable[[Any], object]
"""What a person does to the VEVENT in their client."""


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
