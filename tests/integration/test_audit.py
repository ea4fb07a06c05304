"""Seals over a real log: through a backup and back, and when somebody changes the log behind them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aio_pika.abc import AbstractChannel
from pymongo import MongoClient

from deploy.operate.saving import messages
from shared.messaging import topology
from tests.helpers.builders import NOW
from tests.integration.kernel_room import a_channel
from tests.integration.test_backup import Command, a_message, good, logged, on

Row = dict[str, Any]


@pytest.fixture
def afterword(rabbitmq_url: str, mongo_url: str, database_name: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line, working on the test's own broker and databases."""
    return on(monkeypatch, rabbitmq_url, mongo_url, database_name)


async def say(channel: AbstractChannel, *ids: str) -> None:
    """Say events."""
    events = await channel.get_exchange(topology.EVENTS)
    for id in ids:
        await events.publish(a_message(id), routing_key="MeetingEnded.v1")


async def made_anew(url: str, rows: list[Row]) -> None:
    """Do what somebody does who wants another history: the log made again with other messages."""
    async with a_channel(url) as channel:
        await channel.queue_delete(topology.LOG)
        stream = await channel.declare_queue(topology.LOG, durable=True, arguments={"x-queue-type": "stream"})
        for exchange in (topology.EVENTS, topology.INCIDENTS):
            await stream.bind(exchange, routing_key="#")
        events = await channel.get_exchange(topology.EVENTS)
        for row in rows:
            await events.publish(messages.message_of(row), routing_key=row["routing_key"])


async def head(afterword: Command) -> str:
    """Return the digest of the last seal, as programs get it."""
    seals: list[Row] = json.loads(good(await afterword("audit", "show", "--json")))
    assert all("leaves" not in seal for seal in seals)
    return str(seals[-1]["digest"])


async def test_what_is_sealed_is_verified_again_and_again(afterword: Command, rabbitmq_url: str) -> None:
    nothing = await afterword("audit", "verify")
    assert (nothing.exit_code, "nothing is sealed yet" in nothing.output) == (1, True)
    async with a_channel(rabbitmq_url) as channel:
        await say(channel, "m-1", "m-2")
        assert "sealed: 2 messages" in good(await afterword("audit", "seal"))
        first = await head(afterword)
        await say(channel, "m-3")
        assert "1 messages came since the last seal" in good(await afterword("audit", "verify"))
        assert "sealed: 1 messages" in good(await afterword("audit", "seal"))
        assert "sealed: 0 messages" in good(await afterword("audit", "seal"))
    said = good(await afterword("audit", "verify", "--head", first))
    assert "3 messages are as they were sealed" in said
    assert "the head that you kept is that of seal 1" in said
    wrong = await afterword("audit", "verify", "--head", "0" * 64)
    assert (wrong.exit_code, "no seal has the head" in wrong.output) == (1, True)


async def test_the_chain_survives_a_restore_to_another_place(
    afterword: Command, rabbitmq_url: str, empty_rabbitmq_url: str, mongo_url: str, database_name: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    async with a_channel(rabbitmq_url) as channel:
        for id in ("m-1", "m-2", "m-3"):
            await say(channel, id)
            good(await afterword("audit", "seal"))  # whose mark takes a place of the log, which a backup does not keep
    kept = await head(afterword)
    good(await afterword("backup", str(tmp_path / "backup")))
    there = on(monkeypatch, empty_rabbitmq_url, mongo_url, f"{database_name}_new")
    good(await there("restore", str(tmp_path / "backup")))
    assert "3 messages are as they were sealed" in good(await there("audit", "verify", "--head", kept))
    async with a_channel(empty_rabbitmq_url) as channel:
        await say(channel, "m-4")
    assert "sealed: 1 messages" in good(await there("audit", "seal"))
    assert "4 messages are as they were sealed" in good(await there("audit", "verify", "--head", kept))


async def test_a_backup_seals_what_it_saves(afterword: Command, rabbitmq_url: str, tmp_path: Path) -> None:
    async with a_channel(rabbitmq_url) as channel:
        await say(channel, "m-1")
    assert "sealed: " in good(await afterword("backup", str(tmp_path / "one")))
    await made_anew(rabbitmq_url, [])
    said = good(await afterword("backup", str(tmp_path / "other")))
    assert "not sealed: the log does not have what was sealed last" in said


async def test_another_history_is_found(afterword: Command, rabbitmq_url: str) -> None:
    async with a_channel(rabbitmq_url) as channel:
        await say(channel, "m-1", "m-2", "m-3")
    good(await afterword("audit", "seal"))
    rows = await logged(rabbitmq_url)
    changed = {**rows[1], "body": rows[1]["body"].replace(b'"uid":"uid"', b'"uid":"did"')}
    for history, what in (
        ([rows[0], changed, rows[2]], "seal 1, entry 1, place 1 of the log: is another now: m-2"),
        ([rows[0], rows[2]], "seal 1, entry 1: missing from here on: 1"),
        ([*rows[:2], rows[0], rows[2]], "behind it stand 1 that nobody sealed (m-1)"),
        ([rows[1], rows[2]], "the first 1 sealed messages are gone"),
        ([], "missing at the end of the log: 3"),
    ):
        await made_anew(rabbitmq_url, history)
        found = await afterword("audit", "verify")
        assert (found.exit_code, what in found.output) == (1, True), found.output
    lost = await afterword("audit", "seal")
    assert (lost.exit_code, "--anew" in lost.output) == (1, True)
    good(await afterword("audit", "seal", "--anew", "the disk died"))
    assert "the log began anew: the disk died" in good(await afterword("audit", "verify"))


async def test_seals_that_were_changed_in_the_database_are_found(
    afterword: Command, rabbitmq_url: str, mongo_url: str, database_name: str
) -> None:
    async with a_channel(rabbitmq_url) as channel:
        await say(channel, "m-1")
    good(await afterword("audit", "seal"))
    with MongoClient[Row](mongo_url) as client:
        client[f"{database_name}_audit"]["seals"].update_one({"_id": 1}, {"$set": {"at": NOW}})
    found = await afterword("audit", "verify")
    assert (found.exit_code, "seal 1 is not as it was written" in found.output) == (1, True)
    wrong = await afterword("audit", "verify", "--head", "latest")
    assert (wrong.exit_code, "16 to 64 of the digits" in wrong.output) == (1, True)
