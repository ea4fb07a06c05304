"""Several instances of the room over one ledger in MongoDB, and what asking it costs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from services.distribution.domain import Outcome, Result, State, settle
from services.distribution.domain.delivery import TOGETHER
from services.distribution.store import MongoLedger
from shared.mongo import Row, connect, database
from tests.helpers.builders import NOW, PM
from tests.unit.distribution.fakes import a_row

LEASE = timedelta(minutes=10)


@pytest.fixture
async def ledgers(mongo_url: str, database_name: str) -> AsyncIterator[list[MongoLedger]]:
    """Return the ledgers of three instances; each has connections of its own."""
    clients = [connect(mongo_url) for _ in range(3)]
    stores = [MongoLedger(database(client, database_name)) for client in clients]
    await stores[0].prepare()
    yield stores
    for client in clients:
        client.close()


async def taken(ledger: MongoLedger) -> list[str]:
    """Take whatever there is, as five senders of one instance do; return what was taken."""
    found: list[str] = []

    async def take() -> None:
        while claims := await ledger.claim(NOW, NOW + LEASE):
            found.extend(claim.delivery.id for claim in claims)

    await asyncio.gather(*(take() for _ in range(5)))
    return found


@pytest.mark.parametrize("to", ["", "list@example.com"])
async def test_instances_share_the_rows_and_none_goes_to_two(ledgers: list[MongoLedger], to: str) -> None:
    rows = [a_row(f"r{n:04}@example.com", to=to) for n in range(7 * TOGETHER)]
    await ledgers[0].add(rows)
    found = await asyncio.gather(*(taken(ledger) for ledger in ledgers))
    everything = [id for each in found for id in each]
    assert sorted(everything) == sorted(row.id for row in rows)


async def test_counting_reads_no_row_but_an_index_alone(ledgers: list[MongoLedger]) -> None:
    ledger = ledgers[0]
    await ledger.add([a_row(f"r{n}@example.com", state=State.ACCEPTED) for n in range(50)])
    assert (await ledger.counts(PM, 2)).accepted == 50
    pipeline: list[dict[str, Any]] = [
        {"$match": {"postmortem_id": PM, "revision": 2}},
        {"$group": {"_id": "$state", "n": {"$sum": 1}}},
    ]
    explained = await ledger.collection.database.command(
        "explain",
        {"aggregate": ledger.collection.name, "pipeline": pipeline, "hint": "states", "cursor": {}},
        verbosity="executionStats",
    )
    assert "FETCH" not in str(explained)
    assert "'totalDocsExamined': 0" in str(explained)


async def test_rows_of_before_there_were_notices_are_read_as_they_were(ledgers: list[MongoLedger]) -> None:
    store = ledgers[0]
    old: Row = {
        "_id": "old",
        "state": "pending",
        "postmortem_id": PM,
        "revision": 2,
        "recipient": "a@example.com",
        "list": "everyone",
        "message_id": "<a@mail.example.com>",
        "attempts": 1,
        "claim": 1,
        "not_before": NOW,
        "updated_at": NOW,
        "reply": "451 later",
    }
    await store.collection.insert_one(old)
    (claim,) = await store.claim(NOW, NOW + LEASE)
    assert claim.delivery.notice is None
    assert await store.settle([settle(claim.delivery, Result(Outcome.ACCEPTED, "250"), 1.0, NOW)])
    await store.add([a_row("b@example.com")])
    new = await store.collection.find_one({"recipient": "b@example.com"})
    assert new
    assert set(new) == set(old)  # so that an older version reads what this one writes of a publication
