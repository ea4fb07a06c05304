"""Watching the entries: people move and delete them in their own calendars, and nobody tells us.

A look costs one GET by address for each meeting that lies ahead, which stays cheap on every server however
full the collection is (a sync report or a search does not). An entry whose writing got lost is written here as well.
"""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime, timedelta

import structlog

from services.calendar.handlers.writing import Noticed, do_write_meeting
from services.calendar.ports import Deps, Known
from shared.contracts.base import derived_id
from shared.messaging.documents import AlreadyHandled, Conflict
from shared.messaging.envelope import Received
from shared.messaging.retry import Permanent, Transient

log = structlog.get_logger(__name__)

WATCH_EVERY_S = 15.0
GRACE = timedelta(minutes=2)
"""How long an entry has to be missing: some clients move one by deleting it and putting it back."""
LATE = timedelta(minutes=1)
"""How long the command to write an entry may take before it is taken for lost."""


class Watch:
    """Looks at the entries of all meetings ahead; `missing` remembers since when one is not there."""

    def __init__(self, deps: Deps) -> None:
        self.deps = deps
        self.missing: dict[str, datetime] = {}

    async def look(self) -> None:
        """Look at every entry once: take over what people did, and write what should have been written by now.

        A server that is away is looked at in the next round; one entry that it refuses stands in nobody's way.
        """
        for known in await self.deps.diary.ahead():
            if not await self._can(known.postmortem_id, self._look_at(known)):
                return
        for late in await self.deps.diary.unwritten(self.deps.clock.now() - LATE):
            if not await self._can(late.postmortem_id, self._notice(late.postmortem_id, "unwritten", str(late.form))):
                return

    async def _can(self, postmortem_id: str, look: Awaitable[None]) -> bool:
        """Say whether it is worth going on to the next one."""
        try:
            await look
        except Transient as error:
            log.warning("the calendar is away", error=str(error))
            return False
        except Permanent as error:
            log.warning("cannot look at an entry", subject=postmortem_id, error=str(error))
        return True

    async def _look_at(self, known: Known) -> None:
        copy = await self.deps.calendar.read(known.uid)
        if copy is None:
            since = self.missing.setdefault(known.uid, self.deps.clock.now())
            if self.deps.clock.now() - since >= GRACE:
                self.missing.pop(known.uid)
                await self._notice(known.postmortem_id, known.etag, "deleted")
            return
        self.missing.pop(known.uid, None)
        if copy.etag != known.etag:
            await self._notice(known.postmortem_id, known.etag, copy.etag)

    async def _notice(self, postmortem_id: str, *what: str) -> None:
        """Hand it over like a message; the id follows from what was seen, so that it is taken over once."""
        id = derived_id(postmortem_id, Noticed.name, *what)
        noticed = Received(id=id, name=Noticed.name, data=Noticed(postmortem_id=postmortem_id), correlation_id=id)
        try:
            await do_write_meeting(noticed, self.deps)
        except (Conflict, AlreadyHandled):
            log.debug("somebody else was there first", subject=postmortem_id)
