"""Work that goes on: what ends it, and what does not."""

from __future__ import annotations

import asyncio

import pytest

from shared.messaging.broker import uncancelled
from shared.messaging.service import forever, until_done


async def cancelled_by_somebody() -> None:
    """As a library does to whoever waits for a connection that is gone."""
    waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting.cancel()
    await waiting


async def test_work_that_a_lost_connection_cancels_has_failed_and_is_not_over() -> None:
    with pytest.raises(ConnectionError, match="connection that is gone"):
        await uncancelled(cancelled_by_somebody())


async def test_what_has_to_be_done_at_start_is_done_again_after_a_lost_connection() -> None:
    tries: list[int] = []

    async def work() -> None:
        tries.append(1)
        if len(tries) == 1:
            await cancelled_by_somebody()

    await until_done(work)
    assert len(tries) == 2


async def test_background_work_ends_when_it_is_told_to_and_not_before() -> None:
    rounds: list[int] = []
    twice = asyncio.Event()

    async def work() -> None:
        rounds.append(1)
        if len(rounds) > 1:
            twice.set()
        await cancelled_by_somebody()

    task = asyncio.create_task(forever(work, 0.0))
    await asyncio.wait_for(twice.wait(), 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
