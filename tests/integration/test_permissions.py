"""Least privilege on a real broker: the definitions are imported, then every user tries what it may and may not."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aio_pika
import httpx
import pytest
from aio_pika.abc import AbstractChannel, AbstractConnection
from aiormq.exceptions import ChannelAccessRefused, ChannelNotFoundEntity

from deploy.local.testing import Servers, vhost
from deploy.operate import checking
from deploy.operate.broker import Broker
from deploy.operate.declared import declared
from deploy.operate.definitions import USERS, definitions, with_passwords
from deploy.operate.permissions import OPERATOR, ROOMS, SAYS, TOOLS, detours, gives, rights
from services.gateway.adapters import BrokerDepths, BrokerParking
from services.gateway.ports.operating import Away
from shared.clock import SystemClock, new_id
from shared.contracts import COMMANDS, EVENTS
from shared.contracts.commands import PublishPostmortem
from shared.contracts.decision import Reply
from shared.messaging import topology
from shared.messaging.broker import Bus
from shared.messaging.documents import NotYet
from shared.messaging.envelope import unsaid
from shared.messaging.parked import PARKINGS
from shared.messaging.retry import Permanent
from tests.helpers.builders import NOW, PM, an_actor
from tests.integration.kernel_room import ENDED, FOLLOWS, QUEUE, Room, depth, eventually
from tests.integration.kernel_room import say as say_to_queue

Try = Callable[[AbstractChannel], Awaitable[object]]


@dataclass(frozen=True)
class Imported:
    """A virtual host made by the definitions alone, and the way in for everybody."""

    url: str
    management_url: str
    urls: dict[str, str]


@pytest.fixture(scope="module")
def imported(servers: Servers) -> Iterator[Imported]:
    """The definitions, imported under names and passwords of this test."""
    management = servers.rabbitmq.management_url or ""
    with vhost(servers.rabbitmq) as url, httpx.Client(base_url=management, timeout=20) as client:
        prefix = f"test-{secrets.token_hex(4)}."
        passwords = {prefix + user: secrets.token_hex(8) for user in USERS}
        document = with_passwords(definitions(urlsplit(url).path[1:], prefix), passwords)
        client.post("/api/definitions", json=document).raise_for_status()
        urls = {user: _url(url, prefix + user, passwords[prefix + user]) for user in USERS}
        yield Imported(url, management, urls)
        client.post("/api/users/bulk-delete", json={"users": list(passwords)}).raise_for_status()


def _url(url: str, user: str, password: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{parts.hostname}:{parts.port}"))


@asynccontextmanager
async def logged_in(imported: Imported, user: str) -> AsyncIterator[AbstractConnection]:
    async with await aio_pika.connect(imported.urls[user]) as connection:
        yield connection


async def may(connection: AbstractConnection, attempt: Try) -> bool:
    """Say whether the broker allows something; a refusal closes the channel, so each try has its own."""
    async with connection.channel() as channel:
        try:
            await attempt(channel)
        except ChannelAccessRefused:
            return False
    return True


def say(exchange: str, key: str) -> Try:
    """Say something under a routing key."""

    async def attempt(channel: AbstractChannel) -> None:
        place = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
        await place.publish(aio_pika.Message(b"{}", message_id="forged"), routing_key=key, mandatory=False)

    return attempt


def read(queue: str) -> Try:
    """Take a message from a queue."""

    async def attempt(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).get(fail=False)

    return attempt


async def test_the_imported_broker_is_what_the_rooms_would_declare(imported: Imported) -> None:
    async with await aio_pika.connect(imported.url) as connection:
        assert await checking.check(connection) == []
        await topology.declare(connection)


def test_the_imported_bindings_are_what_the_rooms_would_make(imported: Imported) -> None:
    there = httpx.get(f"{imported.management_url}/api/bindings{urlsplit(imported.url).path}").json()
    bound = {(each["source"], each["destination"], each["routing_key"]) for each in there if each["source"]}
    assert bound == {(each.exchange, each.queue, each.key) for each in declared().bindings}
    assert checking.unbound(Broker(imported.url, imported.management_url)) == []


async def test_nobody_gets_in_with_the_committed_file_alone(imported: Imported) -> None:
    empty = imported.urls["review"].partition("//")[2].partition(":")[0]
    with pytest.raises(aio_pika.exceptions.ProbableAuthenticationError):
        await aio_pika.connect(_url(imported.url, empty, ""))


@pytest.mark.parametrize("user", USERS)
async def test_a_user_says_its_own_words_and_nobody_else_s(imported: Imported, user: str) -> None:
    own = {*SAYS[user], *gives(user)}
    async with logged_in(imported, user) as connection:
        said = {name for name in (*EVENTS, *COMMANDS) if await may(connection, say(topology.exchange_of(name), name))}
        assert said == own
        for exchange in (topology.EVENTS, topology.COMMANDS_EXCHANGE, topology.INCIDENTS):
            assert not await may(connection, say(exchange, "Other.v1"))


def own_queues(user: str) -> set[str]:
    """Return the queues that a room hears; others hear nothing."""
    return {queue for queue, _, _ in topology.bindings(user)} if user in ROOMS else set()


@pytest.mark.parametrize("user", USERS)
async def test_a_user_reads_its_own_queues_and_nothing_logged_and_only_the_operator_what_is_parked(
    imported: Imported, user: str
) -> None:
    async with logged_in(imported, user) as connection:
        readable = {each.name for each in declared().queues if await may(connection, read(each.name))}
    assert readable == (set(PARKINGS) if user == OPERATOR else own_queues(user))


@pytest.mark.parametrize("user", USERS)
async def test_a_user_makes_removes_and_binds_nothing(imported: Imported, user: str) -> None:
    own = topology.bindings(user)[0][0] if user in ROOMS else QUEUE
    forbidden: list[Try] = [
        lambda channel: channel.declare_queue(f"{user}.more", durable=True),
        lambda channel: channel.declare_queue(f"{user}.replies", exclusive=True),
        lambda channel: channel.declare_exchange("more", durable=True),
        lambda channel: channel.queue_delete(own),
        lambda channel: channel.exchange_delete(topology.EVENTS),
        lambda channel: _bind(channel, own),
    ]
    async with logged_in(imported, user) as connection:
        assert [n for n, attempt in enumerate(forbidden) if await may(connection, attempt)] == []


async def _bind(channel: AbstractChannel, queue: str) -> None:
    await (await channel.get_queue(queue, ensure=False)).bind(topology.EVENTS, routing_key="#")


@pytest.mark.parametrize("user", USERS)
async def test_where_the_broker_cannot_narrow_what_is_said_is_known(imported: Imported, user: str) -> None:
    kinds = declared().exchanges
    async with logged_in(imported, user) as connection:
        places = {**dict.fromkeys(kinds), "amq.default": None, "amq.topic": None, "amq.fanout": None}
        names = {name: "" if name == "amq.default" else name for name in places}
        forged = {name for name in places if await may(connection, say(names[name], "nobody.ReviewApproved.v1"))}
    assert forged == set(detours(user, kinds))
    assert forged == set() or user != TOOLS


async def test_only_the_gateway_makes_a_reply_queue(imported: Imported) -> None:
    for user in USERS:
        async with logged_in(imported, user) as connection:
            made = await may(connection, lambda channel: channel.declare_queue("gateway.replies.1", exclusive=True))
        assert made is (user == "gateway")


async def test_rooms_that_declare_nothing_hear_wait_park_and_answer_with_these_rights(
    imported: Imported, mongo_url: str, database_name: str
) -> None:
    room = Room(imported.urls["distribution"], mongo_url, database_name, declare=False)
    failures: list[Exception] = [NotYet("early"), Permanent("hopeless")]

    async def fail(_: Any) -> None:
        if failures:
            raise failures.pop(0)

    room.before = fail
    async with await aio_pika.connect(imported.url) as connection, connection.channel() as channel:
        for queue in (QUEUE, topology.parking_of(QUEUE), "gateway.DeliveryCompleted.v1"):
            await (await channel.get_queue(queue)).purge()
        await room.start()
        calendar = Bus(imported.urls["calendar"], "calendar", declare=False)
        await calendar.start()
        await calendar.publish(unsaid(ENDED, id="waits-then-parks", room="calendar", time=NOW))
        await eventually(lambda: _has(channel, topology.parking_of(QUEUE)))
        assert failures == []
        assert (await _answer(imported)).data == {"n": 1}
        await eventually(lambda: _has(channel, f"gateway.{FOLLOWS.name}"))
        await calendar.stop()
        await room.stop()


async def test_a_room_that_may_declare_nothing_begins_when_its_queues_have_come(
    servers: Servers, mongo_url: str, database_name: str
) -> None:
    with vhost(servers.rabbitmq) as url:
        room = Room(url, mongo_url, database_name, declare=False)
        with pytest.raises(ChannelNotFoundEntity):
            await room.start()
        async with await aio_pika.connect(url) as connection, connection.channel() as channel:
            await topology.declare(connection)
            await room.start()
            await say_to_queue(channel, "after-all")
            await room.until(1)
        await room.stop()


async def test_what_is_heard_already_is_not_heard_twice_when_a_missing_queue_has_come(servers: Servers) -> None:
    here, missing = topology.queue_of("review", "DraftCreated.v1"), topology.queue_of("review", "DraftRevised.v1")
    with vhost(servers.rabbitmq) as url:
        bus = Bus(url, "review", declare=False)
        for queue in (here, missing):
            bus.hear(queue, topology.EVENTS, queue, _ignore)
        async with await aio_pika.connect(url) as connection, connection.channel() as channel:
            await channel.declare_exchange(topology.EVENTS, aio_pika.ExchangeType.TOPIC, durable=True)
            await channel.declare_queue(here, durable=True, arguments=dict(topology.queue_arguments(here)))
            with pytest.raises(ChannelNotFoundEntity):
                await bus.start()
            await channel.declare_queue(missing, durable=True, arguments=dict(topology.queue_arguments(missing)))
            await bus.start()
            assert [await _hearers(channel, queue) for queue in (here, missing)] == [1, 1]
        await bus.stop()


async def _ignore(_queue: str, _message: object) -> None:
    """Nothing is said here."""


async def _hearers(channel: AbstractChannel, queue: str) -> int | None:
    return (await channel.declare_queue(queue, passive=True)).declaration_result.consumer_count


async def _answer(imported: Imported) -> Reply:
    """Ask as the gateway does, and return the reply."""
    asking = Bus(imported.urls["gateway"], "gateway", declare=False)
    replies: asyncio.Queue[Reply] = asyncio.Queue()
    queue = f"gateway.replies.{new_id()}"

    async def hear(message: Any) -> None:
        await replies.put(Reply.model_validate_json(message.raw_message.body))

    asking.hear_replies(queue, hear)
    await asking.start()
    command = PublishPostmortem(postmortem_id=PM, actor=an_actor())
    await asking.publish(unsaid(command, id=new_id(), room="gateway", time=SystemClock().now()), queue)
    try:
        return await asyncio.wait_for(replies.get(), 10)
    finally:
        await asking.stop()


async def _has(channel: AbstractChannel, queue: str) -> bool:
    return await depth(channel, queue) > 0


async def test_the_gateway_sees_how_long_queues_are_and_the_operator_alone_what_is_parked(imported: Imported) -> None:
    state = await BrokerDepths(imported.urls["gateway"]).state()
    assert all(each.waiting is not None for each in state.depths)
    with pytest.raises(Away, match="ACCESS_REFUSED"):
        await BrokerParking(imported.urls["gateway"]).first(QUEUE, 1)
    async with await aio_pika.connect(imported.url) as connection, connection.channel() as channel:
        for queue in (QUEUE, topology.parking_of(QUEUE)):
            await (await channel.get_queue(queue)).purge()
        place = await channel.get_exchange(topology.PARKING)
        await place.publish(aio_pika.Message(b"{}", message_id="m"), routing_key=QUEUE)
        assert [each.id for each in await BrokerParking(imported.urls[OPERATOR]).redrive(QUEUE, "m")] == ["m"]
        await eventually(lambda: _has(channel, QUEUE))


def test_every_user_is_tried() -> None:
    assert set(USERS) == {*ROOMS, OPERATOR, TOOLS}
    assert all(rights(user).writes for user in USERS)
