"""The gateway's library, built again from the log on a real broker and a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
import pytest
from typer.testing import Result

from deploy.operate.gateway_database import MONGO
from deploy.operate.replaying import replay
from deploy.operate.selecting import Wanted
from services.gateway.domain.view import View
from services.gateway.handlers import HANDLERS
from services.gateway.ports import Feed, History
from services.gateway.store import MongoFeed, MongoHistory, MongoLibrary
from shared.clock import SystemClock
from shared.contracts import Message
from shared.contracts.coaching import RevisionChecked
from shared.contracts.events import ActionItemAdded, ActionItemChanged
from shared.messaging import topology
from shared.messaging.broker import Bus
from shared.messaging.documents import Repository
from shared.messaging.inbox import Hearing
from shared.messaging.outbox import Relay
from shared.mongo import TRANSIENT, connect, database
from tests.helpers.builders import NOW, PM, a_remark, an_item
from tests.helpers.fakes import no_hooks
from tests.integration.conftest import Run
from tests.integration.kernel_room import eventually
from tests.integration.told import tell
from tests.unit.gateway.test_corrections import WHOLE

TOLD: tuple[Message, ...] = (
    *WHOLE[:-1],
    ActionItemAdded(postmortem_id=PM, item=an_item()),
    ActionItemChanged(postmortem_id=PM, item=an_item(version=2, text="Better words")),
    RevisionChecked(postmortem_id=PM, revision=2, content_hash="x", remarks=(a_remark(),), at=NOW),
)
"""A postmortem that was published and corrected, its action items, and what was remarked on."""
OTHER = "11111111-1111-4111-8111-111111111111"
FACTS = [
    (f"{i}-{key[:1]}", event.model_copy(update={"postmortem_id": key}))
    for i, event in enumerate(TOLD)
    for key in (PM, OTHER)
]


@asynccontextmanager
async def the_gateway(url: str, mongo_url: str, name: str) -> AsyncIterator[MongoLibrary]:
    """The hearing half of the gateway, as its composition root wires it."""
    bus, client = Bus(url, "gateway"), connect(mongo_url)
    rooms = database(client, f"{name}_gateway")
    library = MongoLibrary(rooms)
    views = Repository("gateway", library, Relay(library, bus.publish), SystemClock())
    history = MongoHistory(rooms)
    deps: Any = _Deps(views, history, MongoFeed(rooms, SystemClock()), library)
    Hearing(bus, HANDLERS, deps, version="0.0.0", clock=SystemClock(), passing=TRANSIENT).listen()
    await library.prepare()
    await history.prepare()
    await bus.start()
    yield library
    await bus.stop()
    client.close()


class _Deps:
    """The part of the gateway's dependencies that hearing needs."""

    def __init__(self, views: Repository[View], history: History, feed: Feed, library: MongoLibrary) -> None:
        self.views = views
        self.view = library.state_of
        self.history = history
        self.feed = feed
        self.hooks = no_hooks()
        self.clock = SystemClock()


async def views(library: MongoLibrary, *keys: str) -> list[View | None]:
    return [await library.state_of(key) for key in keys]


async def _complete(library: MongoLibrary) -> bool:
    heard = await library.heard()
    return [len(heard.get(key, ())) for key in (PM, OTHER)] == [len(TOLD)] * 2


async def test_the_library_is_the_same_after_it_was_rebuilt(
    rabbitmq_url: str, mongo_url: str, database_name: str, afterword_replay: Run
) -> None:
    async with the_gateway(rabbitmq_url, mongo_url, database_name) as library:
        await tell(rabbitmq_url, *FACTS)
        await eventually(lambda: _complete(library))
        before = await views(library, PM, OTHER)
        rows = [row async for row in library.collection.find({}, {"find": 1}).sort("_id", 1)]
        assert all("owner@example.com" in row["find"]["named"] for row in rows)
        await library.collection.update_many({}, {"$unset": {"find.passage.remarks": ""}})  # as a row from before
        shown = await afterword_replay("gateway", "--rebuild", "--dry-run")
        assert "would forget 2 postmortems" in shown.output
        assert "Nobody is here to answer" in (await afterword_replay("gateway", "--rebuild")).output
        assert await _complete(library)
        for words in ((), ("--subject", PM), ()):
            done = await afterword_replay("gateway", "--rebuild", "--yes", *words)
            assert (done.exit_code, "forgotten: " in done.output) == (0, True), done.output
            await eventually(lambda: _complete(library))
            assert await views(library, PM, OTHER) == before
        assert [row async for row in library.collection.find({}, {"find": 1}).sort("_id", 1)] == rows


async def test_facts_that_come_while_the_library_is_rebuilt_are_in_it(
    rabbitmq_url: str, mongo_url: str, database_name: str, afterword_replay: Run
) -> None:
    async with the_gateway(rabbitmq_url, mongo_url, database_name) as library:
        await tell(rabbitmq_url, *FACTS[:10])
        rebuilding = asyncio.create_task(_rebuilt_again_and_again(afterword_replay, 3))
        for fact in FACTS[10:]:
            await tell(rabbitmq_url, fact)
        results = await rebuilding
        await eventually(lambda: _complete(library))
        assert [result.exit_code for result in results] == [0, 0, 0]
        assert all(view and view.status() == "published" for view in await views(library, PM, OTHER))


async def _rebuilt_again_and_again(afterword_replay: Run, times: int) -> list[Result]:
    return [await afterword_replay("gateway", "--rebuild", "--yes") for _ in range(times)]


async def test_a_rebuild_that_was_cut_off_is_completed_by_the_next(
    rabbitmq_url: str, mongo_url: str, database_name: str, afterword_replay: Run
) -> None:
    async with the_gateway(rabbitmq_url, mongo_url, database_name) as library:
        await tell(rabbitmq_url, *FACTS)
        await eventually(lambda: _complete(library))
        before = await views(library, PM, OTHER)
        await library.forget()
        async with await aio_pika.connect(rabbitmq_url) as dying:
            await replay(dying, "gateway", Wanted(messages=frozenset({"Published.v1", "DraftRevised.v1"})))
        assert (await afterword_replay("gateway", "--rebuild", "--yes")).exit_code == 0
        await eventually(lambda: _complete(library))
        assert await views(library, PM, OTHER) == before


async def test_a_library_that_the_log_cannot_bring_back_is_left_alone(
    rabbitmq_url: str, mongo_url: str, database_name: str, afterword_replay: Run
) -> None:
    async with the_gateway(rabbitmq_url, mongo_url, database_name) as library:
        await tell(rabbitmq_url, *FACTS)
        await eventually(lambda: _complete(library))
        async with await aio_pika.connect(rabbitmq_url) as connection:
            async with connection.channel() as channel:
                await channel.queue_delete(topology.LOG)
            await topology.declare(connection)
        refused = await afterword_replay("gateway", "--rebuild", "--yes")
        assert (refused.exit_code, f"the log lacks {len(FACTS)} facts about 2 of 2 postmortems" in refused.output) == (
            1,
            True,
        )
        assert await _complete(library)


async def test_a_database_that_was_not_named_or_is_away_is_told(
    connection: aio_pika.abc.AbstractConnection, afterword_replay: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MONGO, "mongodb://127.0.0.1:1/?timeoutMS=500")
    refused = await afterword_replay("gateway", "--rebuild", "--yes")
    assert (refused.exit_code, f"See {MONGO}" in refused.output) == (1, True)
    monkeypatch.delenv(MONGO)
    refused = await afterword_replay("gateway", "--rebuild", "--yes")
    assert (refused.exit_code, f"which database? Set {MONGO}" in refused.output) == (1, True)
