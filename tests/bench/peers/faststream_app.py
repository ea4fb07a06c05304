"""Plain FastStream: quorum queue, acknowledged after the work, confirmed and persistent publishing; no outbox."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from functools import cache

from faststream import FastStream
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitExchange, RabbitQueue
from faststream.rabbit.schemas import ExchangeType
from pydantic import BaseModel

from shared.messaging import topology
from shared.mongo import connect, database
from tests.bench.peers import work
from tests.bench.ways import SAID
from tests.bench.workplace import tick, workplace

QUEUE = RabbitQueue("bench.faststream", queue_type=QueueType.QUORUM, durable=True)
EVENTS = RabbitExchange(topology.EVENTS, type=ExchangeType.TOPIC, declare=False)

broker = RabbitBroker(workplace().rabbitmq_url, log_level=logging.DEBUG)
app = FastStream(broker)


class Heard(BaseModel):
    """The event as the library reads it."""

    postmortem_id: str
    uid: str
    ended_at: datetime


class Answer(BaseModel):
    """The event that is said."""

    postmortem_id: str
    revision: int = 1
    accepted: int = 1
    failed: int = 0
    completed_at: datetime
    uid: str


@cache
def _rows() -> work.AsyncRows:
    return database(connect(workplace().mongo_url), workplace().database)["rows"]


@broker.subscriber(QUEUE, channel=Channel(prefetch_count=workplace().prefetch), no_reply=True)
async def handle(event: Heard) -> None:
    """Count, say, tick; the library acknowledges when this returns."""
    which, how = work.change(event.model_dump())
    await _rows().update_one(which, how, upsert=True)
    said = Answer(postmortem_id=event.postmortem_id, completed_at=event.ended_at, uid=event.uid)
    await broker.publish(said, exchange=EVENTS, routing_key=SAID, persist=True)
    tick()


async def fill() -> None:
    """Put what the command line asks for into the queue."""
    async with broker:
        await broker.declare_queue(QUEUE)
        await asyncio.gather(*[broker.publish(event, QUEUE, persist=True) for event in work.heard()])


if __name__ == "__main__":
    asyncio.run(fill())
