"""Replay on a real broker and a real database: what a room is given again, and what comes of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage

from deploy.local.errors import LocalError
from deploy.operate import log, replaying
from deploy.operate.broker import RABBITMQ
from deploy.operate.replaying import replay, survey
from deploy.operate.selecting import Wanted
from shared.messaging import topology
from tests.helpers.builders import NOW
from tests.integration.conftest import Run
from tests.integration.kernel_room import ENDED, QUEUE, ROOM, Room, a_channel, depth, eventually
from tests.integration.told import empty, hearing, ids_in, taken, tell, tell_many, waiting
from tests.unit.gateway.test_view import STORY

GATEWAY_QUEUE = "gateway.MeetingEnded.v1"


async def test_exactly_the_room_s_queue_is_refilled_with_the_same_messages(
    connection: aio_pika.abc.AbstractConnection, rabbitmq_url: str
) -> None:
    await tell(rabbitmq_url, ("e-1", ENDED), ("e-2", ENDED), ("e-3", STORY[0]))
    before = await taken(rabbitmq_url, QUEUE)
    for queue in await waiting(rabbitmq_url):
        await empty(rabbitmq_url, queue)
    assert await replay(connection, ROOM, Wanted()) == Counter({ENDED.name: 2})
    assert await waiting(rabbitmq_url) == {QUEUE: 2}
    again = await taken(rabbitmq_url, QUEUE)
    assert [(m.message_id, m.body, m.type, m.correlation_id, m.timestamp) for m in again] == [
        (m.message_id, m.body, m.type, m.correlation_id, m.timestamp) for m in before
    ]
    assert [m.headers for m in again] == [{**m.headers, "x-replayed": True} for m in before]
    assert {m.delivery_mode for m in again} == {2}


async def test_a_second_replay_has_no_second_effect(
    rabbitmq_url: str, mongo_url: str, database_name: str, afterword_replay: Run
) -> None:
    room = Room(rabbitmq_url, mongo_url, database_name)
    await room.start()
    await tell(rabbitmq_url, ("e-1", ENDED), ("e-2", ENDED))
    await room.until(2)
    for _ in range(2):
        assert f"replayed to {ROOM}: 2 messages" in (await afterword_replay(ROOM, "--yes")).output
        await eventually(lambda: _empty(rabbitmq_url, QUEUE))
    await tell(rabbitmq_url, ("e-3", ENDED))
    await room.until(3)
    await room.stop()


async def _empty(url: str, queue: str) -> bool:
    async with a_channel(url) as channel:
        return await depth(channel, queue) == 0


async def test_a_deleted_queue_is_made_anew_and_refilled(
    connection: aio_pika.abc.AbstractConnection, rabbitmq_url: str, afterword_replay: Run
) -> None:
    await tell(rabbitmq_url, ("before", ENDED))
    async with a_channel(rabbitmq_url) as channel:
        await channel.queue_delete(QUEUE)
    await tell(rabbitmq_url, ("unheard", ENDED))
    refused = await afterword_replay(ROOM, "--yes")
    assert (refused.exit_code, f"the broker has no {QUEUE}: `afterword topology apply`" in refused.output) == (1, True)
    await topology.declare(connection)
    done = await afterword_replay(ROOM, "--message", ENDED.name, "--since", NOW.isoformat(), "--yes")
    assert (done.exit_code, "2 messages" in done.output) == (0, True)
    assert await ids_in(rabbitmq_url, QUEUE) == ["before", "unheard"]


async def test_a_dry_run_counts_by_message_and_sends_nothing(
    connection: aio_pika.abc.AbstractConnection, rabbitmq_url: str, afterword_replay: Run
) -> None:
    await tell(rabbitmq_url, ("e-1", ENDED), ("e-2", ENDED), ("e-3", STORY[0]))
    before = await waiting(rabbitmq_url)
    shown = await afterword_replay("gateway", "--dry-run")
    assert shown.exit_code == 0
    rows = [line.split() for line in shown.output.splitlines()]
    assert ["DraftCreated.v1", "gateway.DraftCreated.v1", "1"] in rows
    assert ["MeetingEnded.v1", GATEWAY_QUEUE, "2"] in rows
    assert "3 messages; nothing was changed" in shown.output
    assert await waiting(rabbitmq_url) == before
    assert "Nobody is here to answer" in (await afterword_replay("gateway")).output


async def test_what_is_said_meanwhile_is_neither_lost_nor_needed(
    connection: aio_pika.abc.AbstractConnection, rabbitmq_url: str
) -> None:
    ids = await tell_many(rabbitmq_url, 1000)
    await empty(rabbitmq_url, QUEUE)
    late: list[str] = []
    over = asyncio.Event()  # the library may swallow a cancellation while it connects

    async def go_on() -> None:
        while not over.is_set():
            late.append(f"late-{len(late)}")
            await tell(rabbitmq_url, (late[-1], ENDED))

    async with hearing(rabbitmq_url, QUEUE) as heard:
        going_on = asyncio.create_task(go_on())
        await eventually(lambda: _more_than(late, 3))
        done = await replay(connection, ROOM, Wanted())
        over.set()
        await going_on
        said = {*ids, *late}
        await eventually(lambda: _all_of(said, heard))
    assert len(ids) + 3 <= done.total() <= len(ids) + len(late)
    assert {heard[id] for id in ids} == {1}


async def _more_than(said: list[str], n: int) -> bool:
    return len(said) > n


async def _all_of(said: set[str], heard: Counter[str | None]) -> bool:
    return said <= set(heard)


async def test_thousands_are_read_to_the_end_and_never_pile_up(
    connection: aio_pika.abc.AbstractConnection, rabbitmq_url: str
) -> None:
    ids = await tell_many(rabbitmq_url, 3000)
    await empty(rabbitmq_url, QUEUE)
    deepest = 0

    async def look() -> None:
        nonlocal deepest
        async with a_channel(rabbitmq_url) as channel:
            while True:
                deepest = max(deepest, await depth(channel, QUEUE))
                await asyncio.sleep(0.02)

    looking = asyncio.create_task(look())
    async with hearing(rabbitmq_url, QUEUE) as heard:
        assert (await replay(connection, ROOM, Wanted())).total() == 3000
        await eventually(lambda: _all_of(set(ids), heard))
    looking.cancel()
    with suppress(asyncio.CancelledError):
        await looking
    assert set(heard.values()) == {1}
    assert deepest <= replaying.MOST + replaying.AT_ONCE


async def test_messages_are_sent_in_the_order_of_the_log(
    connection: aio_pika.abc.AbstractConnection, rabbitmq_url: str
) -> None:
    logged: list[str | None] = []

    async def note(message: AbstractIncomingMessage) -> None:
        logged.append(message.message_id)

    await tell_many(rabbitmq_url, 700)
    await empty(rabbitmq_url, QUEUE)
    await log.walk(connection, note)
    await replay(connection, ROOM, Wanted())
    assert await ids_in(rabbitmq_url, QUEUE) == logged


async def test_a_queue_that_nobody_empties_is_named(
    connection: aio_pika.abc.AbstractConnection, rabbitmq_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "MOST", 10)
    monkeypatch.setattr(replaying, "PATIENCE_S", 0.0)
    await tell_many(rabbitmq_url, 20)
    with pytest.raises(LocalError, match=f"nobody takes the 20 messages out of {QUEUE}: start its room"):
        await replay(connection, ROOM, Wanted())


async def test_a_time_in_the_future_finds_nothing_and_ends(
    connection: aio_pika.abc.AbstractConnection, rabbitmq_url: str, afterword_replay: Run
) -> None:
    await tell(rabbitmq_url, ("e-1", ENDED))
    shown = await afterword_replay(ROOM, "--since", "2099-01-01", "--dry-run")
    assert (shown.exit_code, "0 messages; nothing was changed" in shown.output) == (0, True)
    assert (await survey(connection, "review", Wanted())).counted == {}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("drafts",), "there is no room 'drafts': the rooms are drafting"),
        ((ROOM, "--message", "MeetingEnded"), "hears no 'MeetingEnded': it hears"),
        ((ROOM, "--since", "yesterday"), "write a time as"),
        ((ROOM, "--rebuild"), "distribution cannot be rebuilt"),
        (("gateway", "--rebuild", "--since", "2026-01-01"), "--rebuild needs every event"),
    ],
)
async def test_errors_say_what_to_do(
    connection: aio_pika.abc.AbstractConnection, afterword_replay: Run, words: tuple[str, ...], told: str
) -> None:
    refused = await afterword_replay(*words)
    assert (refused.exit_code, told in refused.output) == (1, True), refused.output


async def test_a_log_that_is_missing_and_a_broker_that_is_away_are_told(
    connection: aio_pika.abc.AbstractConnection, afterword_replay: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connection.channel() as channel:
        await channel.queue_delete(topology.LOG)
    refused = await afterword_replay(ROOM)
    assert (refused.exit_code, "the broker has no afterword.log" in refused.output) == (1, True)
    monkeypatch.setenv(RABBITMQ, "amqp://somebody:secret@127.0.0.1:1/")
    refused = await afterword_replay(ROOM)
    assert (refused.exit_code, "cannot log in to RabbitMQ at 127.0.0.1:1" in refused.output) == (1, True)
    assert "secret" not in refused.output


async def test_a_connection_that_is_lost_in_the_middle_ends_the_replay(
    connection: aio_pika.abc.AbstractConnection, rabbitmq_url: str
) -> None:
    await tell_many(rabbitmq_url, 1000)
    await empty(rabbitmq_url, QUEUE)
    doomed = await aio_pika.connect(rabbitmq_url)
    closing: list[asyncio.Task[None]] = []
    seen = 0

    def cut() -> None:
        nonlocal seen
        seen += 1
        if seen == 300:
            closing.append(asyncio.create_task(doomed.close()))

    with pytest.raises((LocalError, OSError, aio_pika.exceptions.AMQPError)):
        await asyncio.wait_for(replay(doomed, ROOM, Wanted(), cut), 60)
    await asyncio.gather(*closing)
    await empty(rabbitmq_url, QUEUE)
    assert (await replay(connection, ROOM, Wanted())).total() == 1000
