"""Every ledger in turn: the one of the tests and the one in MongoDB; and what tests of them share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.distribution.domain import Delivery, Outcome, Result
from services.distribution.ports import Claim, Ledger
from services.distribution.store import MongoLedger
from shared.mongo import connect, database
from tests.unit.distribution.fakes import a_row
from tests.unit.distribution.ledgers import FakeLedger

LEASE = timedelta(minutes=10)
SECOND = timedelta(seconds=1)


@pytest.fixture(params=["memory", "mongodb"])
async def ledger(request: pytest.FixtureRequest) -> AsyncIterator[Ledger]:
    if request.param == "memory":
        yield FakeLedger()
        return
    client = connect(request.getfixturevalue("mongo_url"))
    store = MongoLedger(database(client, request.getfixturevalue("database_name")))
    await store.prepare()
    await store.prepare()  # safe to repeat
    yield store
    client.close()


def names(claims: Sequence[Claim]) -> list[str]:
    return [claim.delivery.recipient for claim in claims]


def to_list(recipient: str, **fields: Any) -> Delivery:
    """Return a row to which the same mail goes as to others of its list."""
    return a_row(recipient, to="list@example.com", thread=("<1@example.com>", "<2@example.com>"), **fields)


def outcome(kind: Outcome) -> Result:
    return Result(kind, "words")
