"""Taskiq over aio-pika: quorum queue, acknowledged after the work, confirmed and persistent publishing."""

from __future__ import annotations

import asyncio
import json
from functools import cache

import aio_pika
from taskiq_aio_pika import AioPikaBroker, Queue, QueueType

from shared.messaging import topology
from shared.mongo import connect, database
from tests.bench.peers import work
from tests.bench.ways import SAID
from tests.bench.workplace import tick, workplace

broker = AioPikaBroker(
    workplace().rabbitmq_url, qos=workplace().prefetch, task_queues=[Queue(name="bench.taskiq", type=QueueType.QUORUM)]
)


@cache
def _rows() -> work.AsyncRows:
    return database(connect(workplace().mongo_url), workplace().database)["rows"]


@broker.task(task_name="handle")
async def handle(event: work.Event) -> None:
    """Count, say, tick; the library acknowledges when this returns."""
    which, how = work.change(event)
    await _rows().update_one(which, how, upsert=True)
    events = await broker.write_channel.get_exchange(topology.EVENTS, ensure=False)
    body = json.dumps(work.answer(event)).encode()
    said = aio_pika.Message(body, content_type="application/json", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
    await events.publish(said, routing_key=SAID)
    tick()


async def fill() -> None:
    """Put what the command line asks for into the queue."""
    await broker.startup()
    await asyncio.gather(*[handle.kiq(event) for event in work.heard()])
    await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(fill())
