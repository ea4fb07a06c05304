"""What the rooms say, as a queue of our own hears it: it wakes who waits for it, and knows when each message was said.

A queue that is not durable, without acknowledgements, bound to what is waited for alone: it takes little of the broker.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import aiormq
import orjson
from aiormq.abc import DeliveredMessage

from shared.messaging import topology

Json = dict[str, Any]
EVERYTHING = "#"
WAITED_FOR = (
    *("DraftCreated.v1", "ReviewersAssigned.v1", "ReviewApproved.v1", "MeetingScheduled.v1"),
    *("Published.v1", "DeliveryCompleted.v1"),
)


class Said(NamedTuple):
    """One message: its wire name, what it is about, when it was said by its own word, and when it was heard here."""

    name: str
    subject: str
    said_at: float
    heard_at: float


@dataclass
class Ear:
    """Hears messages; `said` keeps each by its id where all are wanted."""

    keeps: bool = False
    said: dict[str, Said] = field(default_factory=dict)
    _waiting: dict[tuple[str, str], asyncio.Future[Json]] = field(default_factory=dict)

    def expect(self, subject: str, *names: str) -> dict[str, asyncio.Future[Json]]:
        """Return what will have the body of the first message of each of these names about a postmortem."""
        loop = asyncio.get_running_loop()
        found = {name: loop.create_future() for name in names}
        self._waiting.update({(subject, name): future for name, future in found.items()})
        return found

    async def hear(self, message: DeliveredMessage) -> None:
        """Take one delivery."""
        headers: Any = message.header.properties.headers
        name, subject = str(headers["ce-type"]), str(headers["ce-subject"])
        if self.keeps:
            said_at = datetime.fromisoformat(str(headers["ce-time"])).timestamp()
            self.said.setdefault(str(headers["ce-id"]), Said(name, subject, said_at, time.time()))
        waiting = self._waiting.get((subject, name))
        if waiting is None:
            return
        body = orjson.loads(message.body)
        if body.get("status") == "tentative" and name == "MeetingScheduled.v1":
            return  # the slot is held; waited for is the meeting of an approved text
        self._waiting.pop((subject, name))
        if not waiting.done():
            waiting.set_result(body)


@asynccontextmanager
async def listening(url: str, ear: Ear) -> AsyncIterator[None]:
    """Hear what is waited for, or everything, commands too, while the block runs."""
    connection = await aiormq.connect(url)
    channel = await connection.channel()
    declared = await channel.queue_declare(exclusive=True, auto_delete=True)
    queue = str(declared.queue)
    for exchange, key in _bindings(everything=ear.keeps):
        await channel.queue_bind(queue, exchange, routing_key=key)
    await channel.basic_consume(queue, ear.hear, no_ack=True)
    try:
        yield
    finally:
        await connection.close()


def _bindings(*, everything: bool) -> Iterable[tuple[str, str]]:
    if everything:
        exchanges = (topology.EVENTS, topology.COMMANDS_EXCHANGE, topology.INCIDENTS)
        return [(exchange, EVERYTHING) for exchange in exchanges]
    return [(topology.EVENTS, name) for name in WAITED_FOR]
