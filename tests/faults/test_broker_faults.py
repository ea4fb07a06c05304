"""The broker fails under a working room: what was accepted counts once, and nobody restarts the room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from deploy.local import mongodb, rabbitmq
from deploy.local.site import Site
from tests.faults.broker import BrokerControl
from tests.faults.counting import Saying, counting, each_counts_once, empty, saying
from tests.integration.kernel_room import Room, eventually


@dataclass(frozen=True)
class World:
    """A broker of our own, to be ill-treated, and a database beside it."""

    control: BrokerControl
    broker: str
    database: str


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    site = Site(tmp_path_factory.mktemp("broker"))
    site.prepare()
    try:
        broker = rabbitmq.start(site)
        if broker.kind != "native":
            pytest.skip(f"only a broker of this machine's own can be killed and frozen, this one is a {broker.kind}")
        yield World(BrokerControl(site, broker), broker.url, mongodb.start(site).url)
    finally:
        rabbitmq.stop(site, fast=True)
        mongodb.stop(site, fast=True)


@pytest.fixture
async def room(world: World) -> AsyncIterator[Room]:
    async with counting(world.broker, world.database) as room:
        await empty(world.broker)
        yield room


async def test_a_killed_broker_comes_back_with_all_that_was_accepted(room: Room, world: World) -> None:
    async with saying(world.broker, "killed") as said:
        await asyncio.to_thread(world.control.kill)
        assert not await room.bus.alive()
        await asyncio.to_thread(world.control.start)
    await each_counts_once(room, world.broker, said.accepted)
    await eventually(room.bus.alive)


async def test_a_broker_that_is_stopped_in_its_node_and_started_again_is_heard_again(room: Room, world: World) -> None:
    async with saying(world.broker, "stopped") as said:
        await asyncio.to_thread(world.control.stop_app)
        await asyncio.to_thread(world.control.start_app)
    await each_counts_once(room, world.broker, said.accepted)


async def test_connections_that_an_operator_closes_are_opened_again(room: Room, world: World) -> None:
    async with saying(world.broker, "closed") as said:
        for _ in range(3):
            await asyncio.to_thread(world.control.close_connections)
            await said.more()
    await each_counts_once(room, world.broker, said.accepted)


async def test_what_is_not_confirmed_under_a_memory_alarm_is_said_again_and_counts_once(
    room: Room, world: World
) -> None:
    async with saying(world.broker, "alarm") as said:
        await asyncio.to_thread(world.control.memory_alarm)
        await eventually(lambda: _left_unsure(said))
        await asyncio.to_thread(world.control.end_alarm)
    await each_counts_once(room, world.broker, said.accepted)


async def _left_unsure(said: Saying) -> bool:
    """Say whether a publish was not confirmed in time: the broker may well take it later."""
    return said.unconfirmed > 0


async def test_a_broker_that_is_frozen_for_longer_than_its_heartbeat_is_left_and_found_again(
    room: Room, world: World
) -> None:
    async with saying(world.broker, "frozen") as said:
        await asyncio.to_thread(world.control.freeze)
        await eventually(lambda: _lost(room), timeout=40)
        await asyncio.to_thread(world.control.thaw)
    await each_counts_once(room, world.broker, said.accepted)


async def _lost(room: Room) -> bool:
    return not room.bus._connection().connected.is_set()
