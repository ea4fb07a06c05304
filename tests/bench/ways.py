"""Two ways to handle the same messages: with the kernel, and with nothing in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import aio_pika
from pydantic import BaseModel

from deploy.local.testing import fresh_database_name
from shared.clock import SystemClock
from shared.contracts.decision import Decision
from shared.contracts.events import MeetingCancelled, MeetingEnded
from shared.messaging import topology
from shared.messaging.broker import Bus
from shared.messaging.documents import Repository
from shared.messaging.envelope import Received
from shared.messaging.inbox import Hearing
from shared.messaging.outbox import Relay
from shared.messaging.service import LEFT_FOR_S, SWEEP_EVERY_S, forever
from shared.mongo import TRANSIENT, MongoDocuments, connect, database

ROOM = "distribution"
QUEUE = f"{ROOM}.{MeetingEnded.name}"
SAID = MeetingCancelled.name
PREFETCH = 20


@dataclass(kw_only=True)
class Meter:
    """Takes the time from the message that ends the warm-up to the last one."""

    warm_up: int
    messages: int
    seen: int = 0
    began: float = 0.0
    cpu_began: float = 0.0
    seconds: float = 0.0
    cpu: float = 0.0
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    def one_more(self) -> None:
        """Note that a message is handled."""
        self.seen += 1
        if self.seen == self.warm_up:
            self.began, self.cpu_began = time.perf_counter(), time.process_time()
        if self.seen == self.warm_up + self.messages:
            self.seconds = time.perf_counter() - self.began
            self.cpu = time.process_time() - self.cpu_began
            self.finished.set()


class Count(BaseModel):
    """How often a postmortem was heard of."""

    n: int = 0


class Counting:
    """A room that counts what it hears and says an event of the same size for each; handled as every room does it."""

    def __init__(self, url: str, mongo_url: str, heard: Callable[[], None]) -> None:
        self.bus = Bus(url, ROOM, PREFETCH)
        self.client = connect(mongo_url)
        self.documents = MongoDocuments(database(self.client, fresh_database_name())["counts"], Count)
        self.relay = Relay(self.documents, self.bus.publish)
        self.counts = Repository(ROOM, self.documents, self.relay, SystemClock())
        self.heard = heard
        handlers = {MeetingEnded.name: _count}
        Hearing(self.bus, handlers, self, version="0.0.0", clock=SystemClock(), passing=TRANSIENT).listen()

    async def sweep(self) -> None:
        """Clear what was said, look for what is left and count it, as a service does."""
        await self.relay.sweep(LEFT_FOR_S)
        await self.relay.backlog()


async def _count(message: Received[MeetingEnded], room: Counting) -> None:
    loaded = await room.counts.load(message)
    n = (loaded.state.n if loaded.state else 0) + 1
    event = MeetingCancelled(postmortem_id=message.subject, uid=message.data.uid, sequence=n, at=message.data.ended_at)
    await room.counts.commit(loaded, Decision(state=Count(n=n), events=(event,)), message)
    room.heard()


async def afterword(url: str, mongo_url: str, meter: Meter) -> None:
    """Handle messages with the kernel until the meter is full."""
    room = Counting(url, mongo_url, meter.one_more)
    await room.documents.prepare()
    await room.bus.start()
    sweeping = asyncio.create_task(forever(room.sweep, SWEEP_EVERY_S))
    await asyncio.wait_for(meter.finished.wait(), 120)
    sweeping.cancel()
    await room.bus.stop()
    room.client.close()


async def floor(url: str, mongo_url: str, meter: Meter) -> None:
    """Handle messages with nothing in between until the meter is full."""
    client = connect(mongo_url)
    rows = database(client, fresh_database_name())["rows"]
    connection = await aio_pika.connect(url)
    async with connection, connection.channel() as channel:
        await channel.set_qos(prefetch_count=PREFETCH)
        events = await channel.get_exchange(topology.EVENTS)

        async def handle(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            change = {"$inc": {"n": 1}, "$set": {"body": message.body.decode()}}
            await rows.update_one({"_id": message.headers["ce-subject"]}, change, upsert=True)
            said = aio_pika.Message(message.body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
            await events.publish(said, routing_key=SAID)
            await message.ack()
            meter.one_more()

        await (await channel.get_queue(QUEUE)).consume(handle)
        await asyncio.wait_for(meter.finished.wait(), 120)
    client.close()
