"""Saving an installation and putting it back, on real servers."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import aio_pika
import pytest
from pymongo import MongoClient
from typer.testing import CliRunner, Result

from deploy.cli import app
from deploy.local.rooms import ROOMS
from deploy.local.testing import fresh_database_name
from deploy.operate.broker import MANAGEMENT, RABBITMQ, Broker
from deploy.operate.log import end_of
from deploy.operate.room_databases import DATABASE, MONGO
from deploy.operate.saving import databases, manifest, messages
from deploy.operate.saving.quiet import Places
from services.drafting.domain import Postmortem
from services.drafting.store import MongoPostmortems
from shared.messaging import topology
from shared.messaging.broker import Bus
from shared.messaging.envelope import unsaid
from shared.messaging.outbox import Relay
from shared.mongo import connect, database
from tests.helpers.builders import NOW
from tests.helpers.wire import to_amqp
from tests.integration.kernel_room import ENDED, a_channel, depth

HEARER = "distribution.MeetingEnded.v1"
PARKED, WAITING = topology.parking_of(HEARER), topology.waiting(360_000)
Command = Callable[..., Awaitable[Result]]
Row = dict[str, Any]


def on(monkeypatch: pytest.MonkeyPatch, url: str, mongo_url: str, name: str) -> Command:
    """The command line, working on a virtual host and databases."""

    async def run(*words: str) -> Result:
        for key, value in ((RABBITMQ, url), (MONGO, mongo_url), (DATABASE, name)):
            monkeypatch.setenv(key, value)
        monkeypatch.delenv(MANAGEMENT, raising=False)
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, words))

    return run


@pytest.fixture
def old(rabbitmq_url: str, mongo_url: str, database_name: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The installation that is saved."""
    return on(monkeypatch, rabbitmq_url, mongo_url, database_name)


@pytest.fixture
def new_name() -> str:
    """Another name for databases."""
    return fresh_database_name()


