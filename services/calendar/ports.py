"""What calendar needs from the world."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
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

    async def read(self, uid: str) -> Copy | None:
        """Return the entry as it stands, or None when there is none."""

    async def create(self, entry: Entry) -> str:
        """Put a new entry; return its etag, empty when the server tells none. Raises: Changed."""

    async def replace(self, entry: Entry, copy: Copy) -> str:
        """Bring a copy up to the entry, keeping what people added to it; return its etag. Raises: Changed."""


@dataclass(frozen=True, slots=True)
class Known:
    """A meeting that lies ahead and stands on the calendar."""

    postmortem_id: str
    uid: str
    etag: str


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A meeting whose entry is not as it should be, and the form that it should have."""

    postmortem_id: str
    form: int


class Diary(Protocol):
    """Knows the other meetings."""

    async def busy(self, window: Window, but: str) -> Sequence[Busy]:
        """Return meetings ahead that overlap the window and need one of its people, `but` this postmortem's."""

    async def ahead(self) -> Sequence[Known]:
        """Return every meeting that lies ahead and stands on the calendar."""

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
    calendar: CalendarServer
    practice: Practice
    clock: Clock
    peoples: PeoplesCalendars = field(default_factory=NoCalendars)
    placing: asyncio.Lock = field(default_factory=asyncio.Lock)
