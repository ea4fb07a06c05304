"""Looking into parking queues, and taking messages out of them, over AMQP.

A queue has no other way to be read than to get its messages: so they are got without being acknowledged and
given back in the order in which they were. They are given back by nack, which RabbitMQ from 4.3 on does not
count as a failed delivery.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import ChannelNotFoundEntity, DeliveryError, PublishError

from deploy.local.errors import LocalError
from deploy.operate.parked import Wanted
from shared.messaging.parked import PARKINGS, Parked, parked, redriven

AT_ONCE = 24
"""So many messages are given back before we wait until they are there: a broker in a hurry mixes up their order."""
CONFIRM_S = 10.0

Visit = Callable[[AbstractIncomingMessage], Awaitable[bool]]
Seen = Callable[[], None]
Chosen = frozenset[tuple[str, str]]
"""Parking queue and id of every message that is meant."""


def nothing_seen() -> None:
    """Show no progress."""


async def counts(connection: AbstractConnection, parkings: Iterable[str] = tuple(PARKINGS)) -> dict[str, int]:
    """Return how many messages wait in each parking queue, -1 when there is no such queue."""
    found = {}
    for name in parkings:
        async with connection.channel() as channel:
            try:
                queue = await channel.declare_queue(name, passive=True)
            except ChannelNotFoundEntity:
                found[name] = -1
            else:
                found[name] = queue.declaration_result.message_count or 0
    return found


async def look(
    connection: AbstractConnection, parkings: Iterable[str], wanted: Wanted, seen: Seen = nothing_seen
) -> list[tuple[str, Parked]]:
    """Return the parking queue and the summary of every message that is meant; all stay where they are."""
    found: list[tuple[str, Parked]] = []

    for parking in parkings:

        async def note(message: AbstractIncomingMessage, parking: str = parking) -> bool:
            summary = parked(message, parking)
            if wanted.takes(summary):
                found.append((parking, summary))
            return False

        await walk(connection, parking, note, seen)
    return found


async def redrive(connection: AbstractConnection, chosen: Chosen, seen: Seen = nothing_seen) -> list[Parked]:
    """Send the chosen messages to where they were heard, and return them.

    Each is acknowledged when its copy is confirmed: a crash in between leaves it twice, under one id.

    Raises: LocalError when a queue does not take its message; that one, and those after it, stay parked.
    """
    done: list[Parked] = []
    async with connection.channel(on_return_raises=True) as out:

        async def send(message: AbstractIncomingMessage, summary: Parked) -> None:
            await _confirmed(out, message, summary)
            await message.ack()
            done.append(summary)

        try:
            await _each(connection, chosen, send, seen)
        except LocalError as error:
            msg = f"{error}; redriven before it: {len(done)}"
            raise LocalError(msg) from error
    return done


async def drop(
    connection: AbstractConnection, chosen: Chosen, tell: Callable[[Parked], None], seen: Seen = nothing_seen
) -> int:
    """Remove the chosen messages for good, each after `tell` has written down what it was; return how many."""
    dropped = 0

    async def remove(message: AbstractIncomingMessage, summary: Parked) -> None:
        nonlocal dropped
        tell(summary)
        await message.ack()
        dropped += 1

    await _each(connection, chosen, remove, seen)
    return dropped


async def walk(connection: AbstractConnection, parking: str, visit: Visit, seen: Seen = nothing_seen) -> None:
    """Visit every message that is in a parking queue now; those for which `visit` answers False are given back.

    Raises: LocalError that `visit` raised, at the end: what is given back goes behind what was given back before,
    so the order stays only when all were got.
    """
    async with connection.channel() as channel:
        queue = await channel.declare_queue(parking, passive=True)
        back: list[int] = []
        refused: list[LocalError] = []
        try:
            for _ in range(queue.declaration_result.message_count or 0):
                message = await queue.get(no_ack=False, fail=False)
                if message is None:
                    break
                back.append(message.delivery_tag or 0)
                if not refused and await _settled(visit, message, refused):
                    back.pop()
                seen()
        finally:
            await _give_back(channel, queue, back)
    if refused:
        raise refused[0]


async def _settled(visit: Visit, message: AbstractIncomingMessage, refused: list[LocalError]) -> bool:
    try:
        return await visit(message)
    except LocalError as error:
        refused.append(error)
        return False


async def _each(
    connection: AbstractConnection,
    chosen: Chosen,
    settle: Callable[[AbstractIncomingMessage, Parked], Awaitable[None]],
    seen: Seen,
) -> None:
    for parking in sorted({parking for parking, _ in chosen}):

        async def visit(message: AbstractIncomingMessage, parking: str = parking) -> bool:
            summary = parked(message, parking)
            if (parking, summary.id) not in chosen:
                return False
            await settle(message, summary)
            return True

        await walk(connection, parking, visit, seen)


async def _confirmed(out: AbstractChannel, message: AbstractIncomingMessage, summary: Parked) -> None:
    try:
        await out.default_exchange.publish(redriven(message), routing_key=summary.queue, timeout=CONFIRM_S)
    except (PublishError, DeliveryError, TimeoutError) as error:
        why = "does not exist" if isinstance(error, PublishError) else "did not take it"
        msg = f"{summary.id} stays parked: {summary.queue} {why}; see `afterword topology check`"
        raise LocalError(msg) from error


async def _give_back(channel: AbstractChannel, queue: AbstractQueue, tags: list[int]) -> None:
    """Give messages back one after the other, and wait now and then until the broker has them."""
    wire = await channel.get_underlay_channel()
    before = await ready(channel, queue.name)
    for n, tag in enumerate(tags, 1):
        await wire.basic_nack(tag, requeue=True)
        if n % AT_ONCE == 0 or n == len(tags):
            with suppress(TimeoutError):  # somebody else takes messages at the same time
                async with asyncio.timeout(2.0):
                    while await ready(channel, queue.name) < before + n:
                        await asyncio.sleep(0.005)


async def ready(channel: AbstractChannel, queue: str) -> int:
    """Return how many messages of a queue nobody has been given yet."""
    declared = await channel.declare_queue(queue, passive=True)
    return declared.declaration_result.message_count or 0
