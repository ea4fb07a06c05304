"""Messages that no sender should send, or not like this: the others count once, and what cannot count is parked."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import aio_pika
import pytest

from deploy.local.processes import spawn, stop
from shared.contracts.base import derived_id
from shared.messaging import topology
from shared.messaging.broker import Bus
from tests.faults.counting import counting, each_counts_once, empty
from tests.faults.fragile_room import POISON
from tests.integration.kernel_room import HEARD, QUEUE, Room, a_channel, depth, eventually, say

PARKED = topology.parking_of(QUEUE)
PEER = f"gateway.{HEARD}"
MESSAGES = 40
HUGE = 15 * 2**20  # as much as any broker of today takes; a document of the database could not hold it twice
REPOSITORY = Path(__file__).resolve().parents[2]


def ids(run: str) -> list[str]:
    return [derived_id(run, str(n)) for n in range(MESSAGES)]


@pytest.fixture
async def room(rabbitmq_url: str, mongo_url: str) -> AsyncIterator[Room]:
    async with counting(rabbitmq_url, mongo_url) as room:
        await empty(rabbitmq_url)
        yield room


async def test_messages_that_come_three_times_and_in_any_order_count_once(room: Room, rabbitmq_url: str) -> None:
    deliveries = ids("shuffled") * 3
    Random(7).shuffle(deliveries)  # noqa: S311 - any order that is always the same
    async with a_channel(rabbitmq_url) as channel:
        for id in deliveries:
            await say(channel, id)
    await each_counts_once(room, rabbitmq_url, deliveries)


async def test_a_huge_message_is_parked_and_the_next_one_counts(room: Room, rabbitmq_url: str) -> None:
    async with a_channel(rabbitmq_url) as channel:
        await say(channel, "huge", b"x" * HUGE)
        await say(channel, "next")
        await each_counts_once(room, rabbitmq_url, ["next"])
        await eventually(lambda: _holds(channel, PARKED, 1))
        parked = await (await channel.get_queue(PARKED)).get()
    assert parked
    assert (parked.message_id, parked.headers["x-queue"]) == ("huge", QUEUE)


async def _holds(channel: aio_pika.abc.AbstractChannel, queue: str, messages: int) -> bool:
    return await depth(channel, queue) >= messages


async def test_a_message_that_kills_its_room_is_parked_alone_and_what_was_held_with_it_counts(
    rabbitmq_url: str, mongo_url: str, database_name: str, tmp_path: Path
) -> None:
    accepted = [*ids("before"), POISON, *ids("after")]
    async with await aio_pika.connect(rabbitmq_url) as connection:
        await topology.declare(connection)
    async with a_channel(rabbitmq_url) as channel, a_peer(rabbitmq_url) as heard:
        for id in accepted:
            await say(channel, id)
            await say(channel, id, queue=PEER)
        with fragile(tmp_path / "fragile.log", rabbitmq_url, mongo_url, database_name):
            looking = Room(rabbitmq_url, mongo_url, database_name)
            await eventually(lambda: _settled(looking, channel, len(accepted)), timeout=90)
            looking.client.close()
        assert heard == accepted
        parked = await take(channel, PARKED)
        assert list(parked) == [POISON]
        assert "its hearer died with it" in parked[POISON]["x-error"]
        async with counting(rabbitmq_url, mongo_url, database_name) as repaired:
            await say(channel, POISON)
            await each_counts_once(repaired, rabbitmq_url, accepted)


@asynccontextmanager
async def a_peer(broker: str) -> AsyncIterator[list[str]]:
    """Let another room hear the same messages from a queue of its own; what it heard is in the list."""
    heard: list[str] = []

    async def hear(_: str, message: Any) -> None:
        heard.append(message.raw_message.message_id)
        await message.ack()

    bus = Bus(broker, "gateway")
    bus.hear(PEER, topology.EVENTS, HEARD, hear)
    await bus.start()
    try:
        yield heard
    finally:
        await bus.stop()


@contextmanager
def fragile(log: Path, *arguments: str) -> Iterator[None]:
    """Run a room that its poison kills, under a supervisor."""
    command = [sys.executable, "-m", "tests.faults.fragile_room", *arguments]
    process = spawn("fragile-room", command, log=log, env=dict(os.environ), cwd=REPOSITORY)
    try:
        yield
    finally:
        stop(process, 0)


async def _settled(room: Room, channel: aio_pika.abc.AbstractChannel, messages: int) -> bool:
    return await room.counted() + await depth(channel, PARKED) == messages


async def take(channel: aio_pika.abc.AbstractChannel, queue: str) -> dict[str, Any]:
    """Take all that a queue holds; return the headers of each message."""
    taken: dict[str, Any] = {}
    place = await channel.get_queue(queue)
    while message := await place.get(no_ack=True, fail=False):
        taken[str(message.message_id)] = message.headers
    return taken
