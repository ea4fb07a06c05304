"""One table for addresses and sent mails: those of the tests and those in MongoDB behave alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.distribution.domain import State
from services.distribution.domain.bouncing import Standing, Suppression
from services.distribution.ports import Ledger, Sent
from services.distribution.store import MongoAddresses, MongoLedger, MongoSent
from shared.contracts.bounces import BounceKind, address_id
from shared.messaging.documents import Change, Handled
from shared.mongo import connect, database
from shared.testing import FixedClock
from tests.helpers.builders import NOW
from tests.unit.distribution.bouncing_fakes import InMemoryAddresses, InMemorySent
from tests.unit.distribution.fakes import a_notice_row, a_row
from tests.unit.distribution.ledgers import FakeLedger

DAY = timedelta(days=1)


@pytest.fixture(params=["memory", "mongodb"])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Any, Ledger, Sent]]:
    if request.param == "memory":
        ledger = FakeLedger()
        yield InMemoryAddresses(FixedClock(NOW)), ledger, InMemorySent(ledger)
        return
    client = connect(request.getfixturevalue("mongo_url"))
    rooms = database(client, request.getfixturevalue("database_name"))
    stores = MongoAddresses(rooms), MongoLedger(rooms), MongoSent(rooms)
    for store in (*stores, *stores):  # safe to repeat
        await store.prepare()
    yield stores
    client.close()


def standing(email: str, reply: str = "550 unknown", *, suppressed: bool = True) -> Standing:
    why = Suppression(
        since=NOW, delivery="d", list="everyone", kind=BounceKind.HARD, status="5.1.1", reply=reply, bounces=2
    )
    return Standing(email=email, suppression=why if suppressed else None)


async def put(addresses: Any, state: Standing, version: int = 0) -> None:
    handled = Handled(id=f"{state.email} {version}", at=NOW, reply=None)
    await addresses.write(Change(key=address_id(state.email), version=version, state=state, handled=handled))


async def test_suppressed_addresses_are_found_in_parts_with_why_and_others_are_not(
    stores: tuple[Any, Ledger, Sent],
) -> None:
    addresses, _, _ = stores
    ids = [address_id(f"{name}@example.com") for name in "abcd"]
    assert (await addresses.suppressions(ids), await addresses.suppressed("", 10)) == ({}, [])
    known = [standing("b@example.com"), standing("a@example.com", ""), standing("c@example.com")]
    for each in (*known, standing("d@example.com", suppressed=False)):
        await put(addresses, each)
    assert await addresses.suppressions(ids[:1]) == {ids[0]: "5.1.1"}
    assert await addresses.suppressions(ids) == {ids[0]: "5.1.1", ids[1]: "550 unknown", ids[2]: "550 unknown"}
    assert await addresses.suppressed("", 2) == [known[1], known[0]]
    assert await addresses.suppressed("b@example.com", 2) == [known[2]]
    await put(addresses, standing("b@example.com", suppressed=False), 1)
    assert [each.email for each in await addresses.suppressed("", 10)] == ["a@example.com", "c@example.com"]
    assert await addresses.state_of(ids[1]) == standing("b@example.com", suppressed=False)


async def test_a_row_is_found_by_its_id_whatever_it_is(stores: tuple[Any, Ledger, Sent]) -> None:
    _, ledger, sent = stores
    rows = [a_row("a@example.com"), a_notice_row()]
    await ledger.add(rows)
    assert [await sent.row(row.id) for row in rows] == rows
    assert await sent.row("gone") is None


async def test_the_newest_mail_that_arrived_is_one_that_did_not_come_back(stores: tuple[Any, Ledger, Sent]) -> None:
    _, ledger, sent = stores
    states = (State.ACCEPTED, State.ACCEPTED, State.FAILED, State.ACCEPTED)
    rows = [a_row("a@example.com", id=str(n), state=state, updated_at=NOW + n * DAY) for n, state in enumerate(states)]
    await ledger.add([*rows, a_row("b@example.com", id="b", state=State.ACCEPTED, updated_at=NOW + 2 * DAY)])
    assert await sent.arrived("a@example.com", NOW - DAY) is None
    assert await sent.arrived("a@example.com", NOW + 2 * DAY) == NOW + DAY
    assert await sent.arrived("a@example.com", NOW + 3 * DAY) == NOW + 3 * DAY
    assert await sent.arrived("nobody@example.com", NOW) is None


@pytest.mark.parametrize("state", State)
async def test_a_row_that_came_back_is_failed_unless_it_is_over(state: State, stores: tuple[Any, Ledger, Sent]) -> None:
    _, ledger, sent = stores
    row = a_row("a@example.com", state=state, reply="as it was")
    await ledger.add([row])
    await sent.came_back(row.id, "bounced: " + "x" * 600, NOW + DAY)
    is_over = state in (State.FAILED, State.SUPPRESSED)
    words = ("bounced: " + "x" * 600)[:500]
    failed = replace(row, state=State.FAILED, reply=words, updated_at=NOW + DAY)
    assert await sent.row(row.id) == (row if is_over else failed)
    await sent.came_back("gone", "x", NOW)


async def test_whoever_was_sending_a_row_that_came_back_writes_nothing_down_any_more(
    stores: tuple[Any, Ledger, Sent],
) -> None:
    _, ledger, sent = stores
    await ledger.add([a_row("a@example.com")])
    (claim,) = await ledger.claim(NOW, NOW + DAY)
    await sent.came_back(claim.delivery.id, "bounced", NOW)
    assert await ledger.settle([replace(claim.delivery, state=State.ACCEPTED)]) == []
    row = await sent.row(claim.delivery.id)
    assert row
    assert row.state is State.FAILED
    assert await ledger.claim(NOW + 2 * DAY, NOW + 3 * DAY) == []
