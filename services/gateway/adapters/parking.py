"""The broker as operators see it: how long its queues are, and what is parked: looked at, sent again, dropped.

Each look has a connection of its own, so that nothing of it is in the way of what the gateway hears and says. How long
a queue is, every user may ask. To read what is parked takes a user that may: OPERATOR_RABBITMQ_URL names it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, ChannelNotFoundEntity, DeliveryError, PublishError

from services.gateway.domain.operating import BrokerState, Depth, ParkedMessage
from services.gateway.ports.operating import Away
from shared.messaging import retry, topology
from shared.messaging.nodes import connect, shuffled
from shared.messaging.parked import PARKINGS, moment, parked, pretty, redriven, text

log = structlog.get_logger(__name__)

CONNECT_S, ALTOGETHER_S, CONFIRM_S = 3.0, 15.0, 5.0
AT_ONCE = 4
"""Channels on which queues are asked for at once; one alone would wait for each answer."""
WINDOW = 50
"""Messages that are got to find one among them. All looks get as many, so that the order stays as it is."""
MOST = 1_000
"""Messages that one request sends again or drops; the next one goes on."""

Settle = Callable[[AbstractIncomingMessage, ParkedMessage], Awaitable[None]]


@asynccontextmanager
async def connected(url: str, what: str) -> AsyncIterator[AbstractConnection]:
    """Give a connection for as long as the block runs, bounded in time. Raises: Away."""
    try:
        async with asyncio.timeout(ALTOGETHER_S):
            connection = await connect(shuffled(url), seconds=CONNECT_S, name=what)
            async with connection:
                yield connection
    except (TimeoutError, OSError, AMQPError) as error:
        log.warning("rabbitmq does not answer an operator", error=repr(error))
        said = " ".join(str(error).split()) or type(error).__name__
        raise Away(f"RabbitMQ does not answer, or refuses: {said[:300]}") from error


class BrokerDepths:
    """How long queues are: asked for by the user that the gateway has anyhow."""

    def __init__(self, url: str) -> None:
        self.url = url
        hearers = [queue for room in topology.HEARS for queue, _, _ in topology.bindings(room)]
        self.queues = (*hearers, *PARKINGS, *map(topology.waiting, topology.waiting_times()))

    async def state(self) -> BrokerState:
        """Return the broker's version and the length of every queue. Raises: Away."""
        async with connected(self.url, "afterword.gateway.operations") as connection:
            parts = await asyncio.gather(*(_depths(connection, self.queues[n::AT_ONCE]) for n in range(AT_ONCE)))
            return BrokerState(version=_version(connection), depths=[each for part in parts for each in part])


async def _depths(connection: AbstractConnection, queues: Sequence[str]) -> list[Depth]:
    """Ask for queues one after the other; a missing one closes the channel, so the next has another."""
    found: list[Depth] = []
    while len(found) < len(queues):
        async with connection.channel(publisher_confirms=False) as channel:
            try:
                for name in queues[len(found) :]:
                    told = (await channel.declare_queue(name, passive=True)).declaration_result
                    found.append(Depth(name, told.message_count or 0, told.consumer_count or 0))
            except ChannelNotFoundEntity:
                found.append(Depth(queues[len(found)], None))
    return found


def _version(connection: AbstractConnection) -> str:
    wire = connection.transport.connection if connection.transport else None
    version = wire.server_properties.get("version", "") if wire else ""
    return version.decode("ascii", "replace") if isinstance(version, bytes) else str(version)


class BrokerParking:
    """What is parked, for the user that may read it."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def first(self, queue: str, most: int) -> Sequence[ParkedMessage]:
        """Return the first messages that are parked for a queue; they stay. Raises: Away, KeyError."""
        async with self._opened(queue) as (channel, parking):
            got = await _got(channel, parking, WINDOW)
            await _give_back(got)
            return [_shown(message, parking) for message in got[:most]]

    async def redrive(self, queue: str, id: str | None) -> Sequence[ParkedMessage]:
        """Send one message, or all, to where it was heard; return them. Raises: Away, KeyError."""
        async with self._opened(queue) as (channel, parking):

            async def send(message: AbstractIncomingMessage, shown: ParkedMessage) -> None:
                try:
                    exchange = channel.default_exchange
                    await exchange.publish(redriven(message), routing_key=shown.queue, timeout=CONFIRM_S)
                except (PublishError, DeliveryError) as error:
                    msg = f"{shown.queue} did not take {shown.id}, which stays parked; see `afterword topology check`"
                    raise Away(msg) from error
                await message.ack()

            return await _settled(channel, parking, id, send)

    async def drop(self, queue: str, id: str | None) -> Sequence[ParkedMessage]:
        """Remove one message, or all, for good; return them. Raises: Away, KeyError."""
        async with self._opened(queue) as (channel, parking):
            return await _settled(channel, parking, id, lambda message, _: message.ack())

    @asynccontextmanager
    async def _opened(self, queue: str) -> AsyncIterator[tuple[AbstractChannel, str]]:
        """What is got and not settled when the channel closes, the broker gives back by itself."""
        parking = {hearer: parking for parking, hearer in PARKINGS.items()}[queue]
        async with (
            connected(self.url, "afterword.operator") as connection,
            connection.channel(on_return_raises=True) as channel,
        ):
            yield channel, parking


async def _settled(channel: AbstractChannel, parking: str, id: str | None, settle: Settle) -> list[ParkedMessage]:
    if id is not None:
        got = await _got(channel, parking, WINDOW)
        chosen = [message for message in got if _shown(message, parking).id == id][:1]
        try:
            return [await _one(message, parking, settle) for message in chosen]
        finally:
            await _give_back([message for message in got if message not in chosen])
    done: list[ParkedMessage] = []
    while len(done) < MOST and (got := await _got(channel, parking, 1)):
        done.append(await _one(got[0], parking, settle))
    return done


async def _one(message: AbstractIncomingMessage, parking: str, settle: Settle) -> ParkedMessage:
    shown = _shown(message, parking)
    await settle(message, shown)
    return shown


async def _got(channel: AbstractChannel, parking: str, most: int) -> list[AbstractIncomingMessage]:
    queue = await channel.get_queue(parking, ensure=False)
    got: list[AbstractIncomingMessage] = []
    while len(got) < most and (message := await queue.get(no_ack=False, fail=False)) is not None:
        got.append(message)
    return got


async def _give_back(got: Sequence[AbstractIncomingMessage]) -> None:
    """By nack and in their order, which RabbitMQ from 4.3 on does not count as a failed delivery."""
    for message in got:
        await message.nack(requeue=True)


def _shown(message: AbstractIncomingMessage, parking: str) -> ParkedMessage:
    summary = parked(message, parking)
    return ParkedMessage(**vars(summary), parked_at=_parked_at(message), body=pretty(message.body))


def _parked_at(message: AbstractIncomingMessage) -> datetime | None:
    """Return when a room parked it; the broker itself notes nothing that can be read, nor does a webhook."""
    try:
        return moment(text(message.headers, retry.PARKED_AT) or None)
    except ValueError:
        return None
