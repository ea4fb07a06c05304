"""A broker of several nodes (lines to one broker here): a room goes to a living one by itself, at start and later."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from urllib.parse import urlsplit, urlunsplit

import pytest

from deploy.local.ports import HOST, free_port
from shared.messaging.broker import Bus
from tests.faults.counting import PATIENCE_S, counting, each_counts_once, empty, saying
from tests.faults.proxy import Proxy
from tests.faults.test_network_faults import a_line
from tests.integration.kernel_room import Room, eventually

LINES = 3


@pytest.fixture
def lines(rabbitmq_url: str) -> Iterator[Sequence[Proxy]]:
    """The lines to the nodes."""
    with ExitStack() as opening:
        yield [opening.enter_context(a_line(rabbitmq_url)) for _ in range(LINES)]


def several(url: str, *hosts: str) -> str:
    """Return the URL with these hosts in place of its own."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@{','.join(hosts)}"))


@pytest.fixture
async def room(lines: Sequence[Proxy], rabbitmq_url: str, mongo_url: str) -> AsyncIterator[Room]:
    async with counting(several(rabbitmq_url, *(line.address for line in lines)), mongo_url) as room:
        await empty(rabbitmq_url)
        yield room


async def caught_up(room: Room, messages: int) -> None:
    """Wait until so many messages count, with a node still away."""

    async def enough() -> bool:
        return await room.counted() >= messages

    await eventually(enough, timeout=PATIENCE_S)


async def test_a_room_whose_node_goes_finds_another_however_often(
    lines: Sequence[Proxy], room: Room, rabbitmq_url: str
) -> None:
    async with saying(rabbitmq_url, "node") as said:
        for gone in lines:
            await asyncio.to_thread(gone.refuse)
            await said.more(20)
            await caught_up(room, len(said.accepted))
            await asyncio.to_thread(gone.heal)
    await each_counts_once(room, rabbitmq_url, said.accepted)


@pytest.mark.parametrize("declare", [True, False])
async def test_a_room_starts_while_only_one_node_of_many_lives(rabbitmq_url: str, *, declare: bool) -> None:
    dead = [f"{HOST}:{free_port()}" for _ in range(4)]
    living = urlsplit(rabbitmq_url)
    bus = Bus(several(rabbitmq_url, *dead, f"{living.hostname}:{living.port}"), "distribution", declare=declare)
    async with asyncio.timeout(60):
        await bus.start()
    try:
        assert await bus.alive()
    finally:
        await bus.stop()
