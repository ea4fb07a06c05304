"""A server dies under a working room and comes back: nothing is lost or counted twice, and nobody restarts the room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from deploy.local import mongodb, rabbitmq
from deploy.local.ports import free_port, is_free
from deploy.local.site import Site
from deploy.local.testing import fresh_database_name
from shared.contracts.base import derived_id
from shared.messaging.service import forever
from tests.integration.kernel_room import Room, a_channel, depth, eventually, say

MESSAGES = 60
FOLLOWING = "gateway.DeliveryCompleted.v1"


@dataclass(frozen=True)
class World:
    """A broker and a database of our own, to be killed; each comes back with its data at its address."""

    site: Site
    broker: str
    database: str

    async def kill_broker(self) -> None:
        """Kill without warning."""
        await asyncio.to_thread(rabbitmq.stop, self.site, fast=True)

    async def start_broker(self) -> None:
        """Start again with what was on disk."""
        await let_go(self.broker)
        assert (await asyncio.to_thread(rabbitmq.start, self.site)).url == self.broker

    async def kill_database(self) -> None:
        """Kill without warning."""
        await asyncio.to_thread(mongodb.stop, self.site, fast=True)
        assert not self.database_lives()

    async def start_database(self) -> None:
        """Start again with what was on disk, as soon as the dead one's connections have let go of the port."""
        await let_go(self.database)
        assert (await asyncio.to_thread(mongodb.start, self.site)).url == self.database

    def database_lives(self) -> bool:
        """Say whether the process is there."""
        return any(alive for name, alive in self.site.ledger.alive().items() if name.startswith(mongodb.NAME))


async def let_go(url: str) -> None:
    """Wait until the connections of a dead server have let go of its port."""
    port = urlsplit(url).port
    assert port
    async with asyncio.timeout(60):
        while not is_free(port):
            await asyncio.sleep(0.1)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Servers that nobody else uses."""
    site = Site(tmp_path_factory.mktemp("faults"))
    site.prepare()
    with pytest.MonkeyPatch.context() as environment:  # the same address again after each death
        environment.setenv("AFTERWORD_RABBITMQ_PORT", str(free_port()))
        environment.setenv("AFTERWORD_MONGO_PORT", str(free_port()))
        yield from _servers(site)


def _servers(site: Site) -> Iterator[World]:
    yield World(site, rabbitmq.start(site).url, mongodb.start(site).url)
    rabbitmq.stop(site, fast=True)
    mongodb.stop(site, fast=True)


@pytest.fixture
async def room(world: World) -> AsyncIterator[Room]:
    """A room that counts, with its sweep running as in a service."""
    counting = Room(world.broker, world.database, fresh_database_name())
    await counting.start()
    async with a_channel(world.broker) as channel:
        await (await channel.get_queue(FOLLOWING)).purge()
    sweeping = asyncio.create_task(forever(counting.sweep, 0.2))
    yield counting
    sweeping.cancel()
    await counting.stop()


async def fill(url: str, run: str) -> None:
    """Have messages accepted: confirmed by the broker."""
    async with a_channel(url) as channel:
        await asyncio.gather(*(say(channel, derived_id(run, str(n))) for n in range(MESSAGES)))


async def all_counted_and_said(room: Room, url: str) -> None:
    """Wait until every message counted and every fact that follows is in its hearer's queue."""

    async def so() -> bool:
        async with a_channel(url) as channel:
            return await room.counted() >= MESSAGES and await depth(channel, FOLLOWING) >= MESSAGES

    await eventually(so, timeout=60)
    assert await room.counted() == MESSAGES


async def test_a_killed_broker_comes_back_and_every_message_counts_once(room: Room, world: World) -> None:
    await fill(world.broker, "broker")
    await world.kill_broker()
    assert not await room.bus.alive()
    await world.start_broker()
    await all_counted_and_said(room, world.broker)
    await eventually(room.bus.alive)


async def test_a_killed_database_comes_back_and_every_message_counts_once(room: Room, world: World) -> None:
    await world.kill_database()
    await fill(world.broker, "database")
    await world.start_database()
    await all_counted_and_said(room, world.broker)


async def test_a_database_that_dies_in_the_middle_is_waited_for(room: Room, world: World) -> None:
    filling = asyncio.create_task(fill(world.broker, "middle"))
    await eventually(lambda: _some(room))
    await world.kill_database()
    await filling
    await world.start_database()
    await all_counted_and_said(room, world.broker)


async def _some(room: Room) -> bool:
    return await room.counted() > 0
