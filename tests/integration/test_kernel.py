"""The message kernel on a real broker and a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aio_pika
import pytest
from structlog.testing import capture_logs

from shared.clock import SystemClock, new_id
from shared.contracts import EVENTS
from shared.contracts.commands import PublishPostmortem
from shared.contracts.decision import Reply
from shared.contracts.events import DraftCreated
from shared.messaging import topology
from shared.messaging.broker import Bus
from shared.messaging.documents import NotYet
from shared.messaging.envelope import unsaid
from shared.messaging.outbox import PublishUnconfirmed, Relay, Unroutable
from shared.messaging.retry import Permanent
from tests.helpers.builders import NOW, PM, a_draft, an_actor
from tests.integration.kernel_room import ENDED, FOLLOWS, QUEUE, ROOM, Room, a_channel, depth, eventually, say

PARKED = topology.parking_of(QUEUE)


@pytest.fixture
async def room(rabbitmq_url: str, mongo_url: str, database_name: str) -> AsyncIterator[Room]:
    counting = Room(rabbitmq_url, mongo_url, database_name)
    await counting.start()
    yield counting
    await counting.stop()


async def fetch(channel: aio_pika.abc.AbstractChannel, queue: str) -> aio_pika.abc.AbstractIncomingMessage:
    await eventually(lambda: _has(channel, queue))
    found = await (await channel.get_queue(queue)).get()
    assert found
    return found


async def _has(channel: aio_pika.abc.AbstractChannel, queue: str) -> bool:
    return await depth(channel, queue) > 0


async def test_what_is_said_is_confirmed_persistent_and_kept_in_the_log(room: Room, rabbitmq_url: str) -> None:
    await room.bus.publish(unsaid(ENDED, id="e-1", room="calendar", time=NOW))
    await room.until(1)
    async with a_channel(rabbitmq_url) as channel:
        heard = await fetch(channel, "gateway.MeetingEnded.v1")
        assert (heard.delivery_mode, heard.message_id, heard.headers["ce-type"]) == (2, "e-1", "MeetingEnded.v1")
        log = await channel.declare_queue(topology.LOG, passive=True)
        await channel.set_qos(prefetch_count=10)
        kept: asyncio.Queue[Any] = asyncio.Queue()
        await log.consume(kept.put, arguments={"x-stream-offset": "first"})
        first = await asyncio.wait_for(kept.get(), 10)
        assert first.message_id == "e-1"


async def test_what_is_said_together_is_on_the_line_in_its_order(room: Room, rabbitmq_url: str) -> None:
    ids, large = [f"e-{n}" for n in range(150)], f'"{"x" * 300_000}"'  # more and larger than is ever on its way at once
    said = [unsaid(FOLLOWS, id=id, room=ROOM, time=NOW) for id in ids]
    said[1::50] = [replace(each, body=large) for each in said[1::50]]
    assert await room.relay.say(PM, said, new=len(said))
    async with a_channel(rabbitmq_url) as channel:
        queue = topology.queue_of("gateway", FOLLOWS.name)
        assert [(await fetch(channel, queue)).message_id for _ in ids] == ids


async def test_a_message_that_no_queue_takes_is_an_error(room: Room, rabbitmq_url: str) -> None:
    hearers = [hearer for hearer, heard in topology.HEARS.items() if DraftCreated.name in heard]
    assert ROOM not in hearers  # whose queue it is that is deleted makes it again, at its own time
    async with a_channel(rabbitmq_url) as channel:
        for hearer in hearers:
            await channel.queue_delete(topology.queue_of(hearer, DraftCreated.name))
        await channel.queue_delete(topology.LOG)
    with pytest.raises(Unroutable, match=r"DraftCreated\.v1"):
        await room.bus.publish(unsaid(a_draft(DraftCreated), id="e-1", room="drafting", time=NOW))


async def test_fifty_copies_at_once_have_one_effect(room: Room, rabbitmq_url: str) -> None:
    async with a_channel(rabbitmq_url) as channel:
        await asyncio.gather(*(say(channel, "same") for _ in range(50)))
        await say(channel, "another")
        await room.until(2)
        await eventually(lambda: _is_empty(channel, QUEUE))
        assert await room.counted() == 2
        assert await depth(channel, PARKED) == 0


async def _is_empty(channel: aio_pika.abc.AbstractChannel, queue: str) -> bool:
    return await depth(channel, queue) == 0


async def test_two_instances_share_one_queue_and_every_message_counts_once(
    room: Room, rabbitmq_url: str, mongo_url: str, database_name: str
) -> None:
    second = Room(rabbitmq_url, mongo_url, database_name)
    await second.start()
    async with a_channel(rabbitmq_url) as channel:
        await asyncio.gather(*(say(channel, f"m-{n % 40}") for n in range(80)))
        await room.until(40)
    await second.stop()
    assert await room.counted() == 40


@pytest.mark.parametrize(
    ("body", "reason"), [(b"{", "JSON"), (b"{}", "postmortem_id"), (b"\xff", "MeetingEnded"), (b"null", "MeetingEnded")]
)
async def test_what_does_not_parse_is_parked_with_its_reason_and_nothing_waits(
    room: Room, rabbitmq_url: str, body: bytes, reason: str
) -> None:
    async with a_channel(rabbitmq_url) as channel:
        await say(channel, "poison", body)
        await say(channel, "good")
        await room.until(1)
        parked = await fetch(channel, PARKED)
        assert parked.body == body
        assert parked.message_id == "poison"
        assert reason in str(parked.headers["x-error"])
        assert (parked.headers["x-queue"], parked.headers["x-attempt"]) == (QUEUE, 1)
        assert "Traceback" in str(parked.headers["x-traceback"])


async def test_an_incident_tool_s_message_that_does_not_parse_is_parked(room: Room, rabbitmq_url: str) -> None:
    async with a_channel(rabbitmq_url) as channel:
        incidents = await channel.get_exchange(topology.INCIDENTS)
        await incidents.publish(
            aio_pika.Message(b'{"kind": "boom"}', message_id="1"), routing_key="IncidentReported.v1"
        )
        assert await depth(channel, "drafting.IncidentReported.v1") == 1  # accepted is durable, with no room there yet


async def test_what_fails_in_passing_comes_again_and_has_its_effect(room: Room, rabbitmq_url: str) -> None:
    failures = [NotYet("its cause is on the way"), TimeoutError("slow")]

    async def fail(_: Any) -> None:
        if failures:
            raise failures.pop(0)

    room.before = fail
    async with a_channel(rabbitmq_url) as channel:
        await say(channel, "early")
        await room.until(1)
        assert await depth(channel, PARKED) == 0
    assert failures == []


async def test_a_permanent_error_is_parked_at_once(room: Room, rabbitmq_url: str) -> None:
    async def refuse(_: Any) -> None:
        raise Permanent("the calendar's password is wrong")

    room.before = refuse
    async with a_channel(rabbitmq_url) as channel:
        await say(channel, "hopeless")
        parked = await fetch(channel, PARKED)
        assert "password is wrong" in str(parked.headers["x-error"])
    assert await room.counted() == 0


async def test_an_error_after_the_commit_has_no_second_effect(room: Room, rabbitmq_url: str) -> None:
    calls: list[str] = []

    async def crash_once(message: Any) -> None:
        calls.append(message.id)
        if len(calls) == 1:
            raise TimeoutError("the answer was lost")

    room.after = crash_once
    async with a_channel(rabbitmq_url) as channel:
        await say(channel, "once")
        await say(channel, "second")
        await room.until(2)
        await eventually(lambda: _is_empty(channel, topology.retry_exchange(1, "once")))
        await eventually(lambda: _is_empty(channel, QUEUE))
    assert await room.counted() == 2
    assert calls.count("once") == 1


async def test_what_a_dead_process_left_unsaid_is_said_by_another(
    room: Room, rabbitmq_url: str, mongo_url: str, database_name: str
) -> None:
    async def nobody_there(_: Any) -> None:
        raise PublishUnconfirmed("the process died here")

    room.relay._publish = nobody_there
    async with a_channel(rabbitmq_url) as channel:
        await say(channel, "cause")
        await room.until(1)
        assert await depth(channel, "gateway.DeliveryCompleted.v1") == 0
        survivor = Relay(room.documents, room.bus.publish)
        assert await survivor.sweep() == 1
        await survivor.flush()
        assert (await fetch(channel, "gateway.DeliveryCompleted.v1")).headers["x-causation-id"] == "cause"
        assert await room.documents.left_unsaid(0, 10) == []


async def test_a_lost_connection_gives_the_message_back_and_the_room_hears_again(room: Room, rabbitmq_url: str) -> None:
    started = asyncio.Event()
    hang = [True]

    async def hang_once(_: Any) -> None:
        if hang:
            hang.clear()
            started.set()
            await asyncio.Event().wait()

    room.before = hang_once
    async with a_channel(rabbitmq_url) as channel:
        await say(channel, "interrupted")
        await asyncio.wait_for(started.wait(), 10)
        connection = room.bus.broker._connection
        assert connection
        transport = connection.transport
        assert transport
        await transport.connection.close(ConnectionResetError("cut"))
        await room.until(1)
        assert await depth(channel, PARKED) == 0
        await eventually(lambda: _said(room, channel))
    assert await room.bus.alive()


async def _said(room: Room, channel: aio_pika.abc.AbstractChannel) -> bool:
    await room.relay.sweep()
    return await _has(channel, "gateway.DeliveryCompleted.v1")


async def test_what_cannot_be_sent_on_while_the_channel_is_made_again_is_not_given_back_over_and_over(
    room: Room, rabbitmq_url: str
) -> None:
    failed: set[str] = set()

    async def fail_once_without_a_channel(message: Any) -> None:
        if message.id not in failed:
            failed.add(message.id)
            out = room.bus._out
            assert out
            nowhere = await out.get_exchange("nowhere", ensure=False)
            losing = asyncio.ensure_future(nowhere.publish(aio_pika.Message(b""), routing_key="x"))
            await asyncio.wait([losing])
            assert losing.exception() is not None
            raise TimeoutError("slow")

    room.before = fail_once_without_a_channel
    with capture_logs() as logs:
        async with a_channel(rabbitmq_url) as channel:
            for n in range(1, 6):
                await say(channel, f"m-{n}")
                await room.until(n)
            assert await depth(channel, PARKED) == 0
    assert [entry for entry in logs if entry["event"] == "given back"] == []


async def test_a_command_is_answered_and_its_repeat_gets_the_first_answer(room: Room, rabbitmq_url: str) -> None:
    command = PublishPostmortem(postmortem_id=PM, actor=an_actor())
    replies: asyncio.Queue[Reply] = asyncio.Queue()

    async def hear(message: Any) -> None:
        await replies.put(Reply.model_validate_json(message.raw_message.body))

    asking = Bus(rabbitmq_url, "gateway")
    queue = f"replies.{new_id()}"
    asking.hear_replies(queue, hear)
    await asking.start()
    wrapped = unsaid(command, id="command-1", room="gateway", time=SystemClock().now())
    await asking.publish(wrapped, queue)
    first = await asyncio.wait_for(replies.get(), 10)
    await asking.publish(wrapped, queue)
    assert await asyncio.wait_for(replies.get(), 10) == first
    assert (first.data, list(first.said.values())) == ({"n": 1}, ["DeliveryCompleted.v1"])
    await asking.stop()


async def test_the_topology_is_durable_quorum_queues_with_parking_and_can_be_declared_again(
    empty_rabbitmq_url: str, mongo_url: str, database_name: str
) -> None:
    room = Room(empty_rabbitmq_url, mongo_url, database_name)
    await room.start()
    connection = await aio_pika.connect(empty_rabbitmq_url)
    async with connection:
        await topology.declare(connection)
    async with a_channel(empty_rabbitmq_url) as channel:
        for name in EVENTS:
            if name in topology.HEARS["gateway"]:
                await channel.declare_queue(
                    f"gateway.{name}", durable=True, arguments=dict(topology.queue_arguments(f"gateway.{name}"))
                )
                await channel.declare_queue(f"parking.gateway.{name}", passive=True)
    await room.stop()
