"""Watching the entries: people move, answer and delete them in their own calendars, and nobody tells us.

A look at an unchanged calendar is one request, however full it is: the server reports what changed since the last one.
The bookmark, which names that one, is turned only when all that was reported is committed, so a crash in between makes
the report come again; and whatever comes again, or to two instances at once, finds the meeting as it should be.
An entry whose writing got lost is written here as well.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum

import structlog

from services.calendar.domain import Copy
from services.calendar.handlers.writing import Glimpse, Noticed, take_notice
from services.calendar.ports import Bookmark, Changes, Deps, Known
from shared.contracts.base import derived_id
from shared.messaging.documents import AlreadyHandled, Conflict
from shared.messaging.envelope import Received
from shared.messaging.retry import Permanent, Transient

log = structlog.get_logger(__name__)

LATE = timedelta(minutes=1)
"""How long the command to write an entry may take before it is taken for lost."""
SKEW = timedelta(seconds=5)
"""By how much the clocks of two instances may differ."""
ROUNDS = 3
"""How often a report is gone through when others change the meetings meanwhile."""


class Outcome(Enum):
    """What became of a notice."""

    DONE = "done"
    OVERTAKEN = "overtaken"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A meeting whose entry is to be looked at; `what` tells one change from another."""

    postmortem_id: str
    version: int
    what: str
    copy: Copy | None = None


class Watch:
    """Takes over what people did on the calendar; `strangers` are the names of all other entries."""

    def __init__(self, deps: Deps) -> None:
        self.deps = deps
        self.strangers: set[str] = set()

    async def look(self) -> None:
        """Look once: take over what people did, and write what should have been written by now.

        A server that is away is looked at in the next round; one entry that it refuses stands in nobody's way.
        """
        try:
            await self._follow()
            await self._catch_up()
        except Transient as error:
            log.warning("the calendar is away", error=str(error))
        except Permanent as error:
            log.warning("cannot look at the calendar", error=str(error))

    async def _follow(self) -> None:
        """Take over what changed since the bookmark, then turn it."""
        at = self.deps.clock.now()
        bookmark = await self.deps.bookmarks.bookmark()
        changes = await self.deps.calendar.changes(bookmark.token)
        outcomes = await self._take_over(changes, bookmark)
        left = tuple(sorted(id for id, outcome in outcomes.items() if outcome is not Outcome.DONE))
        if outcomes or (changes.token, left) != (bookmark.token, bookmark.left):
            await self.deps.bookmarks.turn(replace(bookmark, token=changes.token, left=left, at=at))

    async def _take_over(self, changes: Changes, bookmark: Bookmark) -> dict[str, Outcome]:
        """Take over every change; return what became of each meeting that was looked at. Raises: Transient."""
        outcomes: dict[str, Outcome] = {}
        for _ in range(ROUNDS):
            sightings = await self._sightings(changes, bookmark)
            outcomes |= {each.postmortem_id: await self._notice(each) for each in sightings}
            if Outcome.OVERTAKEN not in outcomes.values():
                break
        return outcomes

    async def _sightings(self, changes: Changes, bookmark: Bookmark) -> list[Sighting]:
        """Return which meetings' entries are to be looked at, with what stands there now."""
        ahead = await self.deps.diary.ahead()
        changed = [known for known in ahead if _is_to_be_seen(known, changes, bookmark)]
        lost = [known for known in ahead if known.missing or _is_gone(known, changes)]
        strangers = changes.etags.keys() - {known.name for known in ahead}
        names = [known.name for known in changed if known.name in changes.etags]
        if lost:  # one of them may have been put back under another name
            names += sorted(strangers)
        self._tell_of(strangers)
        sought = {known.uid: known for known in (*changed, *lost)}
        copies = await self.deps.calendar.fetch(names, frozenset(sought)) if names else ()
        found = {copy.uid: copy for copy in reversed(copies)}  # what has our own name counts first
        return [_sighting(known, found.get(uid)) for uid, known in sought.items() if known in changed or uid in found]

    async def _catch_up(self) -> None:
        """Write what should have been written by now."""
        for late in await self.deps.diary.unwritten(self.deps.clock.now() - LATE):
            await self._notice(Sighting(late.postmortem_id, late.version, "unwritten"))

    async def _notice(self, sighting: Sighting) -> Outcome:
        """Hand it over like a message; two who saw the same at the same version take it over once."""
        subject = sighting.postmortem_id
        id = derived_id(subject, Noticed.name, str(sighting.version), sighting.what)
        noticed = Received(id=id, name=Noticed.name, data=Noticed(postmortem_id=subject), correlation_id=id)
        try:
            await take_notice(noticed, self.deps, Glimpse(sighting.version, sighting.copy))
        except AlreadyHandled:
            log.debug("somebody else was there first", subject=subject)
        except Conflict:
            return Outcome.OVERTAKEN
        except Permanent as error:
            log.warning("cannot look at an entry", subject=subject, error=str(error))
            return Outcome.REFUSED
        return Outcome.DONE

    def _tell_of(self, strangers: frozenset[str] | set[str]) -> None:
        """Log once each entry that is no meeting ahead of ours; it is left alone."""
        if new := strangers - self.strangers:
            self.strangers |= new
            log.info("left alone what is no meeting ahead of ours", count=len(new), some=sorted(new)[:5])


def _is_to_be_seen(known: Known, changes: Changes, bookmark: Bookmark) -> bool:
    """Say whether an entry is there otherwise than it was seen, or is gone, or was refused the last time."""
    if known.postmortem_id in bookmark.left or _is_gone(known, changes):
        return True
    if known.name in changes.etags:
        return changes.etags[known.name] != known.etag or known.missing
    return _is_new(known, bookmark)


def _is_new(known: Known, bookmark: Bookmark) -> bool:
    """Say whether an entry should be in this report, being new since the last.

    If it is not, somebody may have deleted it already: of what comes and goes between two reports nothing is told.
    """
    if known.since is None or known.missing:
        return False
    return bookmark.at is None or known.since >= bookmark.at - SKEW


def _is_gone(known: Known, changes: Changes) -> bool:
    """Say whether an entry that stood there is reported to be there no more."""
    if known.etag is None or known.missing or known.name in changes.etags:
        return False
    return changes.whole or known.name in changes.gone


def _sighting(known: Known, copy: Copy | None) -> Sighting:
    return Sighting(known.postmortem_id, known.version, copy.etag if copy else "missing", copy)
