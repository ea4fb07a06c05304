"""The operating tools on a real broker: parked messages that the kernel itself parked, and the topology."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import aio_pika
import pytest
from typer.testing import CliRunner, Result

from deploy.cli import app
from deploy.local.testing import Servers
from deploy.operate import parking
from deploy.operate.broker import MANAGEMENT, RABBITMQ
from deploy.operate.declared import declared
from deploy.operate.parked import Wanted
from shared.messaging import retry, topology
from shared.messaging.envelope import unsaid
from shared.messaging.parked import redriven
from shared.messaging.retry import Permanent
from tests.helpers.builders import NOW
from tests.helpers.wire import to_amqp
from tests.integration.kernel_room import ENDED, QUEUE, Room, a_channel, depth, eventually, say

PARKED = topology.parking_of(QUEUE)
Run = Callable[..., Awaitable[Result]]


@pytest.fixture
def afterword(rabbitmq_url: str, servers: Servers, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line, working on the test's virtual host."""
    monkeypatch.setenv(RABBITMQ, rabbitmq_url)
    monkeypatch.setenv(MANAGEMENT, servers.rabbitmq.management_url or "")

    async def run(*words: str) -> Result:
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, words))

    return run


@pytest.fixture
async def room(rabbitmq_url: str, mongo_url: str, database_name: str) -> AsyncIterator[Room]:
    """A room that refuses everything, until it is told not to."""
    counting = Room(rabbitmq_url, mongo_url, database_name)
    counting.before = refuse
    await counting.start()
    yield counting
    await counting.stop()


async def refuse(_: Any) -> None:
    raise Permanent("the relay's password is wrong")


async def nothing(_: Any) -> None:
    return None


async def park(url: str, *ids: str) -> None:
    """Have the room park these messages, one after the other."""
    async with a_channel(url) as channel:
        for id in ids:
            before = await depth(channel, PARKED)
            await say(channel, id)
            await eventually(partial(_more, channel, before))


async def _more(channel: aio_pika.abc.AbstractChannel, before: int) -> bool:
    return await depth(channel, PARKED) > before


async def put(url: str, *ids: str, **headers: str) -> None:
    """Park these messages as a room does, without a room."""
    async with a_channel(url) as channel:
        async with await aio_pika.connect(url) as connection:
            await topology.declare(connection)
        place = await channel.get_exchange(topology.PARKING)
        for id in ids:
            message = to_amqp(unsaid(ENDED, id=id, room="calendar", time=NOW))
            message.headers = retry.parked_headers({**message.headers, **headers}, Permanent("no"), 1, QUEUE, "0", NOW)
            await place.publish(message, routing_key=QUEUE)


async def order(url: str) -> list[str]:
    """The ids in parking, in their order."""
    async with await aio_pika.connect(url) as connection:
        return [each.id for _, each in await parking.look(connection, [PARKED], Wanted())]


async def test_what_is_parked_is_listed_shown_and_stays_as_it_was(
    room: Room, rabbitmq_url: str, afterword: Run
) -> None:
    await park(rabbitmq_url, "m-1", "m-2", "m-3")
    for _ in range(25):
        assert await order(rabbitmq_url) == ["m-1", "m-2", "m-3"]
    listed = await afterword("parked", "list")
    assert listed.exit_code == 0
    assert listed.output.split()[-2:] == [QUEUE, "3"]
    counted = json.loads((await afterword("parked", "list", "--json")).output)
    assert {"queue": QUEUE, "parking": PARKED, "messages": 3} in counted
    rows = (await afterword("parked", "list", "--queue", QUEUE)).output
    assert "Permanent: the relay's password is wrong" in rows
    found = json.loads((await afterword("parked", "list", "--queue", PARKED, "--json")).output)
    assert [(each["id"], each["type"], each["attempts"]) for each in found] == [
        (id, "MeetingEnded.v1", 1) for id in ("m-1", "m-2", "m-3")
    ]
    shown = (await afterword("parked", "show", "m-2")).output
    for part in ("Traceback", "in refuse", '"uid": "uid"', "ce-type", f"goes to       {QUEUE}", "version 0.0.0"):
        assert part in shown
    for when in ("first failed", "parked"):
        assert re.search(rf"^{when} +\d{{4}}-\d\d-\d\dT", shown, re.MULTILINE)
    assert "m-1" not in shown
    async with a_channel(rabbitmq_url) as channel:
        first = await (await channel.get_queue(PARKED)).get(no_ack=True)
        assert (first.body, first.headers["x-queue"]) == (b'{"postmortem_id":' + first.body[17:], QUEUE)


