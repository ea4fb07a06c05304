"""The line between a room and its broker fails, both live: what was accepted counts once, nobody restarts the room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit, urlunsplit

import pytest

from shared.messaging.broker import Bus
from shared.messaging.service import until_done
from tests.faults.counting import counting, each_counts_once, empty, saying
from tests.faults.proxy import Proxy
from tests.helpers.long_run import in_long_runs
from tests.integration.kernel_room import Room, eventually


@pytest.fixture
def proxy(rabbitmq_url: str) -> Iterator[Proxy]:
    """The line to the broker."""
    with a_line(rabbitmq_url) as line:
        yield line


@pytest.fixture
def other_proxy(rabbitmq_url: str) -> Iterator[Proxy]:
    """Another line to the broker."""
    with a_line(rabbitmq_url) as line:
        yield line


def a_line(rabbitmq_url: str) -> Proxy:
    """Return a line to the broker, not yet open."""
    parts = urlsplit(rabbitmq_url)
    return Proxy(f"{parts.hostname}:{parts.port}")


@pytest.fixture
def through(proxy: Proxy, rabbitmq_url: str) -> str:
    """The broker's URL by way of the line."""
    return through_line(proxy, rabbitmq_url)


def through_line(proxy: Proxy, rabbitmq_url: str) -> str:
    """Return the broker's URL by way of a line."""
    parts = urlsplit(rabbitmq_url)
    return urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@{proxy.address}"))


@pytest.fixture
async def room(through: str, rabbitmq_url: str, mongo_url: str) -> AsyncIterator[Room]:
    async with counting(through, mongo_url) as room:
        await empty(rabbitmq_url)
        yield room


async def test_a_connection_that_is_reset_is_made_again(proxy: Proxy, room: Room, rabbitmq_url: str) -> None:
    async with saying(rabbitmq_url, "reset") as said:
        for _ in range(3):
            await asyncio.to_thread(proxy.reset)
            await said.more()
    await each_counts_once(room, rabbitmq_url, said.accepted)


async def test_a_broker_that_refuses_connections_is_tried_until_it_takes_one(
    proxy: Proxy, room: Room, rabbitmq_url: str
) -> None:
    async with saying(rabbitmq_url, "refused") as said:
        await asyncio.to_thread(proxy.refuse)
        await said.more(40)
        await asyncio.to_thread(proxy.heal)
    await each_counts_once(room, rabbitmq_url, said.accepted)


@in_long_runs  # half a minute
async def test_a_line_that_is_cut_in_silence_is_noticed_by_a_room_that_hears_and_by_one_that_starts(
    proxy: Proxy, room: Room, rabbitmq_url: str, other_proxy: Proxy
) -> None:
    """Both wait for what their connection does not tell: side by side they wait once."""
    async with asyncio.TaskGroup() as both:
        both.create_task(_new_attempts_are_made_until_one_is_answered(proxy, room, rabbitmq_url))
        both.create_task(_it_starts_all_the_same(other_proxy, through_line(other_proxy, rabbitmq_url)))


async def _new_attempts_are_made_until_one_is_answered(proxy: Proxy, room: Room, rabbitmq_url: str) -> None:
    async with saying(rabbitmq_url, "cut") as said:
        before = len(proxy._links)
        await asyncio.to_thread(proxy.cut)
        await eventually(lambda: _attempts(proxy, before + 2), timeout=60)
        await asyncio.to_thread(proxy.heal)
    await each_counts_once(room, rabbitmq_url, said.accepted)


async def _it_starts_all_the_same(proxy: Proxy, through: str) -> None:
    bus = Bus(through, "gateway", declare=False)
    await bus.broker.connect()
    await asyncio.to_thread(proxy.cut)
    starting = asyncio.create_task(until_done(bus.start))
    await eventually(lambda: _attempts(proxy, 2), timeout=60)
    assert not starting.done()
    await asyncio.to_thread(proxy.heal)
    await asyncio.wait_for(starting, 60)
    await eventually(bus.alive)
    await bus.stop()


async def _attempts(proxy: Proxy, connections: int) -> bool:
    """Say whether so many connections were made; those that hear nothing are held until the line is healed."""
    return len(proxy._links) >= connections
