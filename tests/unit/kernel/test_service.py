"""Work that goes on: what ends it, and what does not."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from shared.messaging.broker import Bus, uncancelled
from shared.messaging.documents import Change, Handled
from shared.messaging.envelope import Unsaid
from shared.messaging.outbox import Relay
from shared.messaging.service import LEFT_FOR_S, Service, forever, until_done
from shared.testing import FakeBus, FixedClock, InMemoryDocuments
from tests.helpers.builders import NOW


async def cancelled_by_somebody() -> None:
    """As a library does to whoever waits for a connection that is gone."""
    waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting.cancel()
    await waiting


async def test_work_that_a_lost_connection_cancels_has_failed_and_is_not_over() -> None:
    with pytest.raises(ConnectionError, match="connection that is gone"):
        await uncancelled(cancelled_by_somebody())


async def test_what_has_to_be_done_at_start_is_done_again_after_a_lost_connection() -> None:
    tries: list[int] = []

    async def work() -> None:
        tries.append(1)
        if len(tries) == 1:
            await cancelled_by_somebody()

    await until_done(work)
    assert len(tries) == 2


async def test_background_work_ends_when_it_is_told_to_and_not_before() -> None:
    rounds: list[int] = []
    twice = asyncio.Event()

    async def work() -> None:
        rounds.append(1)
        if len(rounds) > 1:
            twice.set()
        await cancelled_by_somebody()

    task = asyncio.create_task(forever(work, 0.0))
    await asyncio.wait_for(twice.wait(), 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_has_not_waited_for_long_is_counted_and_left_to_whoever_is_at_it() -> None:
    clock, bus = FixedClock(NOW), FakeBus()
    documents = InMemoryDocuments[str](clock)
    said = Unsaid(id="m", name="Said.v1", subject="k", source="x", time=NOW, body="{}", correlation_id="c")
    handled = Handled(id="h", at=NOW, reply=None)
    await documents.write(Change(key="k", version=0, state="", handled=handled, unsaid=[said]))
    clock.advance(timedelta(seconds=LEFT_FOR_S / 2))
    relays = [Relay(documents, bus.publish)]
    service = Service(room="at-work", bus=Bus("amqp://127.0.0.1:1/", "review"), relays=relays)
    await service._sweep()
    assert bus.said == []
    assert REGISTRY.get_sample_value("afterword_outbox_documents", {"room": "at-work"}) == 1


async def test_what_is_left_unsaid_in_documents_of_any_kind_is_said_and_counted_together() -> None:
    clock, bus = FixedClock(NOW), FakeBus()
    kinds = [InMemoryDocuments[str](clock) for _ in range(2)]
    for n, documents in enumerate(kinds):
        said = Unsaid(id=f"m-{n}", name="Said.v1", subject="k", source="x", time=NOW, body="{}", correlation_id="c")
        handled = Handled(id="h", at=NOW, reply=None)
        await documents.write(Change(key="k", version=0, state="", handled=handled, unsaid=[said]))
    clock.advance(timedelta(seconds=LEFT_FOR_S + 1))
    relays = [Relay(documents, bus.publish) for documents in kinds]
    service = Service(room="of-two-kinds", bus=Bus("amqp://127.0.0.1:1/", "review"), relays=relays)
    await service._sweep()
    assert [message.id for message in bus.said] == ["m-0", "m-1"]
    labels = {"room": "of-two-kinds"}
    assert REGISTRY.get_sample_value("afterword_outbox_documents", labels) == 2
    assert REGISTRY.get_sample_value("afterword_outbox_oldest_seconds", labels) == LEFT_FOR_S + 1
    await service._sweep()
    assert REGISTRY.get_sample_value("afterword_outbox_documents", labels) == 0


class Silent(Bus):
    """A bus without a broker."""

    async def start(self) -> None:
        """Nobody is there."""

    async def stop(self) -> None:
        """Nobody was there."""


async def test_what_is_said_where_others_write_too_does_not_wait_for_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.messaging.service.SWEEP_EVERY_S", 3600.0)
    documents, bus = InMemoryDocuments[str](FixedClock(NOW)), FakeBus()
    of_another, new = (
        Unsaid(id=id, name="Said.v1", subject="k", source="x", time=NOW, body="{}", correlation_id="c")
        for id in ("of-another", "new")
    )
    relay = Relay(documents, bus.publish)
    service = Service(room="not-alone", bus=Silent("amqp://127.0.0.1:1/", "review"), relays=[relay])
    async with service.running():
        await service.started.wait()
        await asyncio.sleep(0)  # the sweep at the start is over
        handled = Handled(id="h", at=NOW, reply=None)
        unsaid = [of_another, new]
        await documents.write(Change(key="k", version=0, state="", handled=handled, unsaid=unsaid))
        await relay.say("k", unsaid, new=1)
        async with asyncio.timeout(5):
            while documents.outbox["k"]:
                await asyncio.sleep(0.01)
    assert [message.id for message in bus.said] == ["of-another", "new"]