async def test_a_redriven_message_has_its_effect_and_the_others_stay_in_order(
    room: Room, rabbitmq_url: str, afterword: Run
) -> None:
    await park(rabbitmq_url, "m-1", "m-2", "m-3", "m-4")
    room.before = nothing
    assert "redriven: 1 message" in (await afterword("parked", "redrive", "m-2")).output
    await room.until(1)
    assert await order(rabbitmq_url) == ["m-1", "m-3", "m-4"]
    assert (await afterword("parked", "redrive", "--queue", QUEUE, "--dry-run")).output.count("m-") == 3
    assert await order(rabbitmq_url) == ["m-1", "m-3", "m-4"]
    assert "redriven: 3 messages" in (await afterword("parked", "redrive", "--yes")).output
    await room.until(4)
    assert "nothing is parked" in (await afterword("parked", "list")).output


async def test_what_fails_again_is_parked_again_and_says_how_often(
    room: Room, rabbitmq_url: str, afterword: Run
) -> None:
    await park(rabbitmq_url, "m-1")
    for n in (1, 2):
        await afterword("parked", "redrive", "m-1")
        await eventually(lambda: _are_parked(rabbitmq_url, "m-1"))
        (found,) = json.loads((await afterword("parked", "list", "--queue", QUEUE, "--json")).output)
        assert (found["id"], found["attempts"], found["redriven"]) == ("m-1", 1, n)


async def _are_parked(url: str, *ids: str) -> bool:
    return await order(url) == list(ids)


async def test_a_copy_left_by_a_crash_has_no_second_effect(room: Room, rabbitmq_url: str) -> None:
    await park(rabbitmq_url, "m-1", "m-2")
    room.before = nothing
    async with await aio_pika.connect(rabbitmq_url) as connection, connection.channel() as dying:
        message = await (await dying.get_queue(PARKED)).get()
        assert message
        await dying.default_exchange.publish(redriven(message), routing_key=QUEUE)
        await room.until(1)
    await eventually(
        lambda: _are_parked(rabbitmq_url, "m-1", "m-2")
    )  # what a connection held is given back a moment after its end
    async with await aio_pika.connect(rabbitmq_url) as connection:
        done = await parking.redrive(connection, frozenset({(PARKED, "m-1"), (PARKED, "m-2")}))
    assert [each.id for each in done] == ["m-1", "m-2"]
    await room.until(2)
    assert await order(rabbitmq_url) == []
    await asyncio.sleep(0.2)
    assert await room.counted() == 2


async def test_a_queue_that_is_gone_leaves_its_messages_parked(rabbitmq_url: str, afterword: Run) -> None:
    await put(rabbitmq_url, "m-1", "m-2", "m-3")
    async with a_channel(rabbitmq_url) as channel:
        await channel.queue_delete(QUEUE)
    refused = await afterword("parked", "redrive", "--yes")
    assert refused.exit_code == 1
    assert f"m-1 stays parked: {QUEUE} does not exist" in refused.output
    assert await order(rabbitmq_url) == ["m-1", "m-2", "m-3"]


async def test_messages_are_dropped_for_a_reason_that_is_written_down(rabbitmq_url: str, afterword: Run) -> None:
    await put(rabbitmq_url, "m-1", "m-2")
    await put(rabbitmq_url, "late", **{"ce-time": "2026-04-01T00:00:00+00:00"})
    assert (await afterword("parked", "drop", "m-1")).exit_code == 2
    assert "Nobody is here to answer" in (await afterword("parked", "drop", "--queue", QUEUE, "--reason", "x")).output
    assert "say which" in (await afterword("parked", "drop", "--yes", "--reason", "x")).output
    assert "reason is empty" in (await afterword("parked", "drop", "m-1", "--reason", " ")).output
    period = ("--since", "2026-03-01", "--until", "2026-03-31")
    dropped = await afterword("parked", "drop", *period, "--yes", "--reason", "a drill")
    lines = [line.split() for line in dropped.output.splitlines()]
    assert [(line[0], line[1], line[-2:]) for line in lines] == [
        ("dropped", id, ["a", "drill"]) for id in ("m-1", "m-2")
    ]
    assert await order(rabbitmq_url) == ["late"]


