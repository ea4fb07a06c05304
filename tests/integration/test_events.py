"""The stream of events on real servers: two gateways, one of them killed, and nobody misses or hears anything twice."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from services.gateway.store import MongoFeed
from shared.clock import SystemClock
from shared.contracts.base import Message, postmortem_id
from shared.contracts.events import DraftCreated, DraftRevised, MeetingEnded
from shared.messaging import topology
from shared.messaging.envelope import unsaid
from shared.mongo import connect, database
from tests.helpers.builders import NOW, a_draft
from tests.helpers.watching import items
from tests.helpers.wire import to_amqp
from tests.integration.gateways import AUTH, Gateway
from tests.integration.kernel_room import a_channel

POSTMORTEMS, FACTS = 12, 240
SOON = httpx.Timeout(10, read=30)


@pytest.fixture
async def gateways(
    rabbitmq_url: str, mongo_url: str, database_name: str, tmp_path: Path
) -> AsyncIterator[tuple[Gateway, Gateway]]:
    """Two gateways, ready, on one broker and one database."""
    both = (
        Gateway(rabbitmq_url, mongo_url, database_name, tmp_path / "1.log"),
        Gateway(rabbitmq_url, mongo_url, database_name, tmp_path / "2.log"),
    )
    try:
        await asyncio.gather(*(gateway.start() for gateway in both))
        yield both
    finally:
        for gateway in both:
            gateway.stop()


def facts() -> list[Message]:
    """What happens: drafts first, then more about each of them, in turn."""
    ids = [postmortem_id("x", str(n)) for n in range(POSTMORTEMS)]
    begun = [a_draft(DraftCreated, postmortem_id=id, restricted=n % 4 == 3) for n, id in enumerate(ids)]
    more: list[Message] = []
    for n in range(FACTS):
        id, hidden = ids[n % POSTMORTEMS], n % POSTMORTEMS % 4 == 3
        if n % 2:
            more.append(MeetingEnded(postmortem_id=id, uid="u", ended_at=NOW))
        else:
            about = {"revision": n + 2, "restricted": hidden, "status": "draft", "revised_at": NOW, "revised_by": "a"}
            more.append(a_draft(DraftRevised, postmortem_id=id, **about))
    return [*begun, *more]


async def say(url: str, events: Sequence[Message]) -> None:
    """Say events now, one after the other."""
    async with a_channel(url) as channel:
        exchange = await channel.get_exchange(topology.EVENTS, ensure=False)
        for n, event in enumerate(events):
            said = unsaid(event, id=f"e-{n}", room="drafting", time=SystemClock().now())
            await exchange.publish(to_amqp(said), routing_key=event.name)
            await asyncio.sleep(0.01)


@dataclass
class Client:
    """Somebody who watches, and comes back to one of the gateways whenever the stream breaks off."""

    gateways: Sequence[Gateway]
    dice: random.Random
    seen: list[str] = field(default_factory=list)
    about: set[str] = field(default_factory=set)
    last: str | None = None
    resets: int = 0

    async def watch(self, enough: int) -> None:
        """Watch until so many items came; hang up at random points."""
        while len(self.seen) < enough:
            try:
                await self._once(enough, self.dice.randint(1, 40))
            except httpx.HTTPError:
                await asyncio.sleep(0.05)

    async def begin(self) -> None:
        """Learn where the stream is."""
        await self._once(1, 1)

    async def _once(self, enough: int, patience: int) -> None:
        url = f"{self.dice.choice(self.gateways).url}/v1/events"
        headers = {**AUTH, **({"Last-Event-ID": self.last} if self.last else {})}
        async with httpx.AsyncClient(timeout=SOON) as client, client.stream("GET", url, headers=headers) as answer:
            answer.raise_for_status()
            async with aclosing(items(answer.aiter_lines())) as found:  # type: ignore[type-var]
                async for item in found:
                    self.last = item.id or self.last
                    self.resets += item.event == "reset"
                    if item.event and item.id and item.data:
                        self.seen.append(item.id)
                        self.about.add(item.data["postmortem_id"])
                    patience -= 1
                    if not patience or len(self.seen) >= enough:
                        return


async def whole_feed(mongo_url: str, name: str) -> list[tuple[str, str]]:
    """Every item of the feed, in order: its id and its postmortem."""
    client = connect(mongo_url)
    found = await MongoFeed(database(client, f"{name}_gateway"), SystemClock()).after(0, 10_000)
    client.close()
    return [(noted.id, noted.postmortem_id) for _, noted in found]


async def killed_again_and_again(gateway: Gateway, times: int) -> None:
    for _ in range(times):
        await gateway.end(signal.SIGKILL)
        await gateway.start()


@pytest.mark.timeout(120)
async def test_who_comes_back_to_any_gateway_misses_nothing_and_hears_nothing_twice(
    gateways: tuple[Gateway, Gateway], rabbitmq_url: str, mongo_url: str, database_name: str
) -> None:
    seed = random.randrange(2**32)  # noqa: S311
    clients = [Client(gateways, random.Random(seed + n)) for n in range(6)]  # noqa: S311
    told, hidden = facts(), {postmortem_id("x", str(n)) for n in range(3, POSTMORTEMS, 4)}
    seen = [event for event in told if event.postmortem_id not in hidden]
    for client in clients:
        await client.begin()
    async with asyncio.timeout(90), asyncio.TaskGroup() as group:
        for client in clients:
            group.create_task(client.watch(len(seen)))
        group.create_task(say(rabbitmq_url, told))
        await killed_again_and_again(gateways[0], 3)
    feed = await whole_feed(mongo_url, database_name)
    wanted = [id for id, about in feed if about not in hidden]
    assert len(wanted) == len(seen), seed
    for client in clients:
        assert client.seen == wanted, seed
        assert client.resets == 0, seed


@pytest.mark.timeout(120)
async def test_a_gateway_that_is_told_to_stop_ends_its_streams_and_is_gone(gateways: tuple[Gateway, Gateway]) -> None:
    gateway, _ = gateways
    async with httpx.AsyncClient(timeout=SOON) as client:
        async with client.stream("GET", f"{gateway.url}/v1/events", headers=AUTH) as answer:
            lines = answer.aiter_lines()
            assert await anext(lines) == ": watching"
            ended = asyncio.create_task(gateway.end(signal.SIGTERM))
            rest = [line async for line in lines]  # to its proper end: a broken one would raise
        assert not [line for line in rest if line.startswith("event")]
    assert await ended in (0, -signal.SIGTERM)
    log = gateway.log.read_text(encoding="utf-8")
    assert "timeout graceful shutdown exceeded" not in log
    assert "Traceback" not in log
