"""The counting room under faults: messages are said to it all the while, and each has to count once in the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from deploy.local.testing import fresh_database_name
from shared.clock import SystemClock
from shared.contracts.base import derived_id
from shared.messaging.broker import Bus
from shared.messaging.envelope import unsaid
from shared.messaging.outbox import PublishUnconfirmed, Unroutable
from shared.messaging.service import forever, until_done
from tests.integration.kernel_room import ENDED, FOLLOWS, QUEUE, Room, a_channel, eventually

FOLLOWING = f"gateway.{FOLLOWS.address()}"
PAUSE_S = 0.05
PATIENCE_S = 90.0


@asynccontextmanager
async def counting(broker: str, database: str, name: str = "", *, declare: bool = True) -> AsyncIterator[Room]:
    """Run a counting room as a service does, with its sweep; `name` is a database that has been counted in before."""
    room = Room(broker, database, name or fresh_database_name(), declare=declare)
    await until_done(room.start)
    sweeping = asyncio.create_task(forever(room.sweep, 0.2))
    try:
        yield room
    finally:
        sweeping.cancel()
        await room.stop()


async def empty(broker: str) -> None:
    """Throw away what earlier tests left to the room and to the hearer of its events."""
    async with a_channel(broker) as channel:
        for queue in (QUEUE, FOLLOWING):
            await (await channel.get_queue(queue)).purge()


class Saying:
    """Says one message after the other, each again until the broker has confirmed it, as a room's relay does."""

    def __init__(self, broker: str, run: str) -> None:
        self.bus = Bus(broker, "calendar", declare=False)
        self.run = run
        self.accepted: list[str] = []
        self.unconfirmed = 0
        self.ending = False

    async def go_on(self) -> None:
        """Say on until told to end; what was begun is confirmed even then."""
        while not self.ending:
            await self.say(derived_id(self.run, str(len(self.accepted))))
            await asyncio.sleep(PAUSE_S)

    async def say(self, id: str) -> None:
        """Have one message accepted."""
        while not await self._confirmed(id):
            await asyncio.sleep(PAUSE_S)
        self.accepted.append(id)

    async def _confirmed(self, id: str) -> bool:
        try:
            await self.bus.publish(unsaid(ENDED, id=id, room="calendar", time=SystemClock().now()))
        except (PublishUnconfirmed, Unroutable):
            self.unconfirmed += 1
            return False
        return True

    async def more(self, messages: int = 10) -> None:
        """Wait until so many more are accepted."""
        wanted = len(self.accepted) + messages

        async def enough() -> bool:
            return len(self.accepted) >= wanted

        await eventually(enough, timeout=PATIENCE_S)


@asynccontextmanager
async def saying(broker: str, run: str) -> AsyncIterator[Saying]:
    """Say messages while the block runs: some before, some after, and as many during it as are accepted."""
    speaker = Saying(broker, run)
    await speaker.bus.start()
    talking = asyncio.create_task(speaker.go_on())
    try:
        await speaker.more()
        yield speaker
        await speaker.more()
        speaker.ending = True
        await talking
    finally:
        talking.cancel()
        await speaker.bus.stop()


async def each_counts_once(room: Room, broker: str, accepted: Iterable[str]) -> None:
    """Wait until every message counts, and until an event that follows from each is in its hearer's queue."""
    ids = set(accepted)

    async def all_counted() -> bool:
        return await room.counted() >= len(ids)

    await eventually(all_counted, timeout=PATIENCE_S)
    assert await _causes(broker, len(ids)) == ids
    assert await room.counted() == len(ids)


async def _causes(broker: str, wanted: int) -> set[str]:
    """Take events out of their hearer's queue until so many causes are seen; return them."""
    seen: set[str] = set()
    async with asyncio.timeout(PATIENCE_S), a_channel(broker) as channel:
        queue = await channel.get_queue(FOLLOWING)
        while len(seen) < wanted:
            event = await queue.get(no_ack=True, fail=False)
            if event is None:
                await asyncio.sleep(PAUSE_S)
            else:
                seen.add(str(event.headers["x-causation-id"]))
    return seen
