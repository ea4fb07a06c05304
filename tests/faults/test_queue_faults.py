"""Queues are deleted under those who hear them: they are heard again, and nobody restarts the room."""

from __future__ import annotations

import asyncio
from typing import Any

import aio_pika

from shared.messaging import topology
from shared.messaging.broker import Bus
from tests.faults.conftest import World
from tests.faults.counting import Saying, counting, each_counts_once, empty, saying
from tests.integration.kernel_room import QUEUE, eventually

REPLIES = "gateway.replies.deleted"


async def test_a_room_makes_its_deleted_queue_again_and_hears_it(world: World) -> None:
    async with counting(world.broker, world.database) as room:
        await empty(world.broker)
        async with saying(world.broker, "deleted") as said:
            await asyncio.to_thread(world.control.delete_queue, QUEUE)
            await eventually(lambda: _is_heard(world))
            await _all_again(said)
        await each_counts_once(room, world.broker, said.accepted)


async def test_a_room_that_makes_no_queues_hears_its_deleted_one_once_somebody_has_made_it(world: World) -> None:
    async with counting(world.broker, world.database, declare=False) as room:
        await empty(world.broker)
        async with saying(world.broker, "deleted-quietly") as said:
            await asyncio.to_thread(world.control.delete_queue, QUEUE)
            await said.more()
            assert not await _is_heard(world)
            async with await aio_pika.connect(world.broker) as connection:
                await topology.declare(connection)
            await eventually(lambda: _is_heard(world))
            await _all_again(said)
        await each_counts_once(room, world.broker, said.accepted)


async def _is_heard(world: World) -> bool:
    """Say whether the room's queue is there, and somebody hears it."""
    async with await aio_pika.connect(world.broker) as connection:
        channel = await connection.channel()
        try:
            queue = await channel.declare_queue(QUEUE, passive=True)
        except aio_pika.exceptions.ChannelNotFoundEntity:
            return False
        return bool(queue.declaration_result.consumer_count)


async def _all_again(said: Saying) -> None:
    """Say all once more under the same ids, for the deleted queue took some along."""
    for id in list(said.accepted):
        await said.say(id)


async def test_a_reply_queue_that_is_deleted_is_there_again_for_the_next_answer(world: World) -> None:
    answers: asyncio.Queue[bytes] = asyncio.Queue()

    async def hear(message: Any) -> None:
        await answers.put(message.body)

    asking = Bus(world.broker, "gateway")
    asking.hear_replies(REPLIES, hear)
    await asking.start()
    await asyncio.to_thread(world.control.delete_queue, REPLIES)

    async def answered() -> bool:
        await asking.reply(REPLIES, "1", b"{}")
        return not answers.empty()

    await eventually(answered)
    await asking.stop()
