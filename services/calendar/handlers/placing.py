"""Deciding about a slot: with the other meetings, and with what people have in their own calendars."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.calendar import domain
from services.calendar.domain import Busy, Meeting
from services.calendar.ports import Deps
from shared.contracts.base import Moment
from shared.contracts.decision import Decision


async def decide_slot(
    before: Meeting | None, about: Meeting, decide: Callable[[Sequence[Busy], Moment], Decision[Meeting]], deps: Deps
) -> Decision[Meeting]:
    """Return the decision about a meeting whose people may have something else to do.

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
    return domain.say_unread(decide((*busy, *found.busy), now), found.unread)
