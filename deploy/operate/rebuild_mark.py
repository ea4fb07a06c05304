"""That only one rebuild of what people read at the gateway runs at a time, whatever becomes of the one before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from deploy.local.errors import LocalError
from services.gateway.store.rebuilding import MongoRebuilt
from shared.clock import Clock

MARKED_FOR = timedelta(minutes=2)
"""After a run that was killed the next may begin so much later."""
MARKED_EVERY_S = 15.0

StillOurs = Callable[[], None]


@asynccontextmanager
async def only_one(rebuilt: MongoRebuilt, clock: Clock) -> AsyncIterator[StillOurs]:
    """Let this run and no other go on in the block, and drop what it built at the end.

    Gives what is to be called before each step. That and this raise LocalError when another run has begun.
    """
    if not await rebuilt.begin(clock.now(), clock.now() + MARKED_FOR):
        minutes = MARKED_FOR.total_seconds() / 60
        msg = (
            f"{rebuilt.name} is being rebuilt by somebody else: wait until that is done. When it was killed, run this"
            f" again in {minutes:.0f} minutes"
        )
        raise LocalError(msg)
    going_on = asyncio.create_task(_go_on(rebuilt, clock))

    def still_ours() -> None:
        if going_on.done():
            going_on.result()

    try:
        yield still_ours
    finally:
        going_on.cancel()
        with suppress(asyncio.CancelledError, LocalError):
            await going_on
        await rebuilt.end()


async def _go_on(rebuilt: MongoRebuilt, clock: Clock) -> None:
    """Keep the mark until this is cancelled. Raises: LocalError when another run has it."""
    while await rebuilt.go_on(clock.now() + MARKED_FOR):
        await asyncio.sleep(MARKED_EVERY_S)
    msg = "this was away for so long that somebody else has begun to rebuild; people read what they read before"
    raise LocalError(msg)
