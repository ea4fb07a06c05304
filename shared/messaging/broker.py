"""The bus: FastStream hears, aio-pika under it says, with the settings that lose nothing.

The framework's defaults would deliver without limit, publish without persistence, return unroutable
messages as values that nobody looks at and ignore the publish timeout. So each queue is heard on a channel
of its own with a prefetch, and everything is said on one more channel of the same connection, persistent,
with confirms, mandatory, and bounded in time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar, cast

import aio_pika
import aiormq
import structlog
from aio_pika.exceptions import ChannelInvalidStateError, PublishError
from faststream import AckPolicy
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitExchange, RabbitMessage, RabbitQueue
from faststream.rabbit.schemas import ExchangeType
from faststream.rabbit.schemas.queue import QuorumQueueArgs
from yarl import URL

from shared.messaging import topology
from shared.messaging.envelope import Outgoing, Unsaid, to_amqp
from shared.messaging.nodes import UNREACHABLE, Roaming, connect, shuffled
from shared.messaging.outbox import PublishUnconfirmed, Unroutable
from shared.messaging.traced import saying
from shared.messaging.trouble import broker_trouble

log = structlog.get_logger(__name__)

HEARTBEAT_S = 5
CONNECT_TIMEOUT_S = 5.0
PUBLISH_TIMEOUT_S = 5.0
GRACE_S = 12.0
LOOK_AGAIN_S = 0.25
"""Rooms start beside the broker as often as after it, and everything waits for the last of them."""
UNCONFIRMED = 100
"""So many messages may be on their way before the next one waits for the socket; those given up count, too."""
LARGE = 64 * 1024

T = TypeVar("T")
Sendable = Outgoing | aio_pika.Message
Hear = Callable[[str, RabbitMessage], Awaitable[None]]


class Bus:
    """One room's connection to RabbitMQ. `start` waits for the broker as long as it takes."""

    def __init__(self, url: str, room: str, prefetch: int = 20, *, declare: bool = True) -> None:
        self.nodes = [
            str(URL(node).update_query(heartbeat=HEARTBEAT_S, name=f"afterword.{room}")) for node in shuffled(url)
        ]
        self.url = url
        self.room = room
        self.prefetch = prefetch
        self.declare = declare
        self.broker = RabbitBroker(
            self.nodes[0],
            fail_fast=False,
            reconnect_interval=1.0,
            timeout=CONNECT_TIMEOUT_S,  # else an attempt that hears nothing, not even a refusal, is never given up
            graceful_timeout=GRACE_S,
            app_id=f"afterword/{room}",
            apply_types=False,
            decoder=_raw,
            logger=logging.getLogger("afterword.bus"),
            log_level=logging.DEBUG,
        )
        # the framework has no public way to say which class of connections it is to make
        self.broker._connection_kwargs["connection_class"] = partial(Roaming, nodes=self.nodes)  # noqa: SLF001
        self._out: aio_pika.abc.AbstractChannel | None = None

    def hear(self, queue: str, exchange: str, key: str, hear: Hear) -> None:
        """Subscribe to one of the room's queues; `hear` acknowledges by itself."""

        @self.broker.subscriber(
            RabbitQueue(
                queue,
                queue_type=QueueType.QUORUM,
                durable=True,
                routing_key=key,
                declare=self.declare,
                arguments=_extra(topology.queue_arguments(queue)),
            ),
            RabbitExchange(exchange, type=ExchangeType.TOPIC, declare=False),
            channel=Channel(prefetch_count=self.prefetch),
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
        )
        async def deliver(_: bytes) -> None:
            await hear(queue, self.broker.context.get_local("message"))

    def hear_replies(self, queue: str, hear: Callable[[RabbitMessage], Awaitable[None]]) -> None:
        """Subscribe to a reply queue of this process alone; it is gone with the connection."""

        @self.broker.subscriber(
            RabbitQueue(queue, durable=False, exclusive=True, auto_delete=True),
            RabbitExchange(topology.REPLIES, type=ExchangeType.TOPIC, declare=False),
            channel=Channel(prefetch_count=self.prefetch),
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
        )
        async def deliver(_: bytes) -> None:
            message: RabbitMessage = self.broker.context.get_local("message")
            await hear(message)
            await message.ack()

    async def start(self) -> None:
        """Declare the topology and begin to hear; waits until the broker is there."""
        while self.declare and not await self._declared():
            await asyncio.sleep(LOOK_AGAIN_S)  # noqa: TID251 - waiting for a server to come up
        connection = await self.broker.connect()
        self._out = await connection.channel(on_return_raises=True)  # before the first message is heard
        await self._heard()

    async def _heard(self) -> None:
        """Begin to hear all queues side by side; the framework's own start takes one after another, a channel each.

        Raises: whatever kept one from it; then it can be called again, and begins with what is missing.
        """
        silent = [subscriber for subscriber in self.broker.subscribers if not subscriber.running]
        told = await asyncio.gather(*(subscriber.start() for subscriber in silent), return_exceptions=True)
        for error in filter(None, told):
            raise error
        self.broker.running = True

    def _connection(self) -> aio_pika.abc.AbstractConnection:
        """The live connection; the framework has no public way to it. Raises: PublishUnconfirmed."""
        connection = self.broker._connection  # noqa: SLF001
        if connection is None:
            raise PublishUnconfirmed("not connected to rabbitmq yet")
        return connection

    async def _declared(self) -> bool:
        """Try once; a broker that has just come back may still be looking for its queues."""
        try:
            connection = await connect(self.nodes, seconds=CONNECT_TIMEOUT_S, name=f"afterword.{self.room}")
            async with connection:
                await topology.declare(connection, self.room)
        except UNREACHABLE as error:
            log.warning("waiting for rabbitmq", error=str(broker_trouble(error, self.url)))
            return False
        return True

    async def stop(self) -> None:
        """Take no more messages, let running handlers finish within the grace period, close.

        A connection that is cut hears no goodbye, and the framework waits for the answer until heartbeats miss it.
        """
        try:
            async with asyncio.timeout(GRACE_S + 1.0):
                await self.broker.stop()
        except TimeoutError:
            log.warning("rabbitmq did not let us go in time; what was not settled comes again")

    async def publish(self, message: Unsaid, reply_to: str | None = None) -> None:
        """Say a message; returns when the broker has it on disk. Raises: PublishUnconfirmed, Unroutable."""
        with saying(message) as said:
            await self._confirmed(to_amqp(said, reply_to), topology.exchange_of(message.name), message.name)

    async def reply(self, queue: str, correlation_id: str, body: bytes) -> None:
        """Answer a command. Nobody waiting any more is no error: the answer is kept with the command's id."""
        message = aio_pika.Message(body, correlation_id=correlation_id, content_type="application/json")
        try:
            await self._confirmed(message, topology.REPLIES, queue)
        except (Unroutable, PublishUnconfirmed) as error:
            log.info("reply not taken", queue=queue, correlation_id=correlation_id, error=str(error))

    async def forward(self, message: RabbitMessage, exchange: str, queue: str, headers: dict[str, Any]) -> None:
        """Send a heard message on, to wait or to be parked, with its properties kept. Raises: PublishUnconfirmed.

        A lost channel is waited for: what is given back because nothing can be said comes again at once, and would
        be given back so often, in a few milliseconds, that the broker parks it.
        """
        raw = message.raw_message
        copy = aio_pika.Message(
            raw.body,
            headers=headers,
            content_type=raw.content_type,
            message_id=raw.message_id,
            type=raw.type,
            correlation_id=raw.correlation_id,
            reply_to=raw.reply_to,
            timestamp=raw.timestamp,
            app_id=raw.app_id,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        await self._restored()
        await self._confirmed(copy, exchange, queue)

    async def put_aside(self, message: aio_pika.Message, queue: str) -> None:
        """Park a message that never got as far as its queue. Raises: PublishUnconfirmed, Unroutable."""
        await self._confirmed(message, topology.PARKING, queue)

    async def _restored(self) -> None:
        """Wait, bounded in time, until what was lost with a connection is there again. Raises: PublishUnconfirmed."""
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_S):
                while self._out is None or self._out.is_closed:  # what tells more is told too late
                    await asyncio.sleep(0.02)  # noqa: TID251 - a channel that is being made again
        except TimeoutError as error:
            raise PublishUnconfirmed("the connection did not come back in time") from error

    async def _confirmed(self, message: Sendable, exchange: str, key: str) -> None:
        """Publish and wait for the broker's word, bounded in time."""
        if self._out is None:
            raise PublishUnconfirmed("not connected to rabbitmq yet")
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_S):
                await uncancelled(_put(self._out, message, exchange, key))
        except TimeoutError as error:
            raise PublishUnconfirmed("no confirm in time") from error
        except PublishError as error:
            msg = f"no queue takes {key!r} from exchange {exchange!r}"
            raise Unroutable(msg) from error
        except Exception as error:  # whatever a dying connection raises, the outcome is unknown
            raise PublishUnconfirmed(repr(error)) from error

    async def _round_trip(self) -> None:
        channel = await self._connection().channel(publisher_confirms=False)
        await channel.close()

    async def alive(self) -> bool:
        """Say whether a channel can be opened right now; the framework's ping only reads a local flag."""
        try:
            async with asyncio.timeout(2.0):
                await uncancelled(self._round_trip())
        except Exception as error:  # noqa: BLE001 - every failure means the same: not alive
            log.warning("rabbitmq does not answer", error=repr(error))
            return False
        return True


