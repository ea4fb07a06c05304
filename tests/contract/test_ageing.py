"""Mails that are old forget whom they went to, and nothing else of them is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.distribution.domain import State
from services.distribution.domain.bouncing.bounce import Bounce
from services.distribution.store import MongoAddresses, MongoAgeing, MongoLedger, MongoSent
from services.distribution.store import ageing as module
from shared.contracts.bounces import BounceKind, address_id
from shared.mongo import Database, connect, database
from tests.contract.test_addresses import put, standing
from tests.helpers.builders import NOW, PM
from tests.unit.distribution.fakes import a_notice_row, a_row

YEAR = timedelta(days=365)


@pytest.fixture
async def rooms(mongo_url: str, database_name: str) -> AsyncIterator[Database]:
    """The room's database."""
    client = connect(mongo_url)
    yield database(client, database_name)
    client.close()


async def test_old_mails_forget_their_people_and_are_still_counted_and_known(
    rooms: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 2)
    ledger, ageing = MongoLedger(rooms), MongoAgeing(rooms)
    await ledger.prepare()
    old = [a_row(f"{name}@example.com", state=State.ACCEPTED, not_before=NOW - YEAR) for name in "abc"]
    old += [a_notice_row(state=State.FAILED, not_before=NOW - YEAR)]
    kept = [a_row("e@example.com", state=State.ACCEPTED, not_before=NOW)]
    kept += [a_row("f@example.com", not_before=NOW - YEAR)]  # which waits still
    await ledger.add([*old, *kept])
    before = await ledger.counts(PM, kept[0].revision)
    assert await ageing.age(NOW - timedelta(days=30)) == len(old)
    assert await ageing.age(NOW - timedelta(days=30)) == 0
    assert await ledger.counts(PM, kept[0].revision) == before
    rows = await ledger.rows(PM, 10)
    assert {row.recipient for row in rows} == {f"{row.id}@forgotten.invalid" for row in old[:3]} | {
        row.recipient for row in kept
    }
    assert await ledger.rows(PM, 2, after=(rows[1].revision, rows[1].recipient)) == rows[2:4]
    raw = repr([row async for row in rooms["deliveries"].find({"_id": {"$in": [row.id for row in old]}})])
    assert not [row.recipient for row in old if row.recipient in raw]
    await ledger.add(old)  # said again, as by a replay: nobody is mailed twice
    assert [claim.delivery.recipient for claim in await ledger.claim(NOW, NOW + YEAR)] == ["f@example.com"]
    forgotten = await MongoSent(rooms).row(old[3].id)
    assert forgotten
    assert (forgotten.state, forgotten.notice) == (State.FAILED, None)


async def test_addresses_are_forgotten_from_which_nothing_came_since_unless_they_get_no_mail(rooms: Database) -> None:
    addresses = MongoAddresses(rooms)
    for name, days, suppressed in (("a", 400, False), ("b", 5, False), ("c", 400, True)):
        at = NOW - timedelta(days=days)
        bounce = Bounce(delivery="d", kind=BounceKind.SOFT, status="4.2.2", reply="full", at=at)
        state = standing(f"{name}@example.com", suppressed=suppressed)
        await put(addresses, state.changed(bounces=(bounce,)))
    await MongoAgeing(rooms).age(NOW - YEAR)
    left = {row["_id"] async for row in rooms["addresses"].find({}, {"_id": 1})}
    assert left == {address_id("b@example.com"), address_id("c@example.com")}
