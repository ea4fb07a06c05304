"""The gateway's library, built again from the log on a real broker and a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aio_pika
import pytest
from typer.testing import Result

from deploy.operate.room_databases import MONGO
from services.gateway.domain.view import View
from services.gateway.handlers import HANDLERS
from services.gateway.ports import Feed, History
from services.gateway.store import MongoFeed, MongoHistory, MongoLibrary
from services.gateway.store.rebuilding import MongoRebuilt
from shared.clock import SystemClock
from shared.contracts import Message
from shared.contracts.coaching import RevisionChecked
from shared.contracts.events import ActionItemAdded, ActionItemChanged
from shared.messaging import topology
from shared.messaging.broker import Bus
from shared.messaging.documents import Change, Conflict, Handled, Repository
from shared.messaging.inbox import Hearing
from shared.messaging.outbox import Relay
from shared.mongo import TRANSIENT, connect, database
from tests.helpers.builders import NOW, PM, a_remark, an_item
from tests.helpers.fakes import no_hooks
from tests.integration.conftest import Run
from tests.integration.kernel_room import eventually
from tests.integration.told import empty, tell, waiting
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


def _ids(key: str) -> list[str]:
    return [id for id, event in FACTS if event.postmortem_id == key]


async def _complete(library: MongoLibrary) -> bool:
    return all([await library.has_heard(key, _ids(key)) for key in (PM, OTHER)])


async def rows(library: MongoLibrary) -> list[Any]:
    """All that is kept of the library, but the versions: each time that a document is replaced it gets the next."""
    fields = {"version": 0, "handled.at": 0, "handled.reply": 0}
    return [row async for row in library.collection.find({}, fields).sort("_id", 1)]


async def revisions(library: MongoLibrary) -> list[Any]:
    """All revisions as they are kept."""
    kept = library.collection.database["revisions"]
    return [row async for row in kept.find({}, {"_id": 0}).sort([("postmortem_id", 1), ("number", 1)])]


async def left_behind(library: MongoLibrary) -> list[str]:
    """What a run leaves of its own."""
    names = await library.collection.database.list_collection_names()
    marks = await library.collection.database["rebuilding"].count_documents({})
    return [name for name in names if "_rebuilt_" in name] + ["mark"] * marks


async def test_the_library_is_the_same_after_it_was_rebuilt(
    rabbitmq_url: str, mongo_url: str, database_name: str, afterword_replay: Run
) -> None:
    async with the_gateway(rabbitmq_url, mongo_url, database_name) as library:
        await tell(rabbitmq_url, *FACTS)
        await eventually(lambda: _complete(library))
        before, told = await rows(library), await revisions(library)
        assert all("owner@example.com" in row["find"]["named"] for row in before)
        await library.collection.update_many({}, {"$unset": {"find.passage.remarks": ""}})  # as a row from before
        await library.collection.database["revisions"].delete_one({"number": 2})
        shown = await afterword_replay("gateway", "--rebuild", "--dry-run")
        assert ["DraftCreated.v1", "gateway.DraftCreated.v1", "2"] in [
            line.split() for line in shown.output.splitlines()
        ]
        assert "Nobody is here to answer" in (await afterword_replay("gateway", "--rebuild")).output
        assert await rows(library) != before
        assert await revisions(library) != told
        for words in ((), ("--subject", PM), ()):
            done = await afterword_replay("gateway", "--rebuild", "--yes", *words)
            assert (done.exit_code, "built: " in done.output) == (0, True), done.output
            assert await rows(library) == before
            assert await revisions(library) == told
        assert await left_behind(library) == []


async def test_a_library_that_is_gone_comes_back_whole(
    rabbitmq_url: str, mongo_url: str, database_name: str, afterword_replay: Run
) -> None:
    async with the_gateway(rabbitmq_url, mongo_url, database_name) as library:
        await tell(rabbitmq_url, *FACTS)
        await eventually(lambda: _complete(library))
        before = await views(library, PM, OTHER)
        await library.collection.delete_many({})
        done = await afterword_replay("gateway", "--rebuild", "--yes", "--subject", PM)
        assert f"built: 1 postmortems, reviewers and lists out of {len(TOLD)} events" in done.output
        assert await views(library, PM, OTHER) == [before[0], None]
        assert (await afterword_replay("gateway", "--rebuild", "--yes")).exit_code == 0
        assert await views(library, PM, OTHER) == before
        late = RevisionChecked(postmortem_id=PM, revision=2, content_hash="y", remarks=(), at=NOW, version=3)
        await tell(rabbitmq_url, ("late", late))
        await eventually(lambda: library.has_heard(PM, ["late", *_ids(PM)]))


async def test_facts_that_come_while_the_library_is_rebuilt_are_in_it_and_it_is_whole_all_the_time(
    rabbitmq_url: str, mongo_url: str, database_name: str, afterword_replay: Run
) -> None:
    async with the_gateway(rabbitmq_url, mongo_url, database_name) as library:
        await tell(rabbitmq_url, *FACTS[:10])
        await eventually(lambda: _are_there(library, FACTS[:10]))
        rebuilding = asyncio.create_task(_rebuilt_again_and_again(afterword_replay, 4))
        for number, fact in enumerate(FACTS[10:], 11):
            await tell(rabbitmq_url, fact)
            assert all(await views(library, PM, OTHER))
            assert await _are_there(library, FACTS[:10]), number
        results = await rebuilding
        await eventually(lambda: _complete(library))
        assert [result.exit_code for result in results] == [0] * 4, [result.output for result in results]
        told = await rows(library)
        assert (await afterword_replay("gateway", "--rebuild", "--yes")).exit_code == 0
        assert [row["state"] for row in await rows(library)] == [row["state"] for row in told]


async def _are_there(library: MongoLibrary, facts: Sequence[tuple[str, Message]]) -> bool:
    return all([await library.has_heard(event.subject, [id]) for id, event in facts])


async def _rebuilt_again_and_again(afterword_replay: Run, times: int) -> list[Result]:
    return [await afterword_replay("gateway", "--rebuild", "--yes") for _ in range(times)]


async def test_what_a_document_has_still_to_say_and_has_answered_outlives_the_rebuild(
    rabbitmq_url: str, mongo_url: str, database_name: str, afterword_replay: Run
) -> None:
    async with the_gateway(rabbitmq_url, mongo_url, database_name) as library:
        await tell(rabbitmq_url, *FACTS)
        await eventually(lambda: _complete(library))
    client = connect(mongo_url)
    kept = MongoLibrary(database(client, f"{database_name}_gateway")).collection
    entry = {"id": "call", "name": "gateway.CallWebhook.v1", "subject": PM, "body": "{}"}
    await kept.update_one({"_id": PM}, {"$set": {"outbox": [entry], "unsaid_at": NOW, "state.cancelled": True}})
    before = await kept.find_one({"_id": PM})
    assert (await afterword_replay("gateway", "--rebuild", "--yes")).exit_code == 0
    after = await kept.find_one({"_id": PM})
    client.close()
    assert before
    assert after
    assert (after["outbox"], after["unsaid_at"]) == ([entry], NOW)
    assert (after["state"]["cancelled"], after["version"]) == (False, before["version"] + 1)
    assert after["handled"] == before["handled"]


async def test_what_subscribers_may_have_to_be_told_of_still_goes_through_the_gateway_s_queue(
    rabbitmq_url: str, mongo_url: str, database_name: str, afterword_replay: Run
) -> None:
    async with the_gateway(rabbitmq_url, mongo_url, database_name) as library:
        await tell(rabbitmq_url, *FACTS[:4])
        await eventually(lambda: _are_there(library, FACTS[:4]))
    await tell(rabbitmq_url, *FACTS[4:6], time=SystemClock().now())
    await empty(rabbitmq_url, f"gateway.{FACTS[4][1].name}")
    done = await afterword_replay("gateway", "--rebuild", "--yes")
    assert "had not heard 2 events of the last days" in done.output
    assert "out of 4 events" in done.output
    assert (await waiting(rabbitmq_url))[f"gateway.{FACTS[4][1].name}"] == 2
    async with the_gateway(rabbitmq_url, mongo_url, database_name) as library:
        await eventually(lambda: _are_there(library, FACTS[:6]))
        done = await afterword_replay("gateway", "--rebuild", "--yes")
        assert ("had not heard" in done.output, "out of 6 events" in done.output) == (False, True)


async def test_whoever_has_read_a_document_before_it_was_replaced_begins_anew(
    rabbitmq_url: str, mongo_url: str, database_name: str, afterword_replay: Run
) -> None:
    async with the_gateway(rabbitmq_url, mongo_url, database_name) as library:
        await tell(rabbitmq_url, *FACTS)
        await eventually(lambda: _complete(library))
        await library.collection.update_one({"_id": PM}, {"$set": {"state.cancelled": True}})
        loaded, _ = await library.read(PM, "not-heard")
        assert loaded.state
        assert (await afterword_replay("gateway", "--rebuild", "--yes")).exit_code == 0
        handled = Handled(id="not-heard", at=NOW, reply=None)
        with pytest.raises(Conflict):
            await library.write(Change(key=PM, version=loaded.version, state=loaded.state, handled=handled))


async def test_a_second_rebuild_at_the_same_time_is_refused_and_one_that_was_killed_is_done_anew(
    rabbitmq_url: str, mongo_url: str, database_name: str, afterword_replay: Run
) -> None:
    client = connect(mongo_url)
    async with the_gateway(rabbitmq_url, mongo_url, database_name) as library:
        await tell(rabbitmq_url, *FACTS)
        await eventually(lambda: _complete(library))
        own, now = database(client, f"{database_name}_gateway"), SystemClock().now()
        killed = MongoRebuilt(own, "killed")
        assert await killed.begin(now, now + timedelta(hours=1))
        assert not await MongoRebuilt(own, "another").begin(now, now + timedelta(hours=1))
        await killed.scratch["library"].collection.insert_one({"_id": PM, "state": {}})
        refused = await afterword_replay("gateway", "--rebuild", "--yes")
        assert (refused.exit_code, "is being rebuilt by somebody else" in refused.output) == (1, True)
        await killed.go_on(now)
        before = await views(library, PM, OTHER)
        assert (await afterword_replay("gateway", "--rebuild", "--yes")).exit_code == 0
        assert await views(library, PM, OTHER) == before
        assert await left_behind(library) == []
        assert not await killed.go_on(now)
    client.close()


async def test_a_library_that_the_log_cannot_bring_back_is_left_alone(
    rabbitmq_url: str, mongo_url: str, database_name: str, afterword_replay: Run
) -> None:
    async with the_gateway(rabbitmq_url, mongo_url, database_name) as library:
        await tell(rabbitmq_url, *FACTS)
        await eventually(lambda: _complete(library))
        before = await rows(library)
        async with await aio_pika.connect(rabbitmq_url) as connection:
            async with connection.channel() as channel:
                await channel.queue_delete(topology.LOG)
            await topology.declare(connection)
        refused = await afterword_replay("gateway", "--rebuild", "--yes")
        assert (refused.exit_code, f"the log lacks {len(FACTS)} facts about 2 of 2 postmortems" in refused.output) == (
            1,
            True,
        ), refused.output
        assert await rows(library) == before
        assert await left_behind(library) == []


async def test_a_database_that_was_not_named_or_is_away_is_told(
    connection: aio_pika.abc.AbstractConnection, afterword_replay: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MONGO, "mongodb://127.0.0.1:1/?timeoutMS=500")
    refused = await afterword_replay("gateway", "--rebuild", "--yes")
    assert (refused.exit_code, f"See {MONGO}" in refused.output) == (1, True)
    monkeypatch.delenv(MONGO)
    refused = await afterword_replay("gateway", "--rebuild", "--yes")
    assert (refused.exit_code, f"which database? Set {MONGO}" in refused.output) == (1, True)
