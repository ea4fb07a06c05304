"""Virtual hosts with the whole topology, for one test after the other: to make one takes longer than most tests.

Each test gets one as good as new: no messages, an empty log, nobody who hears, and exchanges, queues, bindings and
policies exactly as they are declared. One that cannot be brought back to that is removed, and a new one is made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aio_pika
import httpx
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import AMQPError

from deploy.local.rabbitmq import RabbitMQ
from deploy.local.testing import delete_vhost, fresh_vhost
from shared.messaging import topology

T = TypeVar("T")
LEFT_WITHIN_S = 3.0
"""For so long whoever hears may take to be gone: a closed connection is, an open one never."""
QUEUES = tuple(
    name
    for room in topology.HEARS
    for queue, _, _ in topology.bindings(room)
    for name in (queue, topology.parking_of(queue))
)
WAITING = tuple(topology.waiting(delay) for delay in topology.waiting_times())


class VirtualHosts:
    """Those of one broker, for as long as the context is open."""

    def __init__(self, rabbit: RabbitMQ) -> None:
        self._rabbit = rabbit
        self._free: list[str] = []
        self._declared: dict[str, Any] = {}
        self._threads = ThreadPoolExecutor(1)

    @contextmanager
    def one(self) -> Iterator[str]:
        """Give the URL of one that nobody else has while the block runs."""
        url = self._free.pop() if self._free else self._made()
        try:
            yield url
        finally:
            if self._run(_emptied(url)) and self._definitions(url) == self._declared:
                self._free.append(url)
            else:
                delete_vhost(self._rabbit, url)

    def close(self) -> None:
        """Remove those that nobody has."""
        for url in self._free:
            delete_vhost(self._rabbit, url)
        self._threads.shutdown()

    def _made(self) -> str:
        url = fresh_vhost(self._rabbit)
        self._run(_declare(url))
        self._declared = self._declared or self._definitions(url)
        return url

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it in a thread: the test's own loop is not ours."""
        return self._threads.submit(asyncio.run, work).result()

    def _definitions(self, url: str) -> dict[str, Any]:
        """Return exchanges, queues, bindings and policies, in an order of their own."""
        path = f"{self._rabbit.management_url}/api/definitions{urlsplit(url).path}"
        told = httpx.get(path, timeout=30).raise_for_status().json()
        return {part: sorted(map(str, rows)) for part, rows in told.items() if isinstance(rows, list)}


async def _declare(url: str) -> None:
    async with await aio_pika.connect(url) as connection:
        await topology.declare(connection)


async def _emptied(url: str) -> bool:
    """Throw away what was said, and begin the log anew; say whether nobody hears, and nothing is left that may come."""
    try:
        async with await aio_pika.connect(url) as connection, connection.channel() as channel:
            await _begin_the_log_anew(channel)
            held = [name for name in (*WAITING, *QUEUES) if await _holds_something(channel, name)]
            for name in held:
                await (await channel.get_queue(name)).purge()
            return not {*held} & {*WAITING} and not any([await _holds_something(channel, name) for name in held])
    except (AMQPError, TimeoutError):
        return False


async def _begin_the_log_anew(channel: AbstractChannel) -> None:
    """A stream cannot be emptied. Whether this one is as it was declared is seen by the definitions."""
    await channel.queue_delete(topology.LOG)
    stream = await channel.declare_queue(topology.LOG, durable=True, arguments={"x-queue-type": "stream"})
    for exchange in (topology.EVENTS, topology.INCIDENTS):
        await stream.bind(exchange, routing_key="#")


async def _holds_something(channel: AbstractChannel, name: str) -> bool:
    """Say whether a queue has messages, when nobody hears it any more: what they held is back then."""
    async with asyncio.timeout(LEFT_WITHIN_S):
        while True:
            counted = (await channel.declare_queue(name, passive=True)).declaration_result
            if not counted.consumer_count:
                return bool(counted.message_count)
            await asyncio.sleep(0.02)
