"""What was said: every event and every incident report, as a queue of our own hears them."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

from shared.messaging import topology
from shared.messaging.nodes import Roaming, connect, nodes

QUEUE = "chaos.journal"
KEPT = 300
"""So many of the newest messages are kept whole, to be said again."""


@dataclass(frozen=True)
class Said:
    """One event as it was heard first: its wire name, the postmortem, and the hash of its body.

    `sequence` is that of the calendar entry, where the event is about a meeting.
    """

    id: str
    name: str
    subject: str
    digest: str
    sequence: int | None = None


@dataclass
class Journal:
    """Every event by its id, in the order in which they came, and how often each came."""

    said: dict[str, Said] = field(default_factory=dict)
    copies: Counter[str] = field(default_factory=Counter)
    changed: set[str] = field(default_factory=set)
    newest: deque[AbstractIncomingMessage] = field(default_factory=lambda: deque(maxlen=KEPT))

    async def hear(self, message: AbstractIncomingMessage) -> None:
        """Note one message; an id that comes again with another body is remembered as changed."""
        id = str(message.headers.get("ce-id") or message.message_id)
        said = Said(
            id,
            str(message.headers.get("ce-type") or message.routing_key),
            str(message.headers.get("ce-subject")),
            hashlib.sha256(message.body).hexdigest(),
            _sequence(message.body),
        )
        if self.said.setdefault(id, said) != said:
            self.changed.add(id)
        self.copies[id] += 1
        self.newest.append(message)
        await message.ack()


def _sequence(body: bytes) -> int | None:
    """Return the SEQUENCE that an event tells; none of what is malformed on purpose."""
    try:
        told = json.loads(body)
    except ValueError:
        return None
    return told.get("sequence") if isinstance(told, dict) else None


@asynccontextmanager
async def listening(url: str, journal: Journal) -> AsyncIterator[None]:
    """Hear everything while the block runs, over a connection that comes back by itself."""
    places = nodes(url)
    roaming = partial(Roaming, nodes=places)
    connection = await aio_pika.connect_robust(places[0], reconnect_interval=1.0, connection_class=roaming)
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=100)
        queue = await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        for exchange in (topology.EVENTS, topology.INCIDENTS):
            await queue.bind(exchange, routing_key="#")
        await queue.consume(journal.hear)
        yield


async def until_heard(url: str, seconds: float) -> None:
    """Wait until nothing is left in the journal's queue. Raises: TimeoutError."""
    async with asyncio.timeout(seconds), await connect(nodes(url), seconds=5) as connection:
        channel = await connection.channel()
        while True:
            queue = await channel.declare_queue(QUEUE, passive=True)
            if not queue.declaration_result.message_count:
                return
            await asyncio.sleep(0.5)
