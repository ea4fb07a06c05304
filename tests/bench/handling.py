"""How many messages a room handles a second, beside a bare floor: `make bench`.

The floor does the same durable work with no checks: aio-pika takes a message, MongoDB takes one
majority-committed update, RabbitMQ confirms one publish, the message is acknowledged. Ours adds parsing, the
handled ids, the version check, the outbox and its clearing. Bodies in and out have 1 KB, both run on uvloop as
the rooms do, with one prefetch and a warm-up that is not counted. A ratio is the median of the rounds' ratios: what
stands side by side ran side by side.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import median
from uuid import NAMESPACE_URL, uuid5

import aio_pika
import uvloop

from deploy.local.testing import Servers, vhost
from shared.clock import new_id
from shared.contracts.events import MeetingEnded
from shared.messaging import topology
from shared.messaging.envelope import unsaid
from tests.bench.ratios import keep
from tests.bench.ways import QUEUE, Meter, afterword, floor
from tests.helpers.builders import NOW
from tests.helpers.wire import to_amqp

MESSAGES = 1000
WARM_UP = 200
BODY = 1000
ROUNDS = 9
Way = Callable[[str, str, Meter], Awaitable[None]]
WAYS: dict[str, Way] = {"floor": floor, "afterword": afterword}
LOADS = {"each about another postmortem": MESSAGES + WARM_UP, "ten about each postmortem": (MESSAGES + WARM_UP) // 10}


@dataclass(frozen=True, slots=True)
class Figures:
    """What one round showed."""

    rate: float
    cpu_us: float


async def fill(url: str, postmortems: int) -> None:
    """Put messages about so many postmortems into the room's queue, on a fresh topology."""
    connection = await aio_pika.connect(url)
    async with connection, connection.channel() as channel:
        await topology.declare(connection)
        for start in range(0, MESSAGES + WARM_UP, 100):
            await asyncio.gather(*(_say(channel, str(n % postmortems)) for n in range(start, start + 100)))


async def _say(channel: aio_pika.abc.AbstractChannel, name: str) -> None:
    event = MeetingEnded(postmortem_id=str(uuid5(NAMESPACE_URL, name)), uid="", ended_at=NOW)
    padding = "u" * (BODY - len(event.model_dump_json()))
    message = to_amqp(unsaid(event.model_copy(update={"uid": padding}), id=new_id(), room="calendar", time=NOW))
    await channel.default_exchange.publish(message, routing_key=QUEUE)


async def once(servers: Servers, way: Way, postmortems: int) -> Figures:
    """Fill a queue and have it handled."""
    meter = Meter(warm_up=WARM_UP, messages=MESSAGES)
    with vhost(servers.rabbitmq) as url:
        await fill(url, postmortems)
        await way(url, servers.mongodb.url, meter)
    return Figures(MESSAGES / meter.seconds, meter.cpu / MESSAGES * 1e6)


async def measure(servers: Servers, rounds: int, only: str | None) -> dict[tuple[str, str], list[Figures]]:
    """Return the figures of every load and way, round by round."""
    found: dict[tuple[str, str], list[Figures]] = {
        (load, way): [] for load, way in product(LOADS, WAYS) if only in {None, way}
    }
    for number in range(1, rounds + 1):
        for (load, way), figures in found.items():
            figures.append(await once(servers, WAYS[way], LOADS[load]))
        sys.stderr.write(f"round {number} of {rounds} done\n")
    return found


def table(found: dict[tuple[str, str], list[Figures]]) -> str:
    """Lay the figures out, the ratio to the floor of the same load and round first."""
    lines = [
        "| ratio | messages | way | median messages/s | min | max | CPU µs a message |",
        "|--:|---|---|--:|--:|--:|--:|",
    ]
    for (load, way), rounds in found.items():
        rates = [figures.rate for figures in rounds]
        beside = [figures.rate for figures in found.get((load, "floor"), rounds)]
        ratio = median(ours / theirs for ours, theirs in zip(rates, beside, strict=True))
        spread = f"{median(rates):,.0f} | {min(rates):,.0f} | {max(rates):,.0f}"
        cpu = median(figures.cpu_us for figures in rounds)
        lines.append(f"| {ratio:.2f} | {load} | {way} | {spread} | {cpu:,.0f} |")
    return "\n".join(lines) + "\n"


def ratios(found: dict[tuple[str, str], list[Figures]]) -> dict[str, float]:
    """Return how much of the floor each way reaches: messages a second, and messages for the same CPU."""
    lefts: dict[str, float] = {}
    for (load, way), rounds in found.items():
        if way != "floor" and (beside := found.get((load, "floor"))):
            pairs = [*zip(rounds, beside, strict=True)]
            lefts[f"{way}, {load}"] = median(ours.rate / floor.rate for ours, floor in pairs)
            lefts[f"{way}, {load}: CPU"] = median(floor.cpu_us / ours.cpu_us for ours, floor in pairs)
    return lefts


def main() -> None:
    """Measure, and print a table with ratios first."""
    asked = argparse.ArgumentParser(description="How many messages a room handles a second.")
    asked.add_argument("--rounds", type=int, default=ROUNDS)
    asked.add_argument("--only", choices=list(WAYS), help="measure one way, to profile it")
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, Servers(Path(folder)) as servers:
        found = uvloop.run(measure(servers, wanted.rounds, wanted.only))
    sys.stdout.write(table(found))
    if wanted.only is None:
        keep("handling", ratios(found))


if __name__ == "__main__":
    main()
