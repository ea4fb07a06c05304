"""The doctor, and a room that starts, on real servers that have one fault each."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

import aio_pika
import httpx
import pytest
import structlog

from deploy.local.testing import Servers
from shared.messaging import topology
from shared.messaging.broker import Bus
from tests.faults.broker import BrokerControl
from tests.helpers.doctoring import Look, listening, other, silent, wrong
from tests.integration.kernel_room import eventually

QUEUE = "review.DraftCreated.v1"


async def test_nothing_is_wrong_where_nothing_is_wrong(look: Look) -> None:
    found = await look()
    assert wrong(found) == []
    checks = {each["check"] for each in found if each["state"] == "ok"}
    assert checks == {
        *("settings", "policy", "broker", "topology", "alarms", "permissions", "parked", "clock", "database"),
        *("calendar", "relay", "documents"),
    }


async def test_whoever_is_not_there_is_named_with_host_and_port(look: Look) -> None:
    found = wrong(
        await look(
            RABBITMQ_URL="amqp://afterword:a-long-password@127.0.0.1:1/",
            RABBITMQ_MANAGEMENT_URL="http://127.0.0.1:2",
            MONGO_URL="mongodb://127.0.0.1:3/",
            CALDAV_URL="http://company:a-long-password@127.0.0.1:4/c/",
            SMTP_URL="smtp://127.0.0.1:5",
        )
    )
    assert [each["check"] for each in found] == ["broker", "management", "database", "calendar", "relay"]
    for port, each in enumerate(found, 1):
        assert f"127.0.0.1:{port}" in each["where"]
        assert each["what"] == "is not there (connection refused)"
        assert "AFTERWORD_" in each["help"]


async def test_a_name_that_nobody_knows_is_said(look: Look) -> None:
    found = wrong(await look("drafting", RABBITMQ_URL="amqp://a:a-long-password@nowhere.invalid/"))
    assert ("broker", "has a name that nobody knows") in [(each["check"], each["what"]) for each in found]


async def test_a_wrong_password_is_told_from_a_server_that_is_away(
    look: Look, servers: Servers, rabbitmq_url: str
) -> None:
    found = wrong(
        await look(
            RABBITMQ_URL=other(rabbitmq_url, account="afterword:another-password"),
            MONGO_URL=other(servers.mongodb.url, account="somebody:another-password"),
            CALDAV_URL=other(servers.radicale.url_with_account, account="company:another-password"),
        )
    )
    by_check = {each["check"]: each for each in found}
    assert by_check["broker"]["what"] == "refuses the login of 'afterword'"
    assert "rabbitmqctl change_password afterword" in by_check["broker"]["help"]
    assert by_check["database"]["what"] == "refuses the login of 'somebody'"
    assert by_check["calendar"]["what"] == "answers 401 to PROPFIND"
    assert "another-password" not in json.dumps(found)


async def test_a_virtual_host_that_is_not_there_is_said_with_the_command_that_makes_it(
    look: Look, rabbitmq_url: str
) -> None:
    found = wrong(await look("drafting", RABBITMQ_URL=other(rabbitmq_url, path="/another")))
    broker = next(each for each in found if each["check"] == "broker")
    assert "no virtual host 'another'" in broker["what"]
    assert "rabbitmqctl add_vhost another" in broker["help"]


@pytest.fixture
def narrow(servers: Servers, rabbitmq_url: str) -> Iterator[str]:
    """A login that may read and write nearly everything, and declare nothing."""
    user, vhost = f"test-{secrets.token_hex(4)}", urlsplit(rabbitmq_url).path[1:]
    with httpx.Client(base_url=servers.rabbitmq.management_url or "", timeout=20) as client:
        client.put(f"/api/users/{user}", json={"password": "a-long-password", "tags": ""}).raise_for_status()
        rights = {"configure": "^$", "write": ".*", "read": r"^(?!review\.DraftCreated)"}
        client.put(f"/api/permissions/{vhost}/{user}", json=rights).raise_for_status()
        yield other(rabbitmq_url, account=f"{user}:a-long-password")
        client.delete(f"/api/users/{user}").raise_for_status()


async def test_a_permission_that_is_missing_is_named_with_user_and_queue(look: Look, narrow: str) -> None:
    found = await look("review", RABBITMQ_URL=narrow, DECLARE_TOPOLOGY="false")
    (right,) = wrong(found)
    assert right["what"] == f"review may not read {QUEUE}"
    assert str(urlsplit(narrow).username) in right["where"]
    assert "rabbitmqctl set_permissions" in right["help"]
    assert "was not compared" in next(each["what"] for each in found if each["check"] == "topology")


async def test_a_room_that_may_not_declare_says_at_its_start_who_may_not_and_what_helps(narrow: str) -> None:
    with structlog.testing.capture_logs() as logs:
        assert not await Bus(narrow, "review")._declared()
    assert f"refuses '{urlsplit(narrow).username}' something: ACCESS_REFUSED" in logs[0]["error"]
    assert "rabbitmqctl set_permissions" in logs[0]["error"]


async def test_a_queue_with_other_arguments_is_named_by_the_doctor_and_by_a_room_that_starts(
    look: Look, rabbitmq_url: str
) -> None:
    arguments = {**topology.queue_arguments(QUEUE), "x-delivery-limit": 3}
    async with await aio_pika.connect(rabbitmq_url) as connection, connection.channel() as channel:
        await channel.queue_delete(QUEUE)
        await channel.declare_queue(QUEUE, durable=True, arguments=dict(arguments))
    found = wrong(await look("review"))
    queue, binding = found
    assert queue["what"] == f"the queue {QUEUE} has x-delivery-limit '3' instead of '20'"
    assert f"rabbitmqctl delete_queue {QUEUE}" in queue["help"]
    assert binding["what"] == f"{QUEUE} hears no DraftCreated.v1 of afterword.events"
    with structlog.testing.capture_logs() as logs:
        assert not await Bus(rabbitmq_url, "review")._declared()
    assert queue["help"] in logs[0]["error"]
    assert urlsplit(rabbitmq_url).netloc.rpartition("@")[2] in logs[0]["error"]


async def test_a_full_disk_of_the_broker_is_said_before_anybody_wonders_why_nothing_moves(
    look: Look, servers: Servers
) -> None:
    control = BrokerControl(servers._site, servers.rabbitmq)
    nodes = f"{servers.rabbitmq.management_url}/api/nodes"

    async def is_told(alarm: bool) -> bool:
        async with httpx.AsyncClient() as client:
            return all(node["disk_free_alarm"] is alarm for node in (await client.get(nodes)).json())

    await asyncio.to_thread(control._evaluate, "rabbit_disk_monitor:set_disk_free_limit(900000000000000)")
    try:
        await eventually(partial(is_told, True), 60)
        (alarm,) = wrong(await look("drafting"))
    finally:
        await asyncio.to_thread(control._evaluate, "rabbit_disk_monitor:set_disk_free_limit(50000000)")
    assert "disk alarm" in alarm["what"]
    assert "set_disk_free_limit" in alarm["help"]
    await eventually(partial(is_told, False), 60)


async def test_a_server_that_takes_connections_and_says_nothing_hides_no_other(look: Look) -> None:
    async with listening(silent) as port:
        found = await look(RABBITMQ_URL=f"amqp://afterword:a-long-password@127.0.0.1:{port}/")
    (broker, *_) = wrong(found)
    assert (broker["check"], broker["what"]) == ("broker", "says nothing")
    assert {each["check"] for each in found if each["state"] == "ok"} >= {"database", "calendar", "relay"}
