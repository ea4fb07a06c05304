"""What is asked of several collections in the same moment is one call, and each gets its own answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, timedelta

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import monitoring
from pymongo.errors import OperationFailure

from shared.messaging.outbox import Backlog
from shared.mongo import Client, Database, MongoDocuments, connect, database
from shared.mongo_together import Together, together
from tests.contract.things import Thing, a_change
from tests.helpers.builders import NOW

DAY = timedelta(days=1)


class Commands(monitoring.CommandListener):
    """The commands that the driver sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.sent.append(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing."""


@pytest.fixture
def commands() -> Commands:
    return Commands()


@pytest.fixture
async def kept(mongo_url: str, database_name: str, commands: Commands) -> AsyncIterator[Database]:
    """Return a database with numbers in two collections; a third one does not exist."""
    client: Client = AsyncIOMotorClient(mongo_url, tz_aware=True, tzinfo=UTC, event_listeners=[commands])
    kept = database(client, database_name)
    await kept["odd"].insert_many([{"_id": n} for n in (1, 3, 5)])
    await kept["even"].insert_many([{"_id": n} for n in (2, 4)])
    commands.sent.clear()
    yield kept
    client.close()


async def numbers(asked: Together, name: str, least: int, most: int = 10) -> list[int]:
    found = await asked.ask(name, {"$match": {"_id": {"$gte": least}}}, {"$sort": {"_id": 1}}, {"$limit": most})
    return sorted(row["_id"] for row in found)


async def test_each_gets_its_own_answer_of_one_call(kept: Database, commands: Commands) -> None:
    asked = together(kept)
    answers = await asyncio.gather(
        numbers(asked, "none", 0),
        numbers(asked, "odd", 3),
        numbers(asked, "even", 0, 1),
        numbers(asked, "odd", 0, 2),
        numbers(asked, "even", 9),
    )
    assert list(answers) == [[], [3, 5], [2], [1, 3], []]
    assert commands.sent == ["aggregate"]


async def test_a_lone_question_is_asked_alone(kept: Database, commands: Commands) -> None:
    assert await numbers(together(kept), "odd", 0) == [1, 3, 5]
    assert await numbers(together(kept), "none", 0) == []
    assert commands.sent == ["aggregate", "aggregate"]


async def test_a_question_that_cannot_be_answered_is_an_error_for_all_and_the_next_is_answered(kept: Database) -> None:
    asked = together(kept)
    answers = await asyncio.gather(asked.ask("odd", {"$never": 1}), numbers(asked, "even", 0), return_exceptions=True)
    assert [type(answer) for answer in answers] == [OperationFailure, OperationFailure]
    assert await numbers(asked, "even", 0) == [2, 4]


async def test_only_what_is_asked_over_one_connection_is_asked_together(
    kept: Database, mongo_url: str, database_name: str
) -> None:
    client = connect(mongo_url)
    other = database(client, database_name)
    assert together(kept) is together(kept)
    assert together(kept) is not together(other)
    client.close()


async def test_documents_of_several_kinds_ask_in_one_call_what_waits_in_them(
    kept: Database, commands: Commands
) -> None:
    kinds = [MongoDocuments(kept[name], Thing) for name in ("first", "second", "third")]
    for kind in kinds:
        await kind.prepare()
    await kinds[1].write(a_change(0, 1, unsaid=("a",), due=NOW, key="a"))
    await kinds[1].write(a_change(0, 1, due=NOW - DAY, key="b"))
    commands.sent.clear()
    asked = [asyncio.gather(kind.backlog(), kind.due(NOW, 10)) for kind in (kinds[0], kinds[2])]
    for nothing in await asyncio.gather(*asked):
        assert tuple(nothing) == (Backlog(0, 0.0), [])
    assert commands.sent == ["aggregate"]
    backlog, due = await asyncio.gather(kinds[1].backlog(), kinds[1].due(NOW, 10))
    assert (backlog.documents, due) == (1, [("b", NOW - DAY), ("a", NOW)])
