"""The doctor, and a room that starts, on real servers that have one fault each."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aio_pika
import httpx
import pytest
import structlog
from typer.testing import CliRunner

from deploy.cli import app
from deploy.local.testing import Servers
from deploy.operate.doctor import management_check
from deploy.operate.doctor.finding import State
from services.drafting.store import MongoPostmortems
from services.review.domain import Membership
from shared.contracts.community import Member
from shared.messaging import topology
from shared.messaging.broker import Bus
from shared.mongo import connect, database
from shared.mongo_trouble import explained
from shared.trouble import NotReady
from tests.faults.broker import BrokerControl
from tests.integration.kernel_room import eventually

POLICY = Path(__file__).parents[2] / "deploy" / "local" / "afterword.toml"
QUEUE = "review.DraftCreated.v1"
Found = list[dict[str, str]]
Look = Callable[..., Awaitable[Found]]


@pytest.fixture
def look(servers: Servers, rabbitmq_url: str, database_name: str, monkeypatch: pytest.MonkeyPatch) -> Look:
    """What the command finds on the test's own servers, with some settings changed."""
    given = {
        "RABBITMQ_URL": rabbitmq_url,
        "RABBITMQ_MANAGEMENT_URL": servers.rabbitmq.management_url or "",
        "MONGO_URL": servers.mongodb.url,
        "DATABASE": database_name,
        "CALDAV_URL": servers.radicale.url_with_account,
        "SMTP_URL": servers.mailcatcher.smtp_url,
        "POLICY": str(POLICY),
        "SECRET_KEY": "x" * 32,
    }

    async def run(*rooms: str, **changed: str) -> Found:
        for name, value in {**given, **changed}.items():
            monkeypatch.setenv(f"AFTERWORD_{name}", value)
        words = ["doctor", "--json", "--timeout", "60", *(word for room in rooms for word in ("--room", room))]
        result = await asyncio.to_thread(lambda: CliRunner().invoke(app, words))
        found: Found = json.loads(result.stdout)
        assert result.exit_code == int(any(each["state"] == "failed" for each in found))
        return found

    return run


def wrong(found: Found) -> Found:
    """What failed, each with something to do about it."""
    failed = [each for each in found if each["state"] == "failed"]
    assert all(each["help"] for each in failed)
    return failed


def other(url: str, **parts: Any) -> str:
    """An address with a part changed; `account` and `port` are parts of their own."""
    split = urlsplit(url)
    account = parts.pop("account", f"{split.username}:{split.password}" if split.username else "")
    host = f"{split.hostname}:{parts.pop('port', split.port)}"
    return urlunsplit(split._replace(netloc=f"{account}@{host}" if account else host, **parts))


@asynccontextmanager
async def listening(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """The port of a server that answers as it is told to."""
    over = asyncio.Event()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(reader, writer)
        await over.wait()
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        over.set()
        server.close()


async def silent(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    """Say nothing."""


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
    assert urlsplit(narrow).username in right["where"]
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


async def test_an_index_with_other_options_is_said_by_both(
    look: Look, servers: Servers, mongo_url: str, database_name: str
) -> None:
    client = connect(mongo_url)
    name = f"{database_name}_drafting"
    await client[name]["postmortems"].create_index([("due_at", 1)], name="due_at")
    (index,) = wrong(await look("drafting"))
    assert index["where"].endswith(f"{name}.postmortems")
    assert "dropIndex('due_at')" in index["help"]
    with pytest.raises(NotReady, match=r"has another index: .*dropIndex"):
        await explained(MongoPostmortems(database(client, name)).prepare, mongo_url)()
    client.close()


async def test_documents_of_an_older_and_of_a_newer_version_are_told_from_those_that_are_read(
    look: Look, mongo_url: str, database_name: str
) -> None:
    client = connect(mongo_url)
    reviews = client[f"{database_name}_review"]["reviewers"]
    member = Member(name="A", email="a@example.com")
    state = Membership(version=1, origin="policy", reviewer=member).model_dump(mode="json")
    await reviews.insert_one({"_id": "well", "state": state})
    assert wrong(await look("review")) == []
    await reviews.insert_one({"_id": "newer", "state": {**state, "of_tomorrow": 1}})
    warned = [each for each in await look("review") if (each["check"], each["state"]) == ("documents", "warning")]
    assert "a newer version wrote of_tomorrow into newer" in warned[0]["what"]
    await reviews.insert_one({"_id": "older", "state": {}})
    (older,) = wrong(await look("review"))
    assert older["what"].startswith("review cannot read older: ")
    assert older["where"].endswith(f"{database_name}_review.reviewers")
    client.close()


async def test_a_user_that_may_only_read_the_calendar_is_found_without_writing(look: Look, servers: Servers) -> None:
    reader = servers.radicale.reader
    url = other(servers.radicale.url_with_account, account=f"{reader.username}:{reader.password}")
    (found,) = wrong(await look("calendar", CALDAV_URL=url))
    assert (found["check"], found["what"]) == ("calendar", "lets us read and not write")


async def test_a_collection_that_is_not_there_is_said(look: Look, servers: Servers) -> None:
    url = other(servers.radicale.url_with_account, path="/company/another/")
    (found,) = wrong(await look("calendar", CALDAV_URL=url))
    assert "no collection at" in found["what"] + found["help"]


async def test_a_relay_that_refuses_the_login_is_said_in_its_own_words(look: Look) -> None:
    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay\r\n")
        while line := await reader.readline():
            is_hello = line.upper().startswith(b"EHLO")
            writer.write(b"250-relay\r\n250 AUTH PLAIN\r\n" if is_hello else b"535 5.7.8 no such mailbox\r\n")

    async with listening(relay) as port:
        url = f"smtp://me:a-long-password@127.0.0.1:{port}?starttls=off"
        (found,) = wrong(await look("distribution", SMTP_URL=url))
    assert "535 5.7.8 no such mailbox" in found["what"]
    assert found["where"] == f"mail relay at 127.0.0.1:{port}"
    assert "right user and password" in found["help"]


async def test_a_server_that_takes_connections_and_says_nothing_hides_no_other(look: Look) -> None:
    async with listening(silent) as port:
        found = await look(RABBITMQ_URL=f"amqp://afterword:a-long-password@127.0.0.1:{port}/")
    (broker, *_) = wrong(found)
    assert (broker["check"], broker["what"]) == ("broker", "says nothing")
    assert {each["check"] for each in found if each["state"] == "ok"} >= {"database", "calendar", "relay"}


async def test_a_server_whose_clock_is_an_hour_ahead_is_named() -> None:
    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
            writer.write(head + b"Date: Fri, 01 Jan 2100 00:00:00 GMT\r\n\r\n[]")

    async with listening(page) as port:
        found = await management_check.check(f"http://a:b@127.0.0.1:{port}", {})
    clock = found[0]
    assert (clock.check, clock.state) == ("clock", State.FAILED)
    assert f"127.0.0.1:{port}" in clock.where
    assert "ahead of this machine's" in clock.what
