"""A room for tests of the kernel: it counts what it hears, on real servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
from pydantic import BaseModel

from shared.clock import SystemClock
from shared.contracts.decision import Decision, Reply
from shared.contracts.events import DeliveryCompleted, MeetingEnded
from shared.messaging import topology
from shared.messaging.broker import Bus
from shared.messaging.documents import Repository
from shared.messaging.envelope import Received, unsaid
from shared.messaging.inbox import Hearing
from shared.messaging.outbox import Relay
from shared.mongo import TRANSIENT, MongoDocuments, connect, database
from tests.helpers.builders import NOW, PM
from tests.helpers.wire import to_amqp

ROOM = "distribution"
HEARD = "MeetingEnded.v1"
QUEUE = f"{ROOM}.{HEARD}"
FOLLOWS = DeliveryCompleted(postmortem_id=PM, revision=1, accepted=1, failed=0, completed_at=NOW)
ENDED = MeetingEnded(postmortem_id=PM, uid="uid", ended_at=NOW)


class Count(BaseModel):
    """How often a postmortem was heard of."""

    n: int = 0


class Room:
    """What one instance of the counting room is made of; one that does not `declare` finds its queues there."""

    def __init__(self, url: str, mongo_url: str, database_name: str, *, declare: bool = True) -> None:
        self.bus = Bus(url, ROOM, declare=declare)
        self.client = connect(mongo_url)
        self.documents = MongoDocuments(database(self.client, database_name)["counts"], Count)
        self.relay = Relay(self.documents, self.bus.publish)
        self.counts = Repository(ROOM, self.documents, self.relay, SystemClock())
        self.before: Callable[[Received[Any]], Awaitable[None]] = _nothing
        self.after: Callable[[Received[Any]], Awaitable[None]] = _nothing
        hearing = Hearing(
            self.bus,
            dict.fromkeys([key for _, _, key in topology.bindings(ROOM)], _count),
            self,
            version="0.0.0",
            clock=SystemClock(),
            passing=TRANSIENT,
        )
        hearing.listen()

    async def start(self) -> None:
        """Begin to hear."""
        await self.documents.prepare()
        await self.bus.start()

    async def sweep(self) -> None:
        """Say and clear what is left, as a service does every second."""
        await self.relay.sweep()

    async def stop(self) -> None:
        """Stop hearing."""
        await self.bus.stop()
        self.client.close()

    async def counted(self) -> int:
        """Return the count of the sample postmortem."""
        state = await self.documents.state_of(PM)
        return state.n if state else 0

    async def until(self, n: int) -> None:
        """Wait until the count is reached."""
        await eventually(lambda: self._is(n))

    async def _is(self, n: int) -> bool:
        return await self.counted() == n


async def _count(message: Received[Any], room: Room) -> Reply | None:
    """Count one more; say that everything is delivered, so that there is an event to follow."""
    loaded = await room.counts.expect(message)
    await room.before(message)
    n = (loaded.state.n if loaded.state else 0) + 1
    decision: Decision[Count] = Decision(state=Count(n=n), events=(FOLLOWS,), reply=Reply(data={"n": n}))
    reply = await room.counts.commit(loaded, decision, message)
    await room.after(message)
    return reply


async def _nothing(_: Received[Any]) -> None:
    return None


async def eventually(right: Callable[[], Awaitable[bool]], timeout: float = 15.0) -> None:
    """Wait until something is so. Raises: TimeoutError."""
    async with asyncio.timeout(timeout):
        while not await right():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def a_channel(url: str) -> AsyncIterator[aio_pika.abc.AbstractChannel]:
    """A channel of a foreign client, to say and to look."""
    connection = await aio_pika.connect(url)
    async with connection, connection.channel(on_return_raises=True) as channel:
        yield channel


async def say(
    channel: aio_pika.abc.AbstractChannel, id: str, body: bytes | None = None, queue: str = QUEUE, **headers: str
) -> None:
    """Say the sample event straight into the room's queue (or another), as the broker would deliver it."""
    message = to_amqp(unsaid(ENDED, id=id, room="calendar", time=NOW))
    message.headers.update(headers)
    if body is not None:
        message.body = body
    await channel.default_exchange.publish(message, routing_key=queue)


async def depth(channel: aio_pika.abc.AbstractChannel, queue: str) -> int:
    """Return how many messages a queue holds."""
    declared = await channel.declare_queue(queue, passive=True)
    return declared.declaration_result.message_count or 0
