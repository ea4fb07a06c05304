"""How many messages a room handles a second, beside a bare floor and beside what others would use: `make bench`.

The floor does the same durable work with no checks: aio-pika takes a message, MongoDB takes one
majority-committed update, RabbitMQ confirms one publish, the message is acknowledged. Ours adds parsing, the
handled ids, the version check, the outbox and its clearing. The peers do what the floor does, each with its own
library (`tests/bench/peers`). Bodies in and out have 1 KB, queues are quorum queues, 20 messages are held at once, and
a warm-up is not counted. Each is a process of its own, or several. A ratio is the median of the rounds' ratios: what
stands side by side ran side by side.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from statistics import median
from uuid import NAMESPACE_URL, uuid5

import aio_pika

from deploy.local.testing import Servers, fresh_database_name, vhost
from shared.clock import new_id
from shared.contracts.events import MeetingEnded
from shared.messaging import topology
from shared.messaging.envelope import unsaid
from tests.bench.candidates import BEST, OURS, PEERS, Candidate
from tests.bench.ratios import keep
from tests.bench.watching import Figures, Watch, listener, running
from tests.bench.ways import QUEUE
from tests.bench.workplace import Workplace
from tests.helpers.builders import NOW
from tests.helpers.wire import to_amqp

MESSAGES = 1500
WARM_UP = 300
BODY = 1000
ROUNDS = 9
LOADS = {"each about another postmortem": MESSAGES + WARM_UP, "ten about each postmortem": (MESSAGES + WARM_UP) // 10}
Found = dict[tuple[str, str], list[Figures]]


async def prepare(url: str, postmortems: int | None) -> None:
    """Declare the topology; put messages about so many postmortems, if any, into the room's queue."""
    connection = await aio_pika.connect(url)
    async with connection, connection.channel() as channel:
        await topology.declare(connection)
        for start in range(0, MESSAGES + WARM_UP if postmortems else 0, 100):
            names = [str(n % (postmortems or 1)) for n in range(start, start + 100)]
            await asyncio.gather(*(_say(channel, name) for name in names))


async def _say(channel: aio_pika.abc.AbstractChannel, name: str) -> None:
    event = MeetingEnded(postmortem_id=str(uuid5(NAMESPACE_URL, name)), uid="", ended_at=NOW)
    padding = "u" * (BODY - len(event.model_dump_json()))
    message = to_amqp(unsaid(event.model_copy(update={"uid": padding}), id=new_id(), room="calendar", time=NOW))
    await channel.default_exchange.publish(message, routing_key=QUEUE)


def once(servers: Servers, folder: Path, candidate: Candidate, postmortems: int) -> Figures:
    """Fill a queue and have it handled. Raises: RuntimeError, TimeoutError, CalledProcessError."""
    ticks = folder / "ticks"
    ticks.write_bytes(b"")
    with vhost(servers.rabbitmq) as url:
        place = Workplace(url, servers.mongodb.url, fresh_database_name(), str(ticks), candidate.prefetch)
        told = {**place.environment(), **candidate.told}
        asyncio.run(prepare(url, None if candidate.filled_by else postmortems))
        if candidate.filled_by:
            words = (f"tests.bench.peers.{candidate.filled_by}", str(MESSAGES + WARM_UP), str(postmortems))
            subprocess.run([sys.executable, "-m", *words], env=told, check=True)
        with running(candidate.command, told, folder / "log") as worker:
            watch = Watch(worker, ticks, listener(servers.rabbitmq.url), listener(servers.mongodb.url))
            return watch.measure(WARM_UP, MESSAGES)


def measure(servers: Servers, folder: Path, rounds: int, candidates: dict[str, Candidate]) -> Found:
    """Return the figures of every load and way, round by round."""
    found: Found = {pair: [] for pair in product(LOADS, candidates)}
    for number in range(1, rounds + 1):
        for (load, way), figures in found.items():
            figures.append(once(servers, folder, candidates[way], LOADS[load]))
        sys.stderr.write(f"round {number} of {rounds} done\n")
    return found


def ratio(found: Found, load: str, way: str, beside: str) -> float:
    """Return how a way's rate stands to another's: the median of the rounds."""
    pairs = zip(found[load, way], found.get((load, beside), found[load, way]), strict=True)
    return median(ours.rate / theirs.rate for ours, theirs in pairs)


def table(found: Found) -> str:
    """Lay the figures out, the ratio to the floor of the same load and round first."""
    lines = [
        "| ratio | messages | way | median messages/s | min | max | CPU µs a message | broker's | database's |",
        "|--:|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for (load, way), rounds in found.items():
        rates = [figures.rate for figures in rounds]
        spread = f"{median(rates):,.0f} | {min(rates):,.0f} | {max(rates):,.0f}"
        own = median(figures.cpu_us for figures in rounds)
        servers = median(figures.broker_us for figures in rounds), median(figures.database_us for figures in rounds)
        cpu = " | ".join(f"{us:,.0f}" for us in (own, *servers))
        lines.append(f"| {ratio(found, load, way, 'floor'):.2f} | {load} | {way} | {spread} | {cpu} |")
    return "\n".join(lines) + "\n"


def ratios(found: Found) -> dict[str, float]:
    """Return how much of the floor each way reaches: messages a second, and messages for the same CPU."""
    lefts: dict[str, float] = {}
    for (load, way), rounds in found.items():
        if way != "floor" and (beside := found.get((load, "floor"))):
            lefts[f"{way}, {load}"] = ratio(found, load, way, "floor")
            pairs = zip(rounds, beside, strict=True)
            lefts[f"{way}, {load}: CPU"] = median(floor.cpu_us / ours.cpu_us for ours, floor in pairs)
    return lefts


def wanted(only: Sequence[str], peers: str) -> dict[str, Candidate]:
    """Return who is to be measured."""
    known = {**OURS, **PEERS}
    if only:
        return {name: known[name] for name in only}
    return {"none": OURS, "best": {**OURS, **{name: PEERS[name] for name in BEST}}, "all": known}[peers]


def main() -> None:
    """Measure, and print a table with ratios first."""
    asked = argparse.ArgumentParser(description="How many messages a room handles a second.")
    asked.add_argument("--rounds", type=int, default=ROUNDS)
    asked.add_argument("--only", choices=[*OURS, *PEERS], action="append", default=[], help="measure these alone")
    asked.add_argument("--peers", choices=["none", "best", "all"], default="none", nargs="?", const="best")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as name, Servers(Path(name) / "servers") as servers:
        found = measure(servers, Path(name), given.rounds, wanted(given.only, given.peers))
    sys.stdout.write(table(found))
    if not given.only and given.peers == "none":  # in one company always: what else runs takes turns with it
        keep("handling", ratios(found))


if __name__ == "__main__":
    main()
