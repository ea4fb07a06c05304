"""Watching the entries: people move and delete them in their own calendars, and nobody tells us.

A look costs one GET by address for each meeting that lies ahead, which stays cheap on every server however
full the collection is (a sync report or a search does not).
"""

from __future__ import annotations

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


class Watch:
    """Looks at the entries of all meetings ahead; `missing` remembers since when one is not there."""

    def __init__(self, deps: Deps) -> None:
        self.deps = deps
        self.missing: dict[str, datetime] = {}

    async def look(self) -> None:
        """Look at every entry once, and take over what people did.

        A server that is away is looked at in the next round; one entry that it refuses stands in nobody's way.
        """
        for known in await self.deps.diary.ahead():
            try:
                await self._look_at(known)
            except Transient as error:
                log.warning("the calendar is away", error=str(error))
                return
            except Permanent as error:
                log.warning("cannot look at an entry", subject=known.postmortem_id, error=str(error))

    async def _look_at(self, known: Known) -> None:
        copy = await self.deps.calendar.read(known.uid)
        if copy is None:
            since = self.missing.setdefault(known.uid, self.deps.clock.now())
            if self.deps.clock.now() - since >= GRACE:
                self.missing.pop(known.uid)
                await self._notice(known, "deleted")
            return
        self.missing.pop(known.uid, None)
        if copy.etag != known.etag:
            await self._notice(known, copy.etag)

    async def _notice(self, known: Known, what: str) -> None:
        """Hand it over like a message; the id follows from what was seen, so that it is taken over once."""
        id = derived_id(known.postmortem_id, Noticed.name, known.etag, what)
        noticed = Received(id=id, name=Noticed.name, data=Noticed(postmortem_id=known.postmortem_id), correlation_id=id)
        try:
            await do_write_meeting(noticed, self.deps)
        except (Conflict, AlreadyHandled):
            log.debug("somebody else was there first", subject=known.postmortem_id)
