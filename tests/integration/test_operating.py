"""What the operations page looks at, on real servers: queues, what is parked, rooms over HTTP, the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import aio_pika
import pytest
import uvicorn
from aio_pika.abc import AbstractChannel, AbstractConnection, HeadersType

from services.gateway.adapters import BrokerDepths, BrokerParking, HttpRooms
from services.gateway.ports.operating import Away
from services.gateway.store.server import MongoServer
from shared import observability
from shared.messaging import retry, topology
from shared.messaging.broker import Bus
from shared.messaging.service import Service, as_app
from shared.mongo import connect, database
from tests.helpers.builders import NOW
from tests.integration.kernel_room import depth, eventually

QUEUE = "drafting.IncidentReported.v1"
NOWHERE = "amqp://127.0.0.1:1/"


async def put(connection: AbstractConnection, *ids: str, queue: str = QUEUE) -> None:
    """Park messages as a room does."""
    async with connection.channel() as channel:
        parking = await channel.get_exchange(topology.PARKING)
        for id in ids:
            headers: HeadersType = {
                "x-error": "Unreadable: no title",
                "x-queue": queue,
                retry.PARKED_AT: NOW.isoformat(),
            }
            message = aio_pika.Message(b'{"title": null}', message_id=id, headers=headers, delivery_mode=2)
            await parking.publish(message, routing_key=queue)


async def has(channel: AbstractChannel, queue: str, count: int) -> bool:
    return await depth(channel, queue) == count


async def test_what_is_parked_is_seen_in_its_order_and_stays(rabbitmq_url: str, connection: AbstractConnection) -> None:
    parking = BrokerParking(rabbitmq_url)
    await put(connection, "a", "b", "c")
    async with connection.channel() as channel:
        for _ in range(3):
            found = await parking.first(QUEUE, 2)
            assert [each.id for each in found] == ["a", "b"]
            await eventually(partial(has, channel, topology.parking_of(QUEUE), 3))
    assert (found[0].error, found[0].parked_at, found[0].queue) == ("Unreadable: no title", NOW, QUEUE)
    assert '"title": null' in found[0].body


async def test_one_is_sent_again_and_the_others_stay(rabbitmq_url: str, connection: AbstractConnection) -> None:
    parking = BrokerParking(rabbitmq_url)
    await put(connection, "a", "b", "c")
    assert [each.id for each in await parking.redrive(QUEUE, "b")] == ["b"]
    assert await parking.redrive(QUEUE, "b") == []
    async with connection.channel() as channel:
        message = await (await channel.get_queue(QUEUE)).get(timeout=10)
        assert message
        assert (message.message_id, message.headers["x-redriven"], "x-error" in message.headers) == ("b", 1, False)
        await message.ack()
        await eventually(partial(has, channel, topology.parking_of(QUEUE), 2))
    assert [each.id for each in await parking.first(QUEUE, 9)] == ["a", "c"]


async def test_all_of_a_queue_are_sent_again_or_dropped_and_no_others(
    rabbitmq_url: str, connection: AbstractConnection
) -> None:
    parking, other = BrokerParking(rabbitmq_url), "review.DraftCreated.v1"
    await put(connection, *map(str, range(60)))
    await put(connection, "x", queue=other)
    assert len(await parking.redrive(QUEUE, None)) == 60
    async with connection.channel() as channel:
        await eventually(partial(has, channel, QUEUE, 60))
    assert [each.id for each in await parking.drop(other, None)] == ["x"]
    assert await parking.first(other, 9) == []
    assert await parking.drop(QUEUE, None) == []


async def test_what_its_queue_does_not_take_stays_parked(rabbitmq_url: str, connection: AbstractConnection) -> None:
    await put(connection, "a")
    async with connection.channel() as channel:
        await channel.queue_delete(QUEUE)
        with pytest.raises(Away, match=r"did not take a, which stays parked"):
            await BrokerParking(rabbitmq_url).redrive(QUEUE, None)
        await eventually(partial(has, channel, topology.parking_of(QUEUE), 1))
    state = await BrokerDepths(rabbitmq_url).state()
    assert {each.queue: each.waiting for each in state.depths}[QUEUE] is None


async def test_the_broker_tells_its_version_and_how_long_each_queue_is(
    rabbitmq_url: str, connection: AbstractConnection
) -> None:
    await put(connection, "a", "b")
    async with connection.channel() as channel:
        await eventually(partial(has, channel, topology.parking_of(QUEUE), 2))
    state = await BrokerDepths(rabbitmq_url).state()
    depths = {each.queue: each.waiting for each in state.depths}
    assert state.version[0].isdigit()
    assert (depths[topology.parking_of(QUEUE)], depths[QUEUE]) == (2, 0)
    assert len(depths) == len(state.depths)
    assert {name for room in topology.HEARS for name, _, _ in topology.bindings(room)} < set(depths)


async def test_a_queue_that_is_none_and_a_broker_that_is_away_are_told_apart(rabbitmq_url: str) -> None:
    with pytest.raises(KeyError):
        await BrokerParking(rabbitmq_url).first("parking", 1)
    with pytest.raises(Away):
        await BrokerParking(NOWHERE).first(QUEUE, 1)
    with pytest.raises(Away):
        await BrokerDepths(NOWHERE).state()


@asynccontextmanager
async def serving(service: Service) -> AsyncIterator[str]:
    """Serve a room's health and metrics; yield where."""
    server = uvicorn.Server(uvicorn.Config(as_app(service), host="127.0.0.1", port=0, log_level="error"))
    task = asyncio.create_task(server.serve())
    await eventually(partial(_has_started, server))
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


async def _has_started(server: uvicorn.Server) -> bool:
    return server.started


async def test_rooms_tell_how_they_are_and_one_that_is_away_or_unknown_is_told_of() -> None:
    observability.OUTBOX_DOCUMENTS.labels("calendar").set(3)
    observability.OUTBOX_AGE.labels("calendar").set(181.5)
    async with serving(Service(room="calendar", bus=Bus(NOWHERE, "calendar"), version="1.2")) as url:
        rooms = HttpRooms(("drafting", "review", "calendar"), {"drafting": "http://127.0.0.1:1", "calendar": f"{url}/"})
        drafting, review, calendar = await rooms.states()
    assert drafting.trouble.startswith("It does not answer")
    assert "AFTERWORD_ROOMS" in review.trouble
    assert (calendar.version, calendar.is_ready, calendar.outbox, calendar.oldest_s) == ("1.2", False, 3, 181.5)
    assert "not ready" in calendar.trouble


async def test_what_is_no_room_is_a_trouble_and_no_error(rabbitmq_url: str) -> None:
    port = rabbitmq_url.rpartition(":")[2].partition("/")[0]
    (state,) = await HttpRooms(("drafting",), {"drafting": f"http://127.0.0.1:{port}"}).states()
    assert state.trouble


async def test_the_database_server_tells_its_version(mongo_url: str, database_name: str) -> None:
    client = connect(mongo_url)
    assert (await MongoServer(database(client, database_name)).version())[0].isdigit()
    client.close()
