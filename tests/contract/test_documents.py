"""One table for every document store: the one in memory and the one in MongoDB behave alike."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from shared.contracts.decision import Kind, Refusal, Reply
from shared.messaging.documents import Change, Conflict, Documents, Handled
from shared.messaging.outbox import Backlog
from tests.contract.things import Thing, a_change, a_message
from tests.helpers.builders import NOW

T = TypeVar("T")


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


@pytest.mark.parametrize("said_all", [True, False])
@pytest.mark.parametrize("version", [0, 1, 3])
async def test_a_change_of_another_version_is_a_conflict_and_changes_nothing(
    documents: Documents[Thing], version: int, said_all: bool
) -> None:
    await documents.write(a_change(0, 1, message="m1", unsaid=("a",)))
    await documents.write(a_change(1, 2, message="m2", said=("a",)))
    with pytest.raises(Conflict):
        await documents.write(a_change(version, 9, message="m3", unsaid=("z",), due=NOW, said_all=said_all))
    loaded, handled = await documents.read("k", "m3")
    assert (loaded.version, loaded.state, handled) == (2, Thing(n=2), None)
    assert await documents.left_unsaid(0, 10) == []
    assert await documents.due(NOW, 10) == []


async def wins(documents: Documents[Thing], change: Change[Any]) -> bool:
    try:
        await documents.write(change)
    except Conflict:
        return False
    return True


@pytest.mark.parametrize("version", [0, 1])
async def test_of_many_at_once_one_wins(documents: Documents[Thing], version: int) -> None:
    for n in range(version):
        await documents.write(a_change(n, 0))
    won = await asyncio.gather(*(wins(documents, a_change(version, n, said_all=n % 3 > 0)) for n in range(20)))
    assert sum(won) == 1
    assert (await documents.read("k", ""))[0].state == Thing(n=won.index(True))


async def test_of_changes_to_many_documents_at_once_each_has_its_own_outcome(documents: Documents[Thing]) -> None:
    for n in range(0, 30, 3):
        await documents.write(a_change(0, 1, key=f"k{n}"))
    # every third document is there: it takes a change of version 1, the others one of version 0
    changes = [a_change(n % 2, 2, message=f"m{n}", unsaid=(f"e{n}",), said_all=True, key=f"k{n}") for n in range(30)]
    won = await asyncio.gather(*(wins(documents, change) for change in changes if change.key not in {"k1", "k7"}))
    fits = [(n % 3 == 0) == bool(n % 2) for n in range(30) if n not in {1, 7}]
    assert won == fits
    left = {key: [message.id for message in unsaid] for key, unsaid in await documents.left_unsaid(0, 100)}
    assert left == {
        f"k{n}": [f"e{n}"] for n, fit in zip((n for n in range(30) if n not in {1, 7}), fits, strict=True) if fit
    }


async def test_of_reads_at_once_each_has_its_own_answer(documents: Documents[Thing]) -> None:
    for n in range(10):
        await documents.write(a_change(0, n, message=f"m{n}", key=f"k{n}"))
        await documents.write(a_change(1, n, message="$m", key=f"k{n}"))
    wanted = [(f"k{n % 12}", message) for n in range(24) for message in ("m1", f"m{n % 12}", "$m", "other")]
    for (key, message), (loaded, handled) in zip(
        wanted, await asyncio.gather(*(documents.read(*one) for one in wanted)), strict=True
    ):
        n = int(key[1:])
        there = n < 10
        assert (loaded.key, loaded.version, loaded.state) == (key, 2 * there, Thing(n=n) if there else None)
        assert (handled.id if handled else None) == (message if there and message in {f"m{n}", "$m"} else None)


async def test_a_read_sees_every_write_that_was_done_when_it_was_asked_for(documents: Documents[Thing]) -> None:
    async def write_and_read(key: str) -> None:
        for n in range(10):
            await documents.write(a_change(n, n, message=f"m{n}", said_all=True, key=key))
            loaded, handled = await documents.read(key, f"m{n}")
            assert (loaded.version, handled is not None) == (n + 1, True)

    await asyncio.gather(*(write_and_read(f"k{n}") for n in range(10)))


async def test_a_cancelled_reader_or_writer_harms_nobody_else(documents: Documents[Thing]) -> None:
    writing = await every_other_cancelled([documents.write(a_change(0, n, key=f"k{n}")) for n in range(20)])
    assert not any(task.cancelled() for task in writing)
    reading = await every_other_cancelled([documents.read(f"k{n}", "") for n in range(20)])
    assert [task.result()[0].state for task in reading] == [Thing(n=n) for n in range(1, 20, 2)]


async def every_other_cancelled(calls: list[Coroutine[Any, Any, T]]) -> list[asyncio.Task[T]]:
    """Start all, cancel the first, the third and so on, and return the others, done."""
    tasks = [asyncio.create_task(call) for call in calls]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.wait(tasks)
    return tasks[1::2]


async def test_unsaid_messages_stay_in_order_until_they_are_said(documents: Documents[Thing]) -> None:
    assert [m.id for m in await documents.write(a_change(0, 1, unsaid=("a", "b")))] == ["a", "b"]
    assert [m.id for m in await documents.write(a_change(1, 2, unsaid=("c",), said=("a",)))] == ["b", "c"]
    ((key, left),) = await documents.left_unsaid(0, 10)
    assert (key, [m.id for m in left]) == ("k", ["b", "c"])
    assert left[0] == a_message("b")


async def test_a_change_after_all_was_said_leaves_only_what_it_adds(documents: Documents[Thing]) -> None:
    await documents.write(a_change(0, 1, unsaid=("a", "b"), due=NOW))
    assert (await documents.read("k", ""))[0].unsaid == {"a", "b"}
    change = a_change(1, 2, message="m2", unsaid=("c",), said=("a", "b"), said_all=True)
    assert [m.id for m in await documents.write(change)] == ["c"]
    loaded, handled = await documents.read("k", "m2")
    assert (loaded.version, set(loaded.unsaid), handled) == (2, {"c"}, change.handled)
    assert [m.id for _, left in await documents.left_unsaid(0, 10) for m in left] == ["c"]
    assert await documents.due(NOW, 10) == []
    await documents.write(a_change(2, 3, said=("c",), said_all=True, due=NOW))
    assert await documents.left_unsaid(0, 10) == []
    assert await documents.due(NOW, 10) == [("k", NOW)]


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
    before, _ = await documents.read("k", "refused")
    await documents.remember(before, Handled(id="refused", at=NOW, reply=reply))
    loaded, handled = await documents.read("k", "refused")
    assert (loaded.version, loaded.state) == (1, Thing(n=1))
    assert handled
    assert handled.reply == reply
    assert await documents.due(NOW, 10) == [("k", NOW)]
    assert len(await documents.left_unsaid(0, 10)) == 1
    for later in (replace(before, version=2), before):
        with pytest.raises(Conflict):
            await documents.remember(later, Handled(id="refused", at=NOW, reply=reply))


@pytest.mark.parametrize("text", ["$$NOW", "$state", '{"$set": 1}', "a\0b", "🧯 Ausfall", "\u2028", "x" * 50_000, ""])
async def test_text_is_text_whatever_it_looks_like(documents: Documents[Thing], text: str) -> None:
    more = dict.fromkeys(("$set", "a.b", "$", text.replace("\x00", "")[:100]), text)
    for version, said_all in enumerate((True, False, True)):
        await documents.write(a_change(version, 2, text=text, more=more, said_all=said_all))
        assert (await documents.read("k", ""))[0].state == Thing(n=2, text=text, more=more)
