"""Deciding about a slot: with the other meetings, and with what people have in their own calendars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NoReturn

from services.calendar import domain
from services.calendar.domain import Busy, Meeting
from services.calendar.ports import Deps, Engagements
from shared.contracts.decision import Decision, Reply
from shared.messaging.documents import Loaded
from shared.messaging.envelope import Received

About = Callable[[], Meeting]
Decide = Callable[[Sequence[Busy], datetime], Decision[Meeting]]


class _Wanted(Exception):
    """A decision goes by what others have to do, and nobody has looked yet."""


class _Unread(Sequence[Busy]):
    """What others have to do, before anybody looked."""

    def __getitem__(self, _at: object) -> NoReturn:
        raise _Wanted

    def __len__(self) -> NoReturn:
        raise _Wanted


async def commit_slot(
    meeting: Loaded[Meeting], about: About, decide: Decide, cause: Received[Any], deps: Deps
) -> Reply | None:
    """Decide about a meeting, and make it true; `about` returns it with those people who may have something else to do.

    Most of what is heard chooses no slot: then nobody looks for other meetings, or waits for whoever is about to
    place theirs. Raises: as every commit does.
    """
    decision = _at_once(meeting.state, decide, deps.clock.now())
    if decision is not None:
        return await deps.meetings.commit(meeting, decision, cause)
    async with deps.placing:
        return await deps.meetings.commit(meeting, await _chosen(meeting.state, about(), decide, deps), cause)


def _at_once(before: Meeting | None, decide: Decide, now: datetime) -> Decision[Meeting] | None:
    """Return the decision if it does not go by what others have to do."""
    try:
        decision = decide(_Unread(), now)
    except _Wanted:
        return None
    return None if domain.is_placed_anew(before, decision.state) else decision


async def _chosen(before: Meeting | None, about: Meeting, decide: Decide, deps: Deps) -> Decision[Meeting]:
    """Return the decision that goes by what others have to do.

    Their own calendars are asked only once a slot is to be chosen; then it is chosen anew with what they say. Whoever
    calls holds `placing`: people's calendars have a time limit.
    """
    now = deps.clock.now()
    window = domain.window(about, now)
    busy = await deps.diary.busy(window, about.postmortem_id)
    decision = decide(busy, now)
    if not domain.is_placed_anew(before, decision.state):
        return decision
    found = await deps.peoples.engagements(window)
    if found == Engagements():
        return decision
    return domain.say_unread(decide((*busy, *found.busy), now), found.unread)
