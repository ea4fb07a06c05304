"""How fast the library is built again out of the log, beside bare floors: `make bench`.

`python -m tests.bench.replay EVENTS`. The log holds generated lives of postmortems, a thousand under way at any time,
so that their events come between one another. The command runs as people run it, in a process of its own: first there
is no library, then the same one, then one whose rows lack what they are searched by, as after an update. Floors, in
the same run over the same log: its messages are taken and nothing is done with them; bodies are parsed and validated
and nothing is done with them; both, and each put into its view in memory.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import cast

import aio_pika
import psutil
import uvloop

from deploy.local.testing import Servers, fresh_database_name, vhost
from deploy.operate.broker import RABBITMQ
from deploy.operate.building import HEARD, fact_of
from deploy.operate.log_parts import Entry, parts
from deploy.operate.room_databases import DATABASE, MONGO
from services.gateway.domain.view import View, project
from services.gateway.store import MongoHistory, MongoLibrary
from shared.contracts import Message
from shared.contracts.base import postmortem_id
from shared.mongo import connect, database
from tests.bench.log import fill, told
from tests.bench.ratios import keep
from tests.helpers.builders import NOW

EVENTS = 1_000_000
FLOOR_EVENTS = 100_000
LOOKED_AT = 50
CACHE = "2G"
"""For the database: a tenth of what it takes by itself on this machine, and eight times what it has beside tests."""
COMMAND = (sys.executable, "-m", "deploy.cli", "replay", "gateway", "--rebuild", "--yes")


@dataclass(frozen=True, slots=True)
class Figures:
    """What one way showed."""

    events: int
    seconds: float
    cpu: float
    servers: float
    rss: int = 0

    def row(self, name: str) -> str:
        """Lay it out as a row of the table."""
        memory = f"{self.rss / 1024:,.0f}" if self.rss else ""
        cpu, servers = (spent / self.events * 1e6 for spent in (self.cpu, self.servers))
        spent = f"{self.seconds:,.1f} | {cpu:,.0f} | {servers:,.0f}"
        return f"| {self.events / self.seconds:,.0f} | {name} | {self.events:,} | {spent} | {memory} |"


def servers_cpu() -> float:
    """Return how many seconds of CPU the broker and the database have taken so far."""
    each = (process.cpu_times() for process in psutil.Process().children(recursive=True))
    return float(sum(times.user + times.system for times in each))


Floor = Callable[[aio_pika.abc.AbstractConnection, int], Awaitable[None]]


async def floor(url: str, events: int, work: Floor) -> Figures:
    """Measure a floor on the beginning of the log."""
    async with await aio_pika.connect(url) as connection:
        events = min(events, FLOOR_EVENTS)
        began, cpu, servers = time.perf_counter(), time.process_time(), servers_cpu()
        await work(connection, events)
        return Figures(events, time.perf_counter() - began, time.process_time() - cpu, servers_cpu() - servers)


async def taken(connection: aio_pika.abc.AbstractConnection, events: int) -> None:
    """Take messages and do nothing."""
    async for _ in parts(connection, 0, events):
        pass


async def validated(connection: aio_pika.abc.AbstractConnection, events: int) -> None:
    """Take messages and understand them."""
    async for part in parts(connection, 0, events):
        for message in part:
            fact_of(Entry.of(message), HEARD, NOW)


async def projected(connection: aio_pika.abc.AbstractConnection, events: int) -> None:
    """Take messages, understand them, and put each into its view."""
    views: dict[str, View] = {}
    async for part in parts(connection, 0, events):
        for message in part:
            fact = fact_of(Entry.of(message), HEARD, NOW)
            if fact:
                views[fact.key] = project(views.get(fact.key), cast("Message", fact.data), (fact.at, fact.id))


def rebuilt(events: int) -> Figures:
    """Run the command in a process of its own."""
    began, servers = time.perf_counter(), servers_cpu()
    process = subprocess.Popen(COMMAND)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        msg = f"{' '.join(COMMAND)} ended with {process.returncode}"
        raise RuntimeError(msg)
    own = usage.ru_utime + usage.ru_stime
    return Figures(events, time.perf_counter() - began, own, servers_cpu() - servers, usage.ru_maxrss)


async def same(kept: MongoLibrary, events: int) -> None:
    """Look whether some postmortems are as they would be had they been heard one by one. Raises: RuntimeError."""
    looked_at = {postmortem_id("bench", str(number)) for number in range(LOOKED_AT)}
    views: dict[str, View] = {}
    for number, (id, event) in enumerate(islice(told(), events)):
        if event.subject in looked_at:
            stamp = NOW + timedelta(milliseconds=number), id
            heard = type(event).model_validate_json(event.model_dump_json())
            views[event.subject] = project(views.get(event.subject), heard, stamp)
    for key, view in views.items():
        if await kept.state_of(key) != View.model_validate(view.model_dump(mode="json")):
            msg = f"{key} is another than it would be had its events been heard one by one"
            raise RuntimeError(msg)


async def as_it_is(_library: MongoLibrary) -> None:
    """Leave the library alone."""


async def outdated(library: MongoLibrary) -> None:
    """Make every row one from before an update."""
    await library.collection.update_many({}, {"$unset": {"find.tags": ""}})


FLOORS: dict[str, Floor] = {"taken": taken, "taken, validated": validated, "taken, validated, projected": projected}
BEFORE = {"no library before": as_it_is, "the same library before": as_it_is, "every row is another": outdated}


async def measure(servers: Servers, events: int, rebuilds: int) -> dict[str, Figures]:
    """Return the figures of every floor, and of so many rebuilds."""
    name, client = fresh_database_name(), connect(servers.mongodb.url)
    own = database(client, f"{name}_gateway")
    library = MongoLibrary(own)
    found: dict[str, Figures] = {}
    await client.admin.command({"setParameter": 1, "wiredTigerEngineRuntimeConfig": f"cache_size={CACHE}"})
    with vhost(servers.rabbitmq) as url:
        began = time.perf_counter()
        await fill(url, events)
        sys.stderr.write(f"filled the log: {events / (time.perf_counter() - began):,.0f} events/s\n")
        for way, work in FLOORS.items():
            found[f"floor: {way}"] = await floor(url, events, work)
        os.environ.update({RABBITMQ: url, MONGO: servers.mongodb.url, DATABASE: name})
        for store in (library, MongoHistory(own)):
            await store.prepare()
        for way, change in islice(BEFORE.items(), rebuilds):
            await change(library)
            found[f"rebuild: {way}"] = await asyncio.to_thread(rebuilt, events)
            await same(library, events)
    client.close()
    return found


def main() -> None:
    """Measure, and print a table with rates first."""
    asked = argparse.ArgumentParser(description="How fast the library is built again out of the log.")
    asked.add_argument("events", type=int, nargs="?", default=EVENTS)
    asked.add_argument("--rebuilds", type=int, default=len(BEFORE), help="do so many, to save time")
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, Servers(Path(folder)) as servers:
        found = uvloop.run(measure(servers, wanted.events, wanted.rebuilds))
    lines = [
        "| events/s | way | events | s | CPU µs an event | servers' CPU | most MiB |",
        "|--:|---|--:|--:|--:|--:|--:|",
    ]
    sys.stdout.write("\n".join([*lines, *(figures.row(way) for way, figures in found.items())]) + "\n")
    most = found[f"floor: {[*FLOORS][-1]}"]
    keep("replay", {way: most.cpu / most.events / (each.cpu / each.events) for way, each in found.items()})


if __name__ == "__main__":
    main()