async def _put(out: aio_pika.abc.AbstractChannel, message: Sendable, exchange: str, key: str) -> None:
    """Publish, and wait for the confirm alone while that keeps little in memory.

    The library's exchanges wait for the socket first, with nobody else writing meanwhile, so that each message is a
    write of its own. Where the broker takes nothing any more, that is what bounds our memory.
    """
    if out.is_closed:
        raise ChannelInvalidStateError("the channel is closed")
    channel = cast("aiormq.Channel", await out.get_underlay_channel())
    is_much = len(channel.confirmations) >= UNCONFIRMED or len(message.body) > LARGE
    await channel.basic_publish(
        message.body, exchange=exchange, routing_key=key, properties=message.properties, mandatory=True, wait=is_much
    )


async def uncancelled(waiting: Awaitable[T]) -> T:
    """Wait for something that nobody but us may cancel, and return what it returns.

    A connection that is declared stuck cancels whatever waits for an answer over it; taken for our own being cancelled,
    that would end a task for ever. Raises: ConnectionError in its place, and whatever else the waiting raises.
    """
    try:
        return await waiting
    except asyncio.CancelledError as error:
        if (task := asyncio.current_task()) and task.cancelling():
            raise
        msg = "cancelled by a connection that is gone"
        raise ConnectionError(msg) from error


async def _raw(message: RabbitMessage) -> bytes:
    """Leave the body alone: parsing and its errors belong to the hearing, not to the framework."""
    return message.body


def _extra(arguments: dict[str, str | int]) -> QuorumQueueArgs:
    """The framework sends the queue type itself."""
    return cast("QuorumQueueArgs", {key: value for key, value in arguments.items() if key != "x-queue-type"})
