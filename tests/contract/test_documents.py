"""One table for every document store: the one in memory and the one in MongoDB behave alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from shared.clock import new_id
from shared.contracts.decision import Kind, Refusal, Reply
from shared.messaging.documents import Change, Conflict, Documents, Handled
from shared.messaging.envelope import Unsaid
from shared.messaging.outbox import Backlog
from shared.mongo import MongoDocuments, connect, database
from shared.testing import FixedClock, InMemoryDocuments
from tests.helpers.builders import NOW


class Thing(BaseModel):
    """A state; its text may hold anything that people write."""

    n: int
    text: str = ""
    more: dict[str, str] = {}


@pytest.fixture(params=["memory", "mongodb"])
async def documents(request: pytest.FixtureRequest) -> AsyncIterator[Documents[Thing]]:
    if request.param == "memory":
        yield InMemoryDocuments(FixedClock(NOW + timedelta(days=3650)))
        return
    client = connect(request.getfixturevalue("mongo_url"))
    store = MongoDocuments(database(client, request.getfixturevalue("database_name"))["things"], Thing)
    await store.prepare()
    yield store
    client.close()


def a_message(id: str, body: str = "{}") -> Unsaid:
    return Unsaid(id=id, name="Said.v1", subject="k", source="afterword/test", time=NOW, body=body, correlation_id="c")


def a_change(
    version: int,
    n: int,
    *,
    message: str | None = None,
    unsaid: tuple[str, ...] = (),
    said: tuple[str, ...] = (),
    due: datetime | None = None,
    reply: Reply | None = None,
    text: str = "",
    key: str = "k",
) -> Change[Any]:
    return Change(
        key=key,
        version=version,
        state=Thing(n=n, text=text),
        unsaid=[a_message(id) for id in unsaid],
        said=said,
        due=due,
        handled=Handled(id=message or new_id(), at=NOW, reply=reply),
    )


async def test_what_is_not_there_is_version_0(documents: Documents[Thing]) -> None:
    loaded, handled = await documents.read("k", "m")
    assert (loaded.version, loaded.state, handled) == (0, None, None)


async def test_what_was_written_is_read_again_with_its_handled_message_and_reply(documents: Documents[Thing]) -> None:
    reply = Reply(
        refusal=Refusal(kind=Kind.CONFLICT, rule="r", detail="d"), data={"a": [1, {"b": None}]}, said={"1": "X.v1"}
    )
    await documents.write(a_change(0, 1, message="m1", reply=reply))
    await documents.write(a_change(1, 2, message="m2"))
    loaded, handled = await documents.read("k", "m1")
    assert (loaded.version, loaded.state) == (2, Thing(n=2))
    assert handled
    assert (handled.id, handled.reply, handled.at) == ("m1", reply, NOW)
    assert (await documents.read("k", "m3"))[1] is None


@pytest.mark.parametrize("version", [0, 1, 3])
async def test_a_change_of_another_version_is_a_conflict_and_changes_nothing(
    documents: Documents[Thing], version: int
) -> None:
    await documents.write(a_change(0, 1, message="m1", unsaid=("a",)))
    await documents.write(a_change(1, 2, message="m2", said=("a",)))
    with pytest.raises(Conflict):
        await documents.write(a_change(version, 9, message="m3", unsaid=("z",), due=NOW))
    loaded, handled = await documents.read("k", "m3")
    assert (loaded.version, loaded.state, handled) == (2, Thing(n=2), None)
    assert await documents.left_unsaid(0, 10) == []
    assert await documents.due(NOW, 10) == []


async def test_of_many_at_once_one_wins(documents: Documents[Thing]) -> None:
    async def write(n: int) -> bool:
        try:
            await documents.write(a_change(0, n))
        except Conflict:
            return False
        return True

    won = await asyncio.gather(*(write(n) for n in range(20)))
    assert sum(won) == 1
    assert (await documents.read("k", ""))[0].state == Thing(n=won.index(True))


async def test_unsaid_messages_stay_in_order_until_they_are_said(documents: Documents[Thing]) -> None:
    assert [m.id for m in await documents.write(a_change(0, 1, unsaid=("a", "b")))] == ["a", "b"]
    assert [m.id for m in await documents.write(a_change(1, 2, unsaid=("c",), said=("a",)))] == ["b", "c"]
    ((key, left),) = await documents.left_unsaid(0, 10)
    assert (key, [m.id for m in left]) == ("k", ["b", "c"])
    assert left[0] == a_message("b")


async def test_clearing_takes_only_what_was_said(documents: Documents[Thing]) -> None:
    await documents.write(a_change(0, 1, unsaid=("a", "b")))
    await documents.write(a_change(0, 1, unsaid=("c",), key="other"))
    await documents.clear({"k": {"a"}, "other": {"c"}, "gone": {"x"}})
    assert [(key, [m.id for m in left]) for key, left in await documents.left_unsaid(0, 10)] == [("k", ["b"])]
    loaded, _ = await documents.read("k", "")
    assert loaded.version == 1  # clearing is no change: it does not get in the way of a commit


async def test_only_what_has_waited_is_left_unsaid(documents: Documents[Thing]) -> None:
    await documents.write(a_change(0, 1, unsaid=("a",)))
    assert await documents.left_unsaid(10 * 365.25 * 24 * 3600, 10) == []


async def test_what_is_unsaid_is_counted_until_it_is_cleared(documents: Documents[Thing]) -> None:
    assert await documents.backlog() == Backlog(0, 0.0)
    await documents.write(a_change(0, 1, unsaid=("a", "b")))
    await documents.write(a_change(0, 1, unsaid=("c",), key="other"))
    await documents.write(a_change(0, 1, key="silent"))
    backlog = await documents.backlog()
    assert backlog.documents == 2
    assert backlog.oldest > timedelta(days=30).total_seconds()
    await documents.clear({"k": {"a", "b"}, "other": {"c"}})
    assert await documents.backlog() == Backlog(0, 0.0)


async def test_a_timer_is_kept_until_the_next_commit(documents: Documents[Thing]) -> None:
    await documents.write(a_change(0, 1, due=NOW))
    assert await documents.due(NOW - timedelta(seconds=1), 10) == []
    assert await documents.due(NOW, 10) == [("k", NOW)]
    await documents.write(a_change(1, 2))
    assert await documents.due(NOW, 10) == []


async def test_a_refusal_is_remembered_and_changes_nothing_else(documents: Documents[Thing]) -> None:
    await documents.write(a_change(0, 1, unsaid=("a",), due=NOW))
    reply = Reply(refusal=Refusal(kind=Kind.CONFLICT, rule="r", detail="d"))
    await documents.remember("k", 1, Handled(id="refused", at=NOW, reply=reply))
    loaded, handled = await documents.read("k", "refused")
    assert (loaded.version, loaded.state) == (1, Thing(n=1))
    assert handled
    assert handled.reply == reply
    assert await documents.due(NOW, 10) == [("k", NOW)]
    assert len(await documents.left_unsaid(0, 10)) == 1
    with pytest.raises(Conflict):
        await documents.remember("k", 2, Handled(id="late", at=NOW, reply=reply))


@pytest.mark.parametrize("text", ["$$NOW", "$state", '{"$set": 1}', "a\0b", "🧯 Ausfall", "\u2028", "x" * 50_000, ""])
async def test_text_is_text_whatever_it_looks_like(documents: Documents[Thing], text: str) -> None:
    await documents.write(a_change(0, 1, text=text))
    await documents.write(a_change(1, 2, text=text))
    assert (await documents.read("k", ""))[0].state == Thing(n=2, text=text)
