"""How many messages a room handles a second, beside a bare floor: `make bench`.

The floor does the same durable work with no checks: aio-pika takes a message, MongoDB takes one
majority-committed update, RabbitMQ confirms one publish, the message is acknowledged. Ours adds parsing, the
handled ids, the version check, the outbox and its clearing. Rounds are interleaved; ratios count, not seconds.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from uuid import NAMESPACE_URL, uuid5

import aio_pika

from deploy.local.testing import Servers, fresh_database_name, vhost
from shared.clock import new_id
from shared.contracts.events import MeetingEnded
from shared.messaging import topology
from shared.messaging.envelope import to_amqp, unsaid
from shared.messaging.service import SWEEP_EVERY_S, forever
from shared.mongo import connect, database
from tests.helpers.builders import NOW
from tests.integration.kernel_room import QUEUE, Room, a_channel, eventually

MESSAGES = 2000
ROUNDS = 5
PREFETCH = 20
Way = Callable[[str, str], Awaitable[float]]


async def fill(url: str) -> None:
    """Put messages about different postmortems into the room's queue."""
    async with a_channel(url) as channel:
        run = new_id()
        for start in range(0, MESSAGES, 100):
            await asyncio.gather(*(_one(channel, f"{run}-{n}") for n in range(start, start + 100)))


async def _one(channel: aio_pika.abc.AbstractChannel, name: str) -> None:
    event = MeetingEnded(postmortem_id=str(uuid5(NAMESPACE_URL, name)), uid="uid", ended_at=NOW)
    message = to_amqp(unsaid(event, id=name, room="calendar", time=NOW))
    await channel.default_exchange.publish(message, routing_key=QUEUE)


async def ours(url: str, mongo_url: str) -> float:
    """Handle them with the kernel; return messages a second."""
    room = Room(url, mongo_url, fresh_database_name())
    connection = await aio_pika.connect(url)
    async with connection:
        await topology.declare(connection)
    await fill(url)
    await room.documents.prepare()
    began: list[float] = []

    async def note_the_first(_: object) -> None:
        if not began:
            began.append(time.perf_counter())

    room.before = note_the_first
    await room.bus.start()
    sweeping = asyncio.create_task(forever(room.relay.flush, SWEEP_EVERY_S))

    async def done() -> bool:
        return await room.documents.collection.estimated_document_count() >= MESSAGES

    await eventually(done, timeout=120)
    rate = MESSAGES / (time.perf_counter() - began[0])
    sweeping.cancel()
    await room.stop()
    return rate


async def floor(url: str, mongo_url: str) -> float:
    """Handle them with nothing in between; return messages a second."""
    client = connect(mongo_url)
    rows = database(client, fresh_database_name())["rows"]
    connection = await aio_pika.connect(url)
    async with connection:
        await topology.declare(connection)
        await fill(url)
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=PREFETCH)
        events = await channel.get_exchange(topology.EVENTS)
        left = MESSAGES
        finished = asyncio.Event()

        async def handle(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            nonlocal left
            body = message.body.decode()
            await rows.update_one({"_id": message.message_id}, {"$inc": {"n": 1}, "$set": {"body": body}}, upsert=True)
            said = aio_pika.Message(message.body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
            await events.publish(said, routing_key="DeliveryCompleted.v1")
            await message.ack()
            left -= 1
            if left == 0:
                finished.set()

        queue = await channel.get_queue(QUEUE)
        began = time.perf_counter()
        await queue.consume(handle)
        await asyncio.wait_for(finished.wait(), 120)
        rate = MESSAGES / (time.perf_counter() - began)
    client.close()
    return rate


async def measure(servers: Servers) -> dict[str, list[float]]:
    """Return the rates of both ways, round by round."""
    ways: dict[str, Way] = {"floor": floor, "afterword": ours}
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(1, ROUNDS + 1):
        for name, way in ways.items():
            with vhost(servers.rabbitmq) as url:
                rates[name].append(await way(url, servers.mongodb.url))
        sys.stderr.write(f"round {number} of {ROUNDS} done\n")
    return rates


def main() -> None:
    """Measure, and print a table with ratios first."""
    with tempfile.TemporaryDirectory() as folder, Servers(Path(folder)) as servers:
        rates = asyncio.run(measure(servers))
    base = median(rates["floor"])
    sys.stdout.write("| ratio | way | median messages/s | min | max |\n|--:|---|--:|--:|--:|\n")
    for name, values in rates.items():
        middle = median(values)
        sys.stdout.write(
            f"| {middle / base:.2f} | {name} | {middle:,.0f} | {min(values):,.0f} | {max(values):,.0f} |\n"
        )


if __name__ == "__main__":
    main()