async def test_many_messages_keep_their_order_however_often_one_looks(rabbitmq_url: str) -> None:
    async with await aio_pika.connect(rabbitmq_url) as connection:
        await topology.declare(connection)
        ids = [f"m-{n}" for n in range(300)]
        async with connection.channel() as channel:
            for id in ids:
                await channel.default_exchange.publish(aio_pika.Message(b"{}", message_id=id), routing_key=PARKED)
        for _ in range(3):
            assert [each.id for _, each in await parking.look(connection, [PARKED], Wanted())] == ids
        await parking.redrive(connection, frozenset({(PARKED, f"m-{n}") for n in range(0, 300, 2)}))
        assert [each.id for _, each in await parking.look(connection, [PARKED], Wanted())] == ids[1::2]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("parked", "show", "unknown"), "no message 'unknown' is parked anywhere"),
        (("parked", "list", "--queue", "nobody.Heard.v1"), "there is no queue 'nobody.Heard.v1'"),
        (("parked", "redrive", "--since", "yesterday"), "write a time as"),
    ],
)
async def test_errors_say_what_to_do(rabbitmq_url: str, afterword: Run, words: tuple[str, ...], told: str) -> None:
    await afterword("topology", "apply")
    refused = await afterword(*words)
    assert (refused.exit_code, told in refused.output) == (1, True)
    assert "Traceback" not in refused.output


async def test_a_broker_that_is_away_or_refuses_is_told_without_its_password(
    rabbitmq_url: str, afterword: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in ("amqp://somebody:secret@127.0.0.1:1/", rabbitmq_url.replace(":", ":wrong", 2).replace("wrong", "", 1)):
        monkeypatch.setenv(RABBITMQ, url)
        refused = await afterword("parked", "list")
        assert refused.exit_code == 1
        assert "cannot log in to RabbitMQ at 127.0.0.1" in refused.output
        assert "secret" not in refused.output


async def test_an_empty_broker_is_told_apart_from_a_complete_one(
    empty_rabbitmq_url: str, afterword: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RABBITMQ, empty_rabbitmq_url)
    empty = await afterword("topology", "check")
    assert empty.exit_code == 1
    assert f"{QUEUE}" in empty.output
    assert "is missing" in empty.output
    assert "afterword topology apply" in (await afterword("parked", "list")).output
    assert "declared" in (await afterword("topology", "apply")).output
    complete = await afterword("topology", "check")
    assert (complete.exit_code, "all there" in complete.output) == (0, True)


async def test_other_settings_and_missing_bindings_are_named(rabbitmq_url: str, afterword: Run) -> None:
    await afterword("topology", "apply")
    kind = declared().exchanges[topology.PARKING]
    async with a_channel(rabbitmq_url) as channel:
        await channel.queue_delete(QUEUE)
        await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum", "x-delivery-limit": 3})
        await channel.exchange_delete(topology.PARKING)
        await channel.declare_exchange(topology.PARKING, aio_pika.ExchangeType.FANOUT, durable=True)
    checked = await afterword("topology", "check")
    assert checked.exit_code == 1
    lines = [" ".join(line.split()) for line in checked.output.splitlines()]
    assert f"exchange {topology.PARKING} has type 'fanout' instead of '{kind}'" in lines
    assert any(line.startswith(f"queue {QUEUE} has x-") for line in lines)
    assert f"binding {QUEUE} hears no MeetingEnded.v1 of afterword.events" in lines
    applied = await afterword("topology", "apply")
    assert (applied.exit_code, "cannot be changed" in applied.output) == (1, True)