@pytest.fixture
def new(empty_rabbitmq_url: str, mongo_url: str, new_name: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """An installation with nothing in it."""
    return on(monkeypatch, empty_rabbitmq_url, mongo_url, new_name)


def a_message(id: str, **headers: Any) -> aio_pika.Message:
    """A message as the rooms say it, with headers that were put on its way."""
    made = to_amqp(unsaid(ENDED, id=id, room="calendar", time=NOW))
    made.headers = {**made.headers, **headers}
    return made


async def fill_broker(url: str) -> None:
    """Say three events, of which one hearer has heard none, one waits and one is parked."""
    async with a_channel(url) as channel:
        events = await channel.get_exchange(topology.EVENTS)
        for id in ("m-1", "m-2", "m-3"):
            await events.publish(a_message(id), routing_key="MeetingEnded.v1")
        waiting = await channel.get_exchange(WAITING)
        await waiting.publish(a_message("m-4", **{"x-attempts": 3, "x-first": NOW}), routing_key=HEARER)
        parking = await channel.get_exchange(topology.PARKING)
        await parking.publish(
            a_message(
                "m-5", **{"x-error": "Permanent: no", "x-raw": bytearray(b"\x00"), "x-more": [{"x": Decimal("1.5")}]}
            ),
            routing_key=HEARER,
        )


def fill_databases(mongo_url: str, name: str) -> None:
    """Put something into every room's database: documents of all kinds of values, indexes, an empty collection."""
    with MongoClient[Row](mongo_url, tz_aware=True) as client:
        for number, room in enumerate(ROOMS):
            rows = client[f"{name}_{room}"]["things"]
            rows.insert_many(
                [{"_id": f"{n}", "n": n, "at": NOW, "raw": b"\x00", "in": [{"é": None}]} for n in range(1200)]
            )
            rows.create_index([("n", -1), ("at", 1)], name="both", unique=True)
            rows.create_index("at", name="forget", expireAfterSeconds=10**9)
            rows.create_index("n", name="part", partialFilterExpression={"in": {"$exists": True}})
            client[f"{name}_{room}"].create_collection(f"empty_{number}")


def content(mongo_url: str, name: str) -> dict[str, Any]:
    """Everything in the databases, and the indexes."""
    found: dict[str, Any] = {}
    with MongoClient[Row](mongo_url, tz_aware=True) as client:
        for room in ROOMS:
            rooms = client[f"{name}_{room}"]
            for each in sorted(rooms.list_collection_names()):
                indexes = {key: str(value) for key, value in rooms[each].index_information().items()}
                found[f"{room}.{each}"] = (list(rooms[each].find().sort("_id", 1)), indexes)
    return found


async def waiting(url: str, *names: str) -> dict[str, list[Row]]:
    """What waits in queues, in order."""
    async with await aio_pika.connect(url) as connection:
        return {name: await messages.in_queue(connection, name) for name in names}


async def logged(url: str) -> list[Row]:
    """The log of events."""
    async with await aio_pika.connect(url) as connection:
        parts = [part async for part in messages.in_log(connection, 0, await end_of(connection))]
    return [row for part in parts for row in part]


def good(result: Result) -> str:
    """What a command that went well said."""
    assert result.exit_code == 0, result.output
    return result.output


async def test_what_is_put_back_is_what_was_saved(
    old: Command, new: Command, rabbitmq_url: str, empty_rabbitmq_url: str, mongo_url: str, database_name: str,
    new_name: str, tmp_path: Path,
) -> None:  # fmt: skip
    fill_databases(mongo_url, database_name)
    await fill_broker(rabbitmq_url)
    folder = tmp_path / "backup"
    said = good(await old("backup", str(folder)))
    assert "6,001 documents, 3 events in the log, 8 messages waiting" in said
    assert (folder.stat().st_mode & 0o077, (folder / "log.bson.gz").stat().st_mode & 0o077) == (0, 0)
    before = await waiting(rabbitmq_url, HEARER, PARKED, WAITING)
    assert [row["properties"]["message_id"] for row in before[HEARER]] == ["m-1", "m-2", "m-3"]
    good(await new("restore", str(folder)))
    assert content(mongo_url, new_name) == content(mongo_url, database_name)
    after = await waiting(empty_rabbitmq_url, HEARER, PARKED, WAITING)
    assert after == {HEARER: [*before[WAITING], *before[HEARER]], PARKED: before[PARKED], WAITING: []}
    assert await logged(empty_rabbitmq_url) == await logged(rabbitmq_url)
    async with a_channel(empty_rabbitmq_url) as channel:
        assert await depth(channel, "gateway.MeetingEnded.v1") == 3
    good(await new("topology", "check"))
    again = await new("restore", str(folder))
    assert (again.exit_code, "has events: --replace removes them" in again.output) == (1, True)
    good(await new("restore", str(folder), "--replace", "--yes"))
    assert content(mongo_url, new_name) == content(mongo_url, database_name)
    assert len((await waiting(empty_rabbitmq_url, HEARER))[HEARER]) == 4


async def test_what_was_decided_and_not_said_is_said_after_it_was_put_back(
    old: Command, new: Command, empty_rabbitmq_url: str, mongo_url: str, database_name: str, new_name: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    told = unsaid(ENDED, id="m-9", room="drafting", time=NOW)
    row = {name: getattr(told, name) for name in told.__slots__}
    with MongoClient[Row](mongo_url) as client:
        kept = {"_id": "p", "version": 1, "state": {}, "handled": [], "outbox": [row], "unsaid_at": NOW}
        client[f"{database_name}_drafting"]["postmortems"].insert_one(kept)
    good(await old("backup", str(tmp_path / "backup")))
    good(await new("restore", str(tmp_path / "backup")))
    client_there, bus = connect(mongo_url), Bus(empty_rabbitmq_url, "drafting")
    store = MongoPostmortems(database(client_there, f"{new_name}_drafting"))
    assert store.states.state is Postmortem
    await bus.start()
    assert await Relay(store, bus.publish).sweep() == 1
    await bus.stop()
    client_there.close()
    (heard,) = (await waiting(empty_rabbitmq_url, HEARER))[HEARER]
    assert heard["properties"]["message_id"] == "m-9"


async def test_nothing_is_saved_while_a_room_works(old: Command, rabbitmq_url: str, tmp_path: Path) -> None:
    async def hears(_: aio_pika.abc.AbstractIncomingMessage) -> None:
        """Take nothing, but be there."""

    async with a_channel(rabbitmq_url) as channel:
        await (await channel.get_queue(HEARER)).consume(hears)
        refused = await old("backup", str(tmp_path / "backup"))
    assert (refused.exit_code, "still work: distribution" in refused.output) == (1, True)
    assert not (tmp_path / "backup" / manifest.NAME).exists()


async def test_what_is_said_while_it_is_saved_is_in_the_log_and_in_the_queues_or_in_neither(
    old: Command, rabbitmq_url: str, tmp_path: Path
) -> None:
    over = asyncio.Event()

    async def tool() -> int:
        said = 0
        async with a_channel(rabbitmq_url) as channel:
            events = await channel.get_exchange(topology.EVENTS)
            while not over.is_set():
                await events.publish(a_message(f"t-{said}"), routing_key="MeetingEnded.v1")
                said += 1
                await asyncio.sleep(0.3)
        return said

    speaking = asyncio.create_task(tool())
    result = await old("backup", str(tmp_path / "backup"))
    over.set()
    assert await speaking > 0
    if result.exit_code == 0:
        found = manifest.load(tmp_path / "backup")
        assert found.waiting[HEARER] == found.log.documents
    else:
        assert "come faster than they are saved" in result.output


async def test_a_folder_that_is_not_empty_is_left_alone(old: Command, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    refused = await old("backup", str(tmp_path))
    assert "is not empty: name a new one" in refused.output
    assert os.listdir(tmp_path) == ["mine"]  # noqa: PTH208 - ours to read


async def test_a_damaged_file_is_named_before_anything_is_changed(
    old: Command, new: Command, mongo_url: str, database_name: str, new_name: str, tmp_path: Path
) -> None:
    fill_databases(mongo_url, database_name)
    folder = tmp_path / "backup"
    good(await old("backup", str(folder)))
    path = folder / "databases" / "review" / "things.bson.gz"
    whole = path.read_bytes()
    for damage in (whole[:-9], whole[:50] + b"\x00" + whole[51:], gzip.compress(b"\x05\x00\x00\x00\x00")):
        path.write_bytes(damage)
        refused = await new("restore", str(folder))
        assert (refused.exit_code, f"{path} is not as it was written" in refused.output) == (1, True)
    path.unlink()
    assert f"cannot read {path}: No such file" in (await new("restore", str(folder))).output
    assert content(mongo_url, new_name) == {}
    assert "is no backup, or one that was not finished" in (await new("restore", str(tmp_path))).output


async def test_a_queue_that_this_version_does_not_have_is_refused(old: Command, new: Command, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    good(await old("backup", str(folder)))
    path = folder / manifest.NAME
    path.write_text(json.dumps({**json.loads(path.read_text()), "waiting": {"review.Gone.v1": 2}}))
    refused = await new("restore", str(folder))
    assert "2 messages for review.Gone.v1, which this version does not have" in refused.output


async def test_rooms_see_nothing_of_a_restore_that_broke_off(
    old: Command, new: Command, empty_rabbitmq_url: str, mongo_url: str, database_name: str, new_name: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    fill_databases(mongo_url, database_name)
    folder = tmp_path / "backup"
    good(await old("backup", str(folder)))
    where = Places(Broker(empty_rabbitmq_url), mongo_url, new_name, is_here=False)
    with databases.opened(where) as client:
        half = manifest.load(folder).collections[:3]
        databases.put_beside(client, where, folder, half, lambda _: None)
        assert databases.count(client, where) == 0
    good(await new("restore", str(folder)))
    assert content(mongo_url, new_name) == content(mongo_url, database_name)


async def test_who_is_not_there_is_named(old: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    away = on(monkeypatch, "amqp://a:b@127.0.0.1:1/", "mongodb://127.0.0.1:1/", "x")
    assert "RabbitMQ at 127.0.0.1:1" in (await away("backup", str(tmp_path / "a"))).output
    monkeypatch.setenv(RABBITMQ, "amqp://a:b@127.0.0.1:1/")
    monkeypatch.delenv(MONGO, raising=False)
    refused = await asyncio.to_thread(lambda: CliRunner().invoke(app, ("backup", str(tmp_path / "b"))))
    assert f"{MONGO} is not" in refused.output
