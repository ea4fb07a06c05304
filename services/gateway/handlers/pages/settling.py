"""Waiting a moment for what a form has done to be seen: the calendar tells of it once the shared calendar has it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from services.gateway.domain.view import View
from services.gateway.ports import Deps

SHARE = 0.3
"""Of the patience with a room, what a page waits on top for its reader to see what was done."""
LOOK_EVERY = 0.05


async def is_seen(deps: Deps, id: str, shows: Callable[[View], bool]) -> bool:
    """Say whether the library shows it, now or in a moment; it is done all the same when it does not."""
    try:
        async with asyncio.timeout(deps.patience * SHARE):
            while True:
                view = await deps.view(id)
                if view and shows(view):
                    return True
                await asyncio.sleep(LOOK_EVERY)  # noqa: TID251 - the event is on its way
    except TimeoutError:
        return False
