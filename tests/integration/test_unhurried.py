"""What looks at everything that is stored is not ended with the time that a usual call may take."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr
from pymongo.errors import PyMongoError

from shared.mongo import Database, Row, connect, database
from shared.mongo_unhurried import unhurried
from shared.room import Foundation
from shared.settings import RoomSettings

STORED, WORDS = 20_000, 40
HURRIED_MS = 100
POLICY = Path(__file__).resolve().parents[2] / "deploy" / "local" / "afterword.toml"
COUNTED: list[Row] = [{"$unwind": "$keys"}, {"$group": {"_id": "$keys", "count": {"$sum": 1}}}]


@dataclass
class Library:
    """A store with an index that takes a client of little patience too long."""

    database: Database

    async def prepare(self) -> None:
        await self.database["library"].create_index("keys", name="keys")


@pytest.fixture
async def base(mongo_url: str, database_name: str, rabbitmq_url: str) -> AsyncIterator[Foundation]:
    """A room that has much stored, and gives its calls little time."""
    joined = "&" if "?" in mongo_url else "?"
    base = Foundation(
        "drafting",
        RoomSettings(
            rabbitmq_url=SecretStr(rabbitmq_url),
            mongo_url=SecretStr(f"{mongo_url}{joined}timeoutMS={HURRIED_MS}"),
            database=database_name,
            policy=POLICY,
        ),
    )
    client = connect(mongo_url)
    stored = database(client, base.database.name)["library"]
    words = [f"word {number}" for number in range(WORDS)]
    for start in range(0, STORED, 5_000):
        await stored.insert_many([{"keys": words, "of": start + n} for n in range(5_000)])
    yield base
    base.client.close()
    client.close()


async def test_a_room_makes_an_index_over_much_however_long_that_takes(base: Foundation) -> None:
    library = Library(base.database)
    with pytest.raises(PyMongoError):
        await library.prepare()
    (prepare,) = base.service({}, None, stores=[library]).prepare
    await prepare()
    with unhurried():
        assert "keys" in await base.database["library"].index_information()


async def test_who_is_unhurried_makes_nobody_else_so(base: Foundation) -> None:
    with unhurried():
        assert len(await base.database["library"].aggregate(COUNTED).to_list(None)) == WORDS
    with pytest.raises(PyMongoError):
        await base.database["library"].aggregate(COUNTED).to_list(None)
