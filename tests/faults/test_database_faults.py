"""The database's members fail under a working room: what was accepted counts once, and nobody restarts the room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.faults.counting import counting, each_counts_once, empty, saying
from tests.faults.replica_set import MEMBERS, ReplicaSet
from tests.integration.kernel_room import Room, eventually


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplicaSet]:
    with ReplicaSet(tmp_path_factory.mktemp("members")) as started:
        yield started


@pytest.fixture
async def room(rabbitmq_url: str, members: ReplicaSet) -> AsyncIterator[Room]:
    async with counting(rabbitmq_url, members.url) as room:
        await empty(rabbitmq_url)
        yield room


async def test_a_killed_primary_is_replaced_and_what_it_had_confirmed_stays(
    room: Room, members: ReplicaSet, rabbitmq_url: str
) -> None:
    async with saying(rabbitmq_url, "killed") as said:
        dead = await asyncio.to_thread(members.primary)
        await asyncio.to_thread(members.kill, dead)
        await _counts_on(room)
        await said.more()
        await asyncio.to_thread(members.start_member, dead)
    await each_counts_once(room, rabbitmq_url, said.accepted)


async def _counts_on(room: Room) -> None:
    """Wait until the room has counted something more."""
    before = await room.counted()

    async def more() -> bool:
        return await room.counted() > before

    await eventually(more, timeout=60)


async def test_a_primary_that_steps_down_hands_over(room: Room, members: ReplicaSet, rabbitmq_url: str) -> None:
    async with saying(rabbitmq_url, "stepped-down") as said:
        before = await asyncio.to_thread(members.primary)
        await asyncio.to_thread(members.step_down)
        assert await asyncio.to_thread(members.primary) != before
    await each_counts_once(room, rabbitmq_url, said.accepted)


async def test_a_frozen_primary_is_left_for_the_next_and_what_it_held_back_changes_nothing(
    room: Room, members: ReplicaSet, rabbitmq_url: str
) -> None:
    async with saying(rabbitmq_url, "frozen") as said:
        frozen = await asyncio.to_thread(members.primary)
        await asyncio.to_thread(members.freeze, frozen)
        await _counts_on(room)
        assert await asyncio.to_thread(members.primary) != frozen
        await said.more()
        await asyncio.to_thread(members.thaw, frozen)
    await each_counts_once(room, rabbitmq_url, said.accepted)


async def test_a_primary_whose_disk_is_full_ends_itself_and_comes_back_with_space(
    room: Room, members: ReplicaSet, rabbitmq_url: str
) -> None:
    if not members.can_fill_disk:
        pytest.skip("only root may mount the small disks that this test fills up")
    async with saying(rabbitmq_url, "full") as said:
        full = await asyncio.to_thread(members.primary)
        await asyncio.to_thread(members.fill_disk, full)
        await eventually(lambda: _is_dead(members, full), timeout=60)
        await _counts_on(room)
        await asyncio.to_thread(members.free_disk, full)
    await each_counts_once(room, rabbitmq_url, said.accepted)


async def _is_dead(members: ReplicaSet, index: int) -> bool:
    return not members.alive(index)


async def test_without_a_majority_nothing_counts_until_one_is_back(
    room: Room, members: ReplicaSet, rabbitmq_url: str
) -> None:
    async with saying(rabbitmq_url, "minority") as said:
        for index in range(1, MEMBERS):
            await asyncio.to_thread(members.kill, index)
        await said.more(40)
        for index in range(1, MEMBERS):
            await asyncio.to_thread(members.start_member, index)
    await each_counts_once(room, rabbitmq_url, said.accepted)


async def test_a_database_that_dies_whole_comes_back_with_all_that_was_counted(
    room: Room, members: ReplicaSet, rabbitmq_url: str
) -> None:
    async with saying(rabbitmq_url, "dead") as said:
        for index in range(MEMBERS):
            await asyncio.to_thread(members.kill, index)
        await said.more()
        for index in range(MEMBERS):
            await asyncio.to_thread(members.start_member, index)
    await each_counts_once(room, rabbitmq_url, said.accepted)
