"""Saying what documents hold unsaid: beside other processes, and beside what nobody takes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.contracts.base import postmortem_id
from shared.messaging.documents import Repository
from shared.messaging.envelope import Unsaid
from shared.messaging.outbox import CLEAR_WITHIN_S, PublishUnconfirmed, Relay, Unroutable
from shared.testing import FixedClock, in_memory, received
from tests.helpers.builders import NOW, PM
from tests.unit.kernel.test_repository import Counted, a_cause, one_more


async def say_something(repository: Any, id: str) -> None:
    """Commit on what stands, as a process does that is not alone."""
    loaded = await repository.load(a_cause(id))
    await repository.commit(loaded, one_more(loaded.state), a_cause(id))


async def test_what_another_process_said_and_did_not_clear_is_said_again_and_from_then_on_each_clears_soon() -> None:
    repository, documents, bus = in_memory("review", FixedClock(NOW))
    other = Repository("review", documents, Relay(documents, bus.publish), FixedClock(NOW))
    await say_something(repository, "first")
    await say_something(other, "second")
    for one, id in ((repository, "third"), (other, "fourth"), (repository, "fifth")):
        await say_something(one, id)
        await asyncio.wait_for(one.relay.clear_for_others(), 5)
        assert documents.outbox[PM] == []
    ids = [message.id for message in bus.said]
    assert [ids.count(id) for id in dict.fromkeys(ids)] == [2, 2, 2, 2, 1, 1, 1, 1, 1, 1]


async def test_who_writes_alone_clears_nothing_by_a_write_of_its_own_not_even_while_it_speaks() -> None:
    _, documents, bus = in_memory("review", FixedClock(NOW))
    may_speak = asyncio.Event()

    async def publish(message: Unsaid) -> None:
        await may_speak.wait()
        await bus.publish(message)

    repository = Repository("review", documents, Relay(documents, publish), FixedClock(NOW))
    speaking = []
    for id in ("first", "second", "third"):
        speaking.append(asyncio.create_task(say_something(repository, id)))
        await asyncio.sleep(0)
    may_speak.set()
    await asyncio.gather(*speaking)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(repository.relay.clear_for_others(), 10 * CLEAR_WITHIN_S)
    assert len(bus.said) == 6  # each once, though the third commit cleared the first one's while the second waited
    assert len(documents.outbox[PM]) == 4


async def test_what_a_decision_says_goes_on_the_line_together_and_what_a_later_one_says_waits_for_all_of_it() -> None:
    _, documents, bus = in_memory("review", FixedClock(NOW))
    line, confirmed = [], asyncio.Event()

    async def publish(message: Unsaid) -> None:
        line.append(message.id)
        await confirmed.wait()
        await bus.publish(message)

    repository = Repository("review", documents, Relay(documents, publish), FixedClock(NOW))
    async with asyncio.TaskGroup() as speaking:
        for id in ("first", "second"):
            speaking.create_task(say_something(repository, id))
            await asyncio.sleep(0.01)
        together = list(line)
        confirmed.set()
    assert together == [message.id for message in documents.outbox[PM][:2]]
    assert line == [message.id for message in documents.outbox[PM]]


async def test_a_later_decision_is_silent_while_a_part_of_an_earlier_one_is_not_confirmed() -> None:
    repository, documents, bus = in_memory("review", FixedClock(NOW))
    refused: list[str] = []

    async def publish(message: Unsaid) -> None:
        if not refused or message.id in refused:
            refused.append(message.id)
            raise PublishUnconfirmed("no confirm")
        await bus.publish(message)

    repository = Repository("review", documents, Relay(documents, publish), FixedClock(NOW))
    for id in ("first", "second"):
        await say_something(repository, id)
    left, second = documents.outbox[PM][0].id, documents.outbox[PM][1:]
    assert refused == [left, left]
    assert len(bus.said) == 1  # the other part
    refused[:] = ["nobody"]
    await repository.relay.sweep()
    assert [message.id for message in bus.said[1:]] == [left, *(message.id for message in second)]


async def test_one_message_that_no_queue_takes_does_not_keep_the_others_unsaid() -> None:
    repository, documents, bus = in_memory("review", FixedClock(NOW))
    bus.down = True
    for n in range(3):
        cause = received(Counted(postmortem_id=postmortem_id("s", str(n)), n=n), f"cause-{n}")
        await repository.commit(await repository.load(cause), one_more(None), cause)
    bus.down = False
    stuck = documents.outbox[postmortem_id("s", "0")][0].id

    async def publish(message: Unsaid) -> None:
        if message.id == stuck:
            raise Unroutable("no queue")
        await bus.publish(message)

    await Relay(documents, publish).sweep()
    assert len(bus.said) == 4
