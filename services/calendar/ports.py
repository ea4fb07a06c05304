"""What calendar needs from the world."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from services.calendar.domain import Busy, Copy, Entry, Meeting, Practice, Window
from shared.clock import Clock
from shared.messaging.documents import Repository


class Changed(Exception):
    """The entry is not as it was when it was read: it was changed, deleted, or is there already. Read it again."""


class CalendarServer(Protocol):
    """The shared calendar: entries by uid. Every write is conditional, so it never overwrites what was not read.

    Raises of every call: `retry.Transient` when the server is not there or is busy; `retry.Permanent`
    with a sentence that says what to configure when it refuses us.
    """

    async def read(self, uid: str, place: str = "") -> Copy | None:
        """Return the entry as it stands, or None when there is none; `place` is its name there if not ours."""

    async def create(self, entry: Entry) -> str:
        """Put a new entry; return its etag, empty when the server tells none. Raises: Changed."""

    async def replace(self, entry: Entry, copy: Copy) -> str:
        """Bring a copy up to the entry, keeping what people added to it; return its etag. Raises: Changed."""

    async def changes(self, token: str) -> Changes:
        """Return what changed since a report with this token; everything for a token that the server does not know."""

    async def fetch(self, names: Sequence[str], uids: frozenset[str]) -> Sequence[Copy]:
        """Return those entries of these names that have one of the UIDs, in few requests."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened in the collection: by name the etags of what is there, and the names of what is gone.

    `whole`: it tells of everything that is there, so what it does not name is gone. `token` asks for what comes next.
    """

    token: str
    etags: Mapping[str, str]
    gone: frozenset[str] = frozenset()
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far the collection's changes were taken over; `left` are the postmortems whose entries were refused then.

    `version` is 0 before the first one; `at` is when the last report was asked for.
    """

    version: int = 0
    token: str = ""
    left: tuple[str, ...] = ()
    at: datetime | None = None


class Bookmarks(Protocol):
    """Keeps the bookmark, majority-durable."""

    async def bookmark(self) -> Bookmark:
        """Return the bookmark; an empty one before the first."""

    async def turn(self, bookmark: Bookmark) -> None:
        """Keep a bookmark as the next version; nothing happens when somebody else has turned this version."""


@dataclass(frozen=True, slots=True)
class Known:
    """A meeting that lies ahead at this version of its document; `etag` is None until it stands on the calendar.

    `name` is what its entry is called in the collection, `since` when it was first seen there; `missing` tells that it
    was not there the last time.
    """

    postmortem_id: str
    version: int
    uid: str
    name: str
    etag: str | None
    since: datetime | None = None
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A meeting whose entry is not as it should be, at this version of its document."""

    postmortem_id: str
    version: int


class Diary(Protocol):
    """Knows the other meetings."""

    async def busy(self, window: Window, but: str) -> Sequence[Busy]:
        """Return meetings ahead that overlap the window and need one of its people, `but` this postmortem's."""

    async def ahead(self) -> Sequence[Known]:
        """Return every meeting that lies ahead."""

    async def unwritten(self, before: datetime) -> Sequence[Unwritten]:
        """Return meetings whose entry has not been brought up to a form decided before this time (UTC)."""


@dataclass(frozen=True, slots=True)
class Engagements:
    """What people have in their own calendars, and the addresses of those whose calendar could not be read."""

    busy: tuple[Busy, ...] = ()
    unread: frozenset[str] = frozenset()


class PeoplesCalendars(Protocol):
    """The calendars of the people themselves, as far as the policy names any. A trouble with one is never raised."""

    async def engagements(self, window: Window) -> Engagements:
        """Return when people of the window are busy in it."""


class NoCalendars:
    """The policy names nobody's calendar: everybody is taken for free."""

    async def engagements(self, window: Window) -> Engagements:  # noqa: ARG002 - a port's method
        """Return nothing."""
        return Engagements()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Everything the handlers use.

    `placing` is held from looking for other meetings to the commit: of two postmortems at once, the
    second sees the slot of the first. Instances do not share it; there a clash is possible, if unlikely.
    """

    meetings: Repository[Meeting]
    diary: Diary
    bookmarks: Bookmarks
    calendar: CalendarServer
    practice: Practice
    clock: Clock
    peoples: PeoplesCalendars = field(default_factory=NoCalendars)
    placing: asyncio.Lock = field(default_factory=asyncio.Lock)
