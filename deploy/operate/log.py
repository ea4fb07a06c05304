"""Reading the log of events, the stream `afterword.log`, from some time on to where it ends now.

A stream has no end and does not tell how far it goes. So we say a mark to it and read as far as that: whatever
was said before the mark is read, however much comes after it. The mark stays in the log; nobody hears it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import ChannelNotFoundEntity, DeliveryError, PublishError

from deploy.local.errors import LocalError
from deploy.operate.broker import said
from shared.clock import new_id
from shared.messaging import topology

MARK = "afterword.mark"
PLACE = "x-stream-offset"
AHEAD = 300
"""So many messages are on their way to us at once."""
SKEW = timedelta(hours=1)
"""The broker finds a place by its own clock, and messages bear their sayers': we begin so much earlier."""
SILENT_S = 30.0

LOST = "the connection to RabbitMQ was lost while reading the log: see `afterword status`, then run this again"

Visit = Callable[[AbstractIncomingMessage], Awaitable[None]]
Coming = asyncio.Queue[AbstractIncomingMessage | None]


async def walk(connection: AbstractConnection, visit: Visit, since: datetime | None = None) -> None:
    """Visit every message that is in the log now, in order; with `since`, at least those said from then on.

    Raises: LocalError when there is no log, it is down, or it stops to answer.
    """
    async with connection.channel(on_return_raises=True) as channel:
        await channel.set_qos(prefetch_count=AHEAD)
        coming = await _begun(channel, since - SKEW if since else "first")
        mark = await _marked(channel)
        while (message := await _next(coming)).message_id != mark:
            await visit(message)
            await _taken(message)


async def _taken(message: AbstractIncomingMessage) -> None:
    """Tell the broker that a message was taken. Raises: LocalError when the connection is gone.

    The library ends whatever waits on a connection that is closed with an error of no kind of its own.
    """
    try:
        await message.ack()
    except Exception as error:
        raise LocalError(LOST) from error


async def end_of(connection: AbstractConnection) -> int:
    """Return the place where the log ends now: every event that was said before has a smaller one.

    Raises: LocalError when there is no log, it is down, or it stops to answer.
    """
    async with connection.channel(on_return_raises=True) as channel:
        await channel.set_qos(prefetch_count=AHEAD)
        coming = await _begun(channel, "last")
        mark = await _marked(channel)
        while (message := await _next(coming)).message_id != mark:
            await _taken(message)
        return int(str(message.headers[PLACE]))


async def _begun(channel: AbstractChannel, place: datetime | str) -> Coming:
    """Begin to read. Raises: LocalError when there is nothing to be read."""
    coming: Coming = asyncio.Queue()

    async def closed(*_: object) -> None:
        await coming.put(None)

    channel.close_callbacks.add(closed)
    try:
        log = await channel.declare_queue(topology.LOG, passive=True)
        await log.consume(coming.put, arguments={PLACE: place})
    except ChannelNotFoundEntity as error:
        raise LocalError(_absent(said(error))) from error
    return coming


async def _marked(channel: AbstractChannel) -> str:
    """Say the mark and return its id."""
    mark = aio_pika.Message(b"", message_id=new_id(), type=MARK, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
    try:
        await channel.default_exchange.publish(mark, routing_key=topology.LOG, timeout=SILENT_S)
    except (PublishError, DeliveryError, TimeoutError) as error:
        raise LocalError(_absent(said(error))) from error
    return mark.message_id or ""


async def _next(coming: Coming) -> AbstractIncomingMessage:
    try:
        async with asyncio.timeout(SILENT_S):
            message = await coming.get()
    except TimeoutError as error:
        raise LocalError(_absent(f"it said nothing for {SILENT_S:.0f} s")) from error
    if message is None:
        raise LocalError(LOST)
    return message


def _absent(why: str) -> str:
    if "no queue" in why:
        return (
            f"the broker has no {topology.LOG}: `afterword topology apply` makes it, and it keeps what is said after"
            " that; what was said before cannot be replayed"
        )
    return (
        f"{topology.LOG} is down: {why}\nWait for its node to come back. When the node has lost it:"
        f" `rabbitmqctl delete_queue {topology.LOG}`, then `afterword topology apply`; its events are gone then"
    )
