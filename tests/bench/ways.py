"""Two ways to handle the same messages: with the kernel, and with nothing in between.

Each runs as a process of its own until it is killed: `python -m tests.bench.ways afterword`, or as several:
`python -m tests.bench.ways afterword 2`; see workplace.py.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable

import aio_pika
import uvloop
from pydantic import BaseModel

from shared.clock import SystemClock
from shared.contracts.decision import Decision
from shared.contracts.events import DeliveryCompleted, MeetingEnded
from shared.garbage import collect_seldom, keep_what_is_loaded
from shared.messaging import topology
from shared.messaging.broker import Bus
from shared.messaging.documents import Repository
from shared.messaging.envelope import Received
from shared.messaging.inbox import Hearing
from shared.messaging.outbox import Relay
from shared.messaging.service import LEFT_FOR_S, SWEEP_EVERY_S, forever
from shared.mongo import TRANSIENT, MongoDocuments, connect, database
from shared.observability import start_logging
from tests.bench.workplace import Workplace, tick, workplace

ROOM = "distribution"
QUEUE = f"{ROOM}.{MeetingEnded.name}"
SAID = DeliveryCompleted.name
"""An event that only another room hears: what a room hears of itself would be handled, too."""


class Count(BaseModel):
    """How often a postmortem was heard of."""

    n: int = 0


class Told(DeliveryCompleted):
    """An event with so much beside that its body is as long as that of the message that it answers."""

    uid: str


class Counting:
    """A room that counts what it hears and says an event of the same size for each; handled as every room does it."""

    def __init__(self, place: Workplace) -> None:
        self.bus = Bus(place.rabbitmq_url, ROOM, place.prefetch)
        self.documents = MongoDocuments(database(connect(place.mongo_url), place.database)["counts"], Count)
        self.relay = Relay(self.documents, self.bus.publish)
        self.counts = Repository(ROOM, self.documents, self.relay, SystemClock())
        handlers = {MeetingEnded.name: _count}
        Hearing(self.bus, handlers, self, version="0.0.0", clock=SystemClock(), passing=TRANSIENT).listen()

    async def sweep(self) -> None:
        """Clear what was said, look for what is left and count it, as a service does."""
        await self.relay.sweep(LEFT_FOR_S)
        await self.relay.backlog()


async def _count(message: Received[MeetingEnded], room: Counting) -> None:
    loaded = await room.counts.expect(message)
    n = (loaded.state.n if loaded.state else 0) + 1
    heard = message.data
    event = Told(
        postmortem_id=message.subject, revision=n, accepted=1, failed=0, completed_at=heard.ended_at, uid=heard.uid
    )
    await room.counts.commit(loaded, Decision(state=Count(n=n), events=(event,)), message)
    tick()


async def afterword(place: Workplace) -> None:
    """Handle messages with the kernel, for ever."""
    start_logging(ROOM, "info")
    room = Counting(place)
    await room.documents.prepare()
    await room.bus.start()
    keep_what_is_loaded()
    await asyncio.gather(forever(room.sweep, SWEEP_EVERY_S), forever(room.relay.clear_for_others, 0.0))


async def floor(place: Workplace) -> None:
    """Handle messages with nothing in between, for ever."""
    rows = database(connect(place.mongo_url), place.database)["rows"]
    connection = await aio_pika.connect(place.rabbitmq_url)
    async with connection, connection.channel() as channel:
        await channel.set_qos(prefetch_count=place.prefetch)
        events = await channel.get_exchange(topology.EVENTS)

        async def handle(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            change = {"$inc": {"n": 1}, "$set": {"body": message.body.decode()}}
            await rows.update_one({"_id": message.headers["ce-subject"]}, change, upsert=True)
            said = aio_pika.Message(message.body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
            await events.publish(said, routing_key=SAID)
            await message.ack()
            tick()

        await (await channel.get_queue(QUEUE)).consume(handle)
        keep_what_is_loaded()
        await asyncio.Event().wait()


WAYS: dict[str, Callable[[Workplace], Awaitable[None]]] = {"floor": floor, "afterword": afterword}


async def _work(way: str) -> None:
    await WAYS[way](workplace())


def main(way: str, processes: str = "1") -> None:
    """Work until killed, beside as many others as make up the number; whoever kills this one kills them, too."""
    for _ in range(int(processes) - 1):
        subprocess.Popen((sys.executable, "-m", "tests.bench.ways", way))
    collect_seldom()  # as every room does
    uvloop.run(_work(way))


if __name__ == "__main__":
    main(*sys.argv[1:])
