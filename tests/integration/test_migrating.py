"""`afterword migrate`: documents at rest are brought forward, beside rooms of both versions that go on working."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.local.errors import LocalError
from deploy.operate import migrating
from shared.messaging.documents import Change
from shared.mongo import Database, MongoDocuments, Row, connect, database
from tests.contract.things import a_change
from tests.helpers.two_versions import NEW, OLD, New, Old

MANY = 2 * migrating.AT_ONCE + 50


class Things(MongoDocuments[New]):
    """The newer version's store, which finds documents by something that the older one did not write."""

    def find(self, state: New) -> Row:
        return {"lead": state.lead}


@pytest.fixture
async def rooms(mongo_url: str, database_name: str) -> AsyncIterator[Database]:
    client = connect(mongo_url)
    yield database(client, database_name)
    client.close()


@pytest.fixture
async def things(rooms: Database) -> Things:
    """As the older version wrote them, half of them before documents said their form."""
    empty: Row = {"version": 7, "handled": [], "outbox": [], "find": {}}
    rows = [{"_id": f"{n:04}", **empty, **OLD.row(Old(n=n, owner="ada"))} for n in range(MANY)]
    for row in rows[::2]:
        del row["schema"]
    await rooms["things"].insert_many(rows)
    return Things(rooms["things"], New, NEW.schema)


async def test_what_nobody_changed_is_brought_forward_and_found(things: Things) -> None:
    before = await migrating.forms("drafting.things", things)
    assert (before.counted, before.older, before.newer) == ({1: MANY}, MANY, 0)
    steps: list[int] = []
    await migrating.forward("drafting.things", things, steps.append)
    assert sum(steps) == MANY
    assert (await migrating.forms("drafting.things", things)).counted == {2: MANY}
    assert await things.collection.count_documents({"find.lead": "ada", "version": 7}) == MANY
    row = await things.collection.find_one({"_id": "0003"})
    assert row
    assert (NEW.of(row), OLD.of(row)) == (New(n=3, lead="ada"), Old(n=3, owner="ada"))


async def test_when_it_was_stopped_it_goes_on_with_what_is_left(things: Things) -> None:
    class Stopped(Exception):
        pass

    def stop(_: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        await migrating.forward("drafting.things", things, stop)
    left = (await migrating.forms("drafting.things", things)).older
    assert left == MANY - migrating.AT_ONCE
    steps: list[int] = []
    await migrating.forward("drafting.things", things, steps.append)
    assert sum(steps) == left


async def test_what_is_changed_meanwhile_is_as_it_was_changed(things: Things) -> None:
    old = MongoDocuments(things.collection, Old)

    async def change(key: str) -> None:
        loaded, _ = await old.read(key, "")
        await asyncio.sleep(0)
        await old.write(a_change_of(loaded.version, Old(n=-1, owner="eve"), key))

    await asyncio.gather(
        migrating.forward("drafting.things", things, lambda _: None), *(change(f"{n:04}") for n in range(0, MANY, 10))
    )
    async for row in things.collection.find():
        n = int(row["_id"])
        assert NEW.of(row) == (New(n=n, lead="ada") if n % 10 else New(n=-1, lead="eve"))
        assert row["version"] == (7 if n % 10 else 8)


def a_change_of(version: int, state: Old, key: str) -> Change[Old]:
    return replace(a_change(version, 0, key=key, said_all=True), state=state)


async def test_one_that_cannot_be_read_is_named(things: Things) -> None:
    await things.collection.update_one({"_id": "0150"}, {"$set": {"state.n": "many"}})
    with pytest.raises(LocalError, match=r"drafting\.things cannot be read: .*n\b"):
        await migrating.forward("drafting.things", things, lambda _: None)
    assert (await migrating.forms("drafting.things", things)).counted[2] == migrating.AT_ONCE


def test_the_command_counts_every_kind_and_has_nothing_to_do(
    mongo_url: str, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERWORD_MONGO_URL", mongo_url)
    monkeypatch.setenv("AFTERWORD_DATABASE", database_name)
    shown = CliRunner().invoke(app, ["migrate", "status"])
    assert shown.exit_code == 0, shown.output
    assert {"drafting.postmortems", "review.reviewers", "gateway.library", "distribution.digests"} <= set(
        shown.output.split()
    )
    done = CliRunner().invoke(app, ["migrate", "forward"])
    assert (done.exit_code, "0 documents brought forward" in done.output) == (0, True)


def test_without_a_database_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AFTERWORD_MONGO_URL", raising=False)
    monkeypatch.setenv("AFTERWORD_LOCAL", "/nowhere/at/all")
    shown = CliRunner().invoke(app, ["migrate", "status"])
    assert (shown.exit_code, "AFTERWORD_MONGO_URL is not set" in shown.output) == (1, True)
