"""A log of many postmortems' lives, as if years of them had been said: for measuring what reads all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from random import Random
from typing import Any

import aiormq
from aio_pika import ExchangeType

from shared.contracts import Message
from shared.contracts.base import derived_id, postmortem_id
from shared.contracts.coaching import RevisionChecked
from shared.contracts.events import ActionItemAdded, ActionItemChanged
from shared.messaging import topology
from shared.messaging.envelope import Outgoing, to_amqp, unsaid
from tests.helpers.builders import NOW, PM, a_remark, an_item
from tests.unit.gateway.test_corrections import WHOLE

LIFE: tuple[Message, ...] = (
    *WHOLE[:-1],
    ActionItemAdded(postmortem_id=PM, item=an_item()),
    ActionItemChanged(postmortem_id=PM, item=an_item(version=2, text="Better words")),
    RevisionChecked(postmortem_id=PM, revision=2, content_hash="x", remarks=(a_remark(),), at=NOW),
)
"""A postmortem that was reviewed, met about, published and corrected, its action items, and what was remarked on."""
OPEN_AT_ONCE = 1000
"""So many postmortems are under way at any time: their events come between one another."""
BYTES = (1500, 5000)
CONFIRMED_AT_ONCE = 1000


def words(random: Random) -> list[str]:
    """Return words of two to four syllables."""
    syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "ai", "er", "on")]
    return ["".join(random.choices(syllables, k=random.randint(2, 4))) for _ in range(5000)]


def told(seed: int = 1) -> Iterator[tuple[str, Message]]:
    """Yield facts with their ids without an end, always the same."""
    random = Random(seed)  # noqa: S311
    vocabulary = words(random)
    open_ones = [_life(number, random, vocabulary) for number in range(OPEN_AT_ONCE)]
    begun = OPEN_AT_ONCE
    while True:
        place = random.randrange(OPEN_AT_ONCE)
        fact = next(open_ones[place], None)
        if fact is None:
            open_ones[place] = _life(begun, random, vocabulary)
            begun += 1
        else:
            yield fact


def _life(number: int, random: Random, vocabulary: list[str]) -> Iterator[tuple[str, Message]]:
    id = postmortem_id("bench", str(number))
    text = ""
    for step, event in enumerate(LIFE):
        changed: dict[str, Any] = {"postmortem_id": id}
        if hasattr(event, "report"):
            text = text if text and random.random() < 0.5 else _text(random, vocabulary)
            changed["report"] = {**event.report, "overview": text}
        yield derived_id(id, str(step)), event.model_copy(update=changed)


def _text(random: Random, vocabulary: list[str]) -> str:
    found, left = [], random.randint(*BYTES)
    while left > 0:
        found.append(vocabulary[min(int(random.paretovariate(0.7)), len(vocabulary)) - 1])
        left -= len(found[-1]) + 1
    return " ".join(found)


async def fill(url: str, events: int) -> None:
    """Make a log, on a broker that has nothing else, and say so many events to it."""
    connection = await aiormq.connect(url)
    channel = await connection.channel()
    await channel.exchange_declare(topology.EVENTS, exchange_type=ExchangeType.TOPIC.value, durable=True)
    await channel.queue_declare(topology.LOG, durable=True, arguments={"x-queue-type": "stream"})
    await channel.queue_bind(topology.LOG, topology.EVENTS, routing_key="#")
    left = enumerate(islice(told(), events))
    while some := list(islice(left, CONFIRMED_AT_ONCE)):
        await asyncio.gather(*(_say(channel, number, *fact) for number, fact in some))
    await connection.close()


async def _say(channel: aiormq.abc.AbstractChannel, number: int, id: str, event: Message) -> None:
    at = NOW + timedelta(milliseconds=number)
    said: Outgoing = to_amqp(unsaid(event, id=id, room="calendar", time=at))
    await channel.basic_publish(said.body, exchange=topology.EVENTS, routing_key=event.name, properties=said.properties)
