"""What is said to the log, and what comes into queues: for tests of replay."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from aio_pika.abc import AbstractIncomingMessage

from shared.contracts import Message
from shared.messaging import topology
from shared.messaging.envelope import unsaid
from tests.helpers.builders import NOW
from tests.helpers.wire import to_amqp
from tests.integration.kernel_room import ENDED, a_channel, depth


async def tell(url: str, *facts: tuple[str, Message], time: datetime = NOW) -> None:
    """Say events as their rooms do, one after the other."""
    async with a_channel(url) as channel:
        for id, event in facts:
            exchange = await channel.get_exchange(topology.exchange_of(event.name), ensure=False)
            said = to_amqp(unsaid(event, id=id, room="calendar", time=time))
            await exchange.publish(said, routing_key=event.name)


async def tell_many(url: str, n: int) -> list[str]:
    """Say so many events at once; return their ids."""
    ids = [f"e-{i}" for i in range(n)]
    async with a_channel(url) as channel:
        exchange = await channel.get_exchange(topology.EVENTS, ensure=False)
        said = (to_amqp(unsaid(ENDED, id=id, room="calendar", time=NOW)) for id in ids)
        await asyncio.gather(*(exchange.publish(each, routing_key=ENDED.name) for each in said))
    return ids


async def taken(url: str, queue: str) -> list[AbstractIncomingMessage]:
    """Take all that is in a queue."""
    found = []
    async with a_channel(url) as channel:
        place = await channel.get_queue(queue)
        while message := await place.get(no_ack=True, fail=False):
            found.append(message)
    return found


async def empty(url: str, queue: str) -> None:
    """Throw away what is in a queue: as if its room had heard it."""
    async with a_channel(url) as channel:
        await (await channel.get_queue(queue)).purge()


async def ids_in(url: str, queue: str) -> list[str | None]:
    return [message.message_id for message in await taken(url, queue)]


@asynccontextmanager
async def hearing(url: str, queue: str) -> AsyncIterator[Counter[str | None]]:
    """Hear what comes to a queue as a room does; gives how often each id came."""
    heard: Counter[str | None] = Counter()

    async def hear(message: AbstractIncomingMessage) -> None:
        heard[message.message_id] += 1
        await message.ack()

    async with a_channel(url) as channel:
        await channel.set_qos(prefetch_count=20)
        await (await channel.get_queue(queue)).consume(hear)
        yield heard


async def waiting(url: str) -> dict[str, int]:
    """How many messages each room's queue holds, where there are any."""
    async with a_channel(url) as channel:
        names = [queue for room in topology.HEARS for queue, _, _ in topology.bindings(room)]
        counted = {name: await depth(channel, name) for name in names}
    return {name: n for name, n in counted.items() if n}
