"""What senders ask MongoDB for: each row is found soon whoever put it in, and what is known is not asked for again."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import monitoring

from services.distribution.domain import Delivery, Outcome, Result, State, settle
from services.distribution.domain.delivery import ALONE
from services.distribution.store import MongoLedger
from services.distribution.store.pending import LOOK_EVERY, MOST
from shared.mongo import Client, connect, database
from tests.helpers.builders import NOW
from tests.unit.distribution.fakes import a_notice_row, a_row

LEASE = timedelta(minutes=10)
SECOND = timedelta(seconds=1)
MOMENT = timedelta(milliseconds=1)


class Asked(monitoring.CommandListener):
    """Counts the commands of a collection."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command.get(event.command_name) == "deliveries":
            self.counted[event.command_name] += 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing."""

    def since(self) -> dict[str, int]:
        """Return what was asked since this was called last."""
        counted, self.counted = dict(self.counted), Counter()
        return counted


@pytest.fixture
async def ledgers(mongo_url: str, database_name: str) -> AsyncIterator[tuple[MongoLedger, MongoLedger]]:
    """Return the ledgers of two instances."""
    clients = [connect(mongo_url), connect(mongo_url)]
    one, other = (MongoLedger(database(client, database_name)) for client in clients)
    await one.prepare()
    yield one, other
    for client in clients:
        client.close()


@pytest.fixture
async def asked(ledgers: tuple[MongoLedger, MongoLedger], mongo_url: str) -> AsyncIterator[tuple[MongoLedger, Asked]]:
    """Return a third ledger over the same rows, and what it asks for."""
    listener = Asked()
    client: Client = AsyncIOMotorClient(mongo_url, tz_aware=True, tzinfo=UTC, event_listeners=[listener])
    yield MongoLedger(database(client, ledgers[0].collection.database.name)), listener
    client.close()


def names(rows: list[Delivery]) -> list[str]:
    return [row.recipient for row in rows]


async def claimed(ledger: MongoLedger, now: datetime = NOW) -> list[Delivery]:
    return [claim.delivery for claim in await ledger.claim(now, now + LEASE)]


async def test_a_mail_that_this_process_put_in_is_taken_by_one_write_and_settled_by_another(
    asked: tuple[MongoLedger, Asked],
) -> None:
    ledger, listener = asked
    assert await claimed(ledger) == []
    assert listener.since() == {"aggregate": 1}  # once in a second, for all senders
    for n in range(3):
        await ledger.add([a_row(f"r{n}@example.com"), a_notice_row(id=f"notice{n}")])
        for _ in range(2):
            (row,) = await claimed(ledger, NOW + n * MOMENT)
            assert await ledger.settle([settle(row, Result(Outcome.ACCEPTED, "250"), 1.0, NOW)])
        assert await claimed(ledger, NOW + n * MOMENT) == []
        assert listener.since() == {"insert": 1, "update": 4}


async def test_what_is_taken_unread_is_what_another_reads(ledgers: tuple[MongoLedger, MongoLedger]) -> None:
    ledger, _ = ledgers
    assert await claimed(ledger) == []
    await ledger.add([a_notice_row(), a_row("z@example.com", thread=("<1@example.com>",), to="list@example.com")])
    taken = [*await claimed(ledger), *await claimed(ledger)]
    rows = {row["_id"]: row for row in await ledger.collection.find({}).to_list(None)}
    for row in taken:
        kept = rows[row.id]
        assert (row.state, row.attempts, row.claim) == (State(kept["state"]), kept["attempts"], kept["claim"])
        assert (row.updated_at, row.not_before) == (kept["updated_at"], kept["not_before"])
        assert kept["lease_until"] == NOW + LEASE


async def test_a_row_that_another_took_in_between_is_not_taken_though_it_is_known(
    ledgers: tuple[MongoLedger, MongoLedger],
) -> None:
    one, other = ledgers
    assert await claimed(one) == []
    await one.add([a_row("a@example.com"), a_row("b@example.com")])
    (first, second) = await claimed(other)
    assert await claimed(one) == []
    away = settle(first, Result(Outcome.AWAY, "nobody"), 1.0, NOW)
    assert await other.settle([away])
    await one.add([a_row("c@example.com")])
    assert names(await claimed(one, NOW + MOMENT)) == ["c@example.com"]
    (again,) = await claimed(one, NOW + LOOK_EVERY)
    assert (again.recipient, again.claim, again.attempts) == (first.recipient, 2, 1)
    assert second.claim == 1


async def test_of_several_rows_those_are_taken_that_are_still_there(ledgers: tuple[MongoLedger, MongoLedger]) -> None:
    one, other = ledgers
    assert await claimed(one) == []
    await one.add([a_row(f"r{n:02}@example.com", not_before=NOW - n * SECOND) for n in range(ALONE + 3)])
    assert len(await claimed(other)) == ALONE
    assert names(await claimed(one)) == ["r02@example.com", "r01@example.com", "r00@example.com"]


async def test_what_another_process_puts_in_is_seen_within_a_second(ledgers: tuple[MongoLedger, MongoLedger]) -> None:
    one, other = ledgers
    assert await claimed(one) == []
    await other.add([a_row()])
    assert names(await claimed(one, NOW + LOOK_EVERY)) == ["a@example.com"]


async def test_what_another_process_left_is_seen_though_there_is_always_something_of_ones_own(
    ledgers: tuple[MongoLedger, MongoLedger],
) -> None:
    one, other = ledgers
    await other.add([a_row("left@example.com"), a_row("later@example.com", not_before=NOW + 3 * SECOND)])
    assert await other.claim(NOW, NOW + 2 * SECOND)
    seen: list[str] = []
    for n in range(8):
        now = NOW + n * LOOK_EVERY
        await one.add([a_row(f"r{n}@example.com", not_before=now)])
        while rows := await claimed(one, now):
            seen.extend(names(rows))
    assert set(seen) == {*(f"r{n}@example.com" for n in range(8)), "left@example.com", "later@example.com"}
    assert len(seen) == 10


async def test_what_the_relay_did_not_get_is_there_again_at_once(ledgers: tuple[MongoLedger, MongoLedger]) -> None:
    ledger, _ = ledgers
    assert await claimed(ledger) == []
    await ledger.add([a_row()])
    (row,) = await claimed(ledger)
    assert await ledger.settle([settle(row, Result(Outcome.AWAY, "nobody"), 1.0, NOW)])
    (again,) = await claimed(ledger, NOW + MOMENT)
    assert again == replace(row, claim=2, reply="nobody", updated_at=NOW + MOMENT)


async def test_of_more_rows_than_are_kept_in_mind_none_is_forgotten(ledgers: tuple[MongoLedger, MongoLedger]) -> None:
    ledger, _ = ledgers
    assert await claimed(ledger) == []
    await ledger.add([a_row(f"r{n:04}@example.com") for n in range(MOST + 30)])
    await ledger.add([a_row("last@example.com", not_before=NOW + MOMENT)])
    seen: list[str] = []
    while rows := await claimed(ledger, NOW + MOMENT):
        seen.extend(names(rows))
    assert (len(seen), len(set(seen)), seen[-1]) == (MOST + 31, MOST + 31, "last@example.com")
