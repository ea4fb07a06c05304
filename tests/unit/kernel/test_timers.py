"""Timers ring when they are due, and not only at the next look."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.clock import SystemClock
from shared.contracts.base import postmortem_id
from shared.contracts.decision import Decision
from shared.messaging.envelope import Received
from shared.messaging.service import forever
from shared.messaging.timers import LOOK_AGAIN_S, NEAR_S, Due, Timers
from shared.testing import in_memory, received
from tests.unit.kernel.test_repository import Counted

SOON = timedelta(milliseconds=50)
PATIENCE_S = 30


class Clockwork:
    """A repository of states that are what rang, over a store whose timers look once an hour."""

    def __init__(self) -> None:
        self.clock, self.rang = SystemClock(), list[str]()
        self.repository, documents, _ = in_memory("review", self.clock)
        self.timers: Timers[None] = Timers(documents, self.clock, self.ring, None)
        self.timers.follow(self.repository)

    async def set(self, name: str, at: datetime) -> str:
        """Decide that something is looked at then; return its key."""
        cause = received(Counted(postmortem_id=postmortem_id("s", name), n=1))
        loaded = await self.repository.load(cause)
        await self.repository.commit(loaded, Decision(state=name, due=at), cause)
        return cause.subject

    async def ring(self, due: Received[Due], _: None) -> Any:
        loaded = await self.repository.load(due)
        self.rang.append(due.subject)
        return await self.repository.commit(loaded, Decision(state=loaded.state), due)

    async def until(self, number: int) -> None:
        """Ring as a service does, until so many have rung. Raises: TimeoutError when they do not."""
        ringing = asyncio.create_task(forever(self.timers.ring, 0.0))
        async with asyncio.timeout(PATIENCE_S):
            while len(self.rang) < number:
                await asyncio.sleep(LOOK_AGAIN_S)
        ringing.cancel()


@pytest.fixture
def clockwork(monkeypatch: pytest.MonkeyPatch) -> Clockwork:
    monkeypatch.setattr("shared.messaging.timers.CHECK_EVERY_S", 3600.0)
    return Clockwork()


async def test_what_was_set_before_a_rest_and_what_is_set_in_it_ring_when_they_are_due(clockwork: Clockwork) -> None:
    now = clockwork.clock.now()
    later = await clockwork.set("later", now + 3 * SOON)
    ringing = asyncio.create_task(clockwork.until(3))
    await asyncio.sleep(2 * LOOK_AGAIN_S)  # it rests
    sooner = await clockwork.set("sooner", now + 2 * SOON)
    past = await clockwork.set("past", now - timedelta(days=1))
    await ringing
    assert clockwork.rang == [past, sooner, later]


async def test_what_is_due_in_days_is_left_to_the_next_look(clockwork: Clockwork) -> None:
    await clockwork.set("far", clockwork.clock.now() + timedelta(seconds=2 * NEAR_S))
    ringing = asyncio.create_task(clockwork.until(1))
    near = await clockwork.set("near", clockwork.clock.now() + SOON)
    await ringing
    assert clockwork.rang == [near]
    assert not clockwork.timers._near


async def test_what_another_process_set_rings_at_the_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.messaging.timers.CHECK_EVERY_S", 0.1)
    clockwork = Clockwork()
    clockwork.repository.due_set = lambda _: None
    key = await clockwork.set("elsewhere", clockwork.clock.now() + SOON)
    await clockwork.until(1)
    assert clockwork.rang == [key]
