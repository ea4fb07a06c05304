"""Messages that should not be: repeated, malformed, too large, other than they say; and the operator's commands."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection

from deploy.operate.replaying import replay
from deploy.operate.selecting import Wanted
from shared.clock import new_id
from shared.messaging import topology
from shared.messaging.envelope import LARGEST
from tests.faults.chaos.journal import Journal

REPEATED = 30
BEFORE = timedelta(minutes=5)
"""How far before a queue was deleted its messages may have been said."""
SECONDS = 60


@dataclass
class Messages:
    """Speaks to the broker directly, each call over a connection of its own; `poisoned` is what has to be parked."""

    url: str
    journal: Journal
    random: Random
    poisoned: dict[str, str] = field(default_factory=dict)
    replayed: int = 0
    logs_lost: int = 0

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return datetime.now(UTC)

    def repeat_some(self) -> None:
        """Say messages again that were said before, in any order."""
        chosen = self.random.sample(list(self.journal.newest), min(REPEATED, len(self.journal.newest)))

        async def say(channel: AbstractChannel) -> None:
            for heard in chosen:
                exchange = await channel.get_exchange(heard.exchange or "", ensure=False)
                copy = aio_pika.Message(
                    heard.body, headers=dict(heard.headers), message_id=heard.message_id, type=heard.type
                )
                await exchange.publish(copy, routing_key=heard.routing_key or "")

        self._over_a_channel(say)

    def malformed(self) -> None:
        """Put something into a room's queue that no parser takes."""
        self._put(self.random.choice([b"{", b"\xff\xfe", b"[]", b'{"postmortem_id": 7}', b""]))

    def oversized(self) -> None:
        """Put more into a room's queue than a message may hold."""
        self._put(b" " * (LARGEST + 1))

    def poison(self) -> None:
        """Put a message into a room's queue that says it is another one than it came as."""
        self._put(b"{}", {"ce-type": "ReviewApproved.v9"})

    def declare(self) -> None:
        """Do what `afterword topology apply` does."""
        self._run(topology.declare)

    def replay(self, room: str, name: str, deleted_at: datetime) -> None:
        """Do what `afterword replay ROOM --message NAME --since T` does."""

        async def again(connection: AbstractConnection) -> None:
            sent = await replay(connection, room, Wanted(messages=frozenset({name}), since=deleted_at - BEFORE))
            self.replayed += sent.total()

        self._run(again)

    def mend_log(self) -> None:
        """Make the log of events anew if its node has lost it, as docs/operations.md says."""

        async def mend(connection: AbstractConnection) -> None:
            try:
                async with connection.channel() as channel:
                    await channel.declare_queue(topology.LOG, passive=True)
            except aio_pika.exceptions.ChannelNotFoundEntity:
                self.logs_lost += 1
                async with connection.channel() as channel:
                    await channel.queue_delete(topology.LOG)
                await topology.declare(connection)

        self._run(mend)

    def _put(self, body: bytes, headers: dict[str, str] | None = None) -> None:
        room = self.random.choice(list(topology.HEARS))
        queue, _, _ = self.random.choice(topology.bindings(room))
        id = f"poison-{new_id()}"

        async def put(channel: AbstractChannel) -> None:
            message = aio_pika.Message(
                body, headers=dict(headers or {}), message_id=id, delivery_mode=aio_pika.DeliveryMode.PERSISTENT
            )
            await channel.default_exchange.publish(message, routing_key=queue)

        self.poisoned[id] = queue
        self._over_a_channel(put)

    def _over_a_channel(self, work: Callable[[AbstractChannel], Awaitable[None]]) -> None:
        async def over(connection: AbstractConnection) -> None:
            async with connection.channel(on_return_raises=True) as channel:
                await work(channel)

        self._run(over)

    def _run(self, work: Callable[[AbstractConnection], Awaitable[None]]) -> None:
        asyncio.run(self._connected(work))

    async def _connected(self, work: Callable[[AbstractConnection], Awaitable[None]]) -> None:
        """Try until it is done: the broker may be away for another reason at the same time. Raises: TimeoutError."""
        async with asyncio.timeout(SECONDS):
            while True:
                try:
                    async with await aio_pika.connect(self.url, timeout=5) as connection:
                        await work(connection)
                    break
                except (ConnectionError, aio_pika.exceptions.AMQPError):
                    await asyncio.sleep(1.0)
