"""The broker fails under a working room: what was accepted counts once, and nobody restarts the room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.faults.conftest import World
from tests.faults.counting import Saying, counting, each_counts_once, empty, saying
from tests.integration.kernel_room import Room, eventually


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
